"""What a network says of itself: the same few lines as text, and as a table for notebooks."""

from collections.abc import Sequence
from html import escape

Rows = Sequence[tuple[str, str]]
Table = tuple[str, Rows]
"""A title, and pairs of what and how."""


def text_of(title: str, rows: Rows) -> str:
    """Return a title and a line a row."""
    width = max((len(what) for what, _ in rows), default=0)
    return "\n".join([title, *(f"  {what:{width}}  {how}" for what, how in rows)])


def html_of(title: str, rows: Rows) -> str:
    """Return an HTML table."""
    cells = (f"<tr><td>{escape(what)}</td><td>{escape(how)}</td></tr>" for what, how in rows)
    return f"<table><caption>{escape(title)}</caption>{''.join(cells)}</table>"
