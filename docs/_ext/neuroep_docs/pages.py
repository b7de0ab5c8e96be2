"""What pages get while they are built: the tree of pages, and what the code itself says.

Pages are read on GitHub, too, where directives of Sphinx are noise. So the tree of pages follows
from the lists of links in ``index.md``, a heading of it each, and what is generated takes the place
of a comment such as ``<!-- commands -->``.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from neuroep_docs.commands import commands_page
from neuroep_docs.keys import filled
from neuroep_docs.names import names_table

MARKS: dict[str, Callable[[], str]] = {"commands": commands_page, "names": names_table}
"""Text by the comment whose place it takes."""


def tree(names: Iterable[str], *options: str) -> str:
    """Return a table of contents."""
    return "\n".join(["", "", "```{toctree}", *options, "", *names, "```", ""])


def listed(text: str) -> list[str]:
    """Return the pages that a text lists, a line each."""
    return re.findall(r"(?m)^- \[[^\]]+\]\(([\w/]+)\.md\)", text)


def by_heading(index: str) -> str:
    """Return a hidden table of contents for each heading of an index, of the pages it lists."""
    parts = [part.partition("\n") for part in index.split("\n## ")[1:]]
    return "".join(tree(listed(text), ":hidden:", f":caption: {title}") for title, _, text in parts)


def below(folder: Path) -> list[str]:
    """Return all pages in a folder, but the one that is about them."""
    pages = sorted(path for path in folder.rglob("*.md") if path.name != "README.md")
    return [str(path.relative_to(folder).with_suffix("")) for path in pages]


def fill(app: Any, name: str, content: list[str]) -> None:
    """Fill in a page that is being read."""
    text = content[0]
    if name == "index":
        text += by_heading(text)
    elif name == "api":
        text += tree(listed(text), ":hidden:")
    elif name == "cells/README":
        text += tree(below(Path(app.srcdir) / "cells"), ":hidden:")
    elif name == "gallery":
        text += tree(["auto_gallery/index"])
    for mark, made in MARKS.items():
        comment = f"<!-- {mark} -->"
        if comment in text:
            text = text.replace(comment, made())
    content[0] = filled(text)


def plain_bars(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Keep |x| of a docstring what it says, a magnitude: to docutils it is a substitution."""
    for number, line in enumerate(lines):
        parts = re.split(r"(``.*?``)", line)
        lines[number] = "".join(p if p.startswith("``") else p.replace("|", "\\|") for p in parts)


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx."""
    from pygments.lexers.special import TextLexer

    for language in ("spice", "csv"):  # pygments knows neither
        app.add_lexer(language, TextLexer)
    app.connect("source-read", fill)
    app.connect("autodoc-process-docstring", plain_bars)
    return {"parallel_read_safe": True}
