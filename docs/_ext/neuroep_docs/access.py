"""What the theme's pages lack for people who use a keyboard or have pages read to them."""

import re
from pathlib import Path
from typing import Any

ADDED = {
    # A caption of the tree of pages says that it is a heading, but not of which level.
    r'<p class="caption" role="heading"': 'aria-level="2"',
    # Two asides: the tree of pages, and that of one page.
    r'<aside class="sidebar-drawer"': 'aria-label="All pages"',
    r'<aside class="toc-drawer[^"]*"': 'aria-label="This page"',
    # What is wider than the page is scrolled by keys as well.
    r"<pre": 'tabindex="0"',
    r'<div class="table-wrapper[^"]*"': 'tabindex="0"',
}
"""Attribute by the start of a tag that needs it."""

CORNER = re.compile(r'<th class="head([^"]*)"><p></p></th>')
"""Markdown cannot leave a corner of a table empty without calling it a heading."""


def mended(page: str) -> str:
    """Return a page with what it lacked."""
    for tag, attribute in ADDED.items():
        page = re.sub(f"({tag})>", rf"\1 {attribute}>", page)
    return CORNER.sub(r'<td class="head\1"></td>', page)


def mend(app: Any, error: Exception | None) -> None:
    """Mend every page that was built."""
    if error is not None or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        path.write_text(mended(path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True}
