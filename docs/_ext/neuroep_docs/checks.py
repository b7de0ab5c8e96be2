"""What the built pages must keep to: no request to another host, and names that search finds."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOUND = ("PooledAttention", "corner", "conductance")
"""What somebody will look for first."""

ASKED = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*?\bsrc=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preload|preconnect|icon|dns-prefetch))[^>]*?"""
    r"""\bhref=["']?((?:https?:)?//[^"'\s>]+)""",
    re.IGNORECASE,
)
STYLE = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)


def requests(folder: Path) -> Iterator[str]:
    """Yield what pages would ask another host for: scripts, styles, fonts and images."""
    for path in sorted(folder.rglob("*")):
        pattern = {".html": ASKED, ".css": STYLE}.get(path.suffix)
        if pattern is None:
            continue
        for found in pattern.findall(path.read_text(encoding="utf-8")):
            url = found if isinstance(found, str) else "".join(found)
            yield f"{path.relative_to(folder)}: {url}"


def lost_words(folder: Path, words: tuple[str, ...] = FOUND) -> list[str]:
    """Return the words that the search of the pages does not find."""
    from sphinx.search.en import SearchEnglish

    text = (folder / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.partition("(")[2].rpartition(")")[0])
    stem = SearchEnglish({}).stem
    known = {*index["terms"], *index["titleterms"]}
    return [word for word in words if stem(word.lower()) not in known]


def lost_names(objects: dict[str, Any]) -> list[str]:
    """Return the public names that no page of the reference describes."""
    from neuroep_docs.names import public

    return [name for name, full in public() if full not in objects]


def check(app: Any, error: Exception | None) -> None:
    """Warn of what is wrong, which ends ``make docs``."""
    from sphinx.util.logging import getLogger

    if error is not None or app.builder.name != "html":
        return
    warn, folder = getLogger(__name__).warning, Path(app.outdir)
    for request in requests(folder):
        warn("asks another host: %s", request)
    for word in lost_words(folder):
        warn("search does not find %s", word)
    for name in lost_names(app.env.domains.python_domain.objects):
        warn("no page describes neuroep.%s", name)


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("build-finished", check)
    return {"parallel_read_safe": True}
