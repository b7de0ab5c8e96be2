"""A page as a file, no larger than anybody can open."""

from pathlib import Path

from neuroep.errors import InputError
from neuroep.report.html import Page, render
from neuroep.traces.files import atomic_write

MOST_BYTES = 3_000_000
"""Of a page: what a mail takes, and a phone opens."""


def write_page(page: Page, path: Path) -> None:
    """Write a page, visible only when complete.

    Raises
    ------
    InputError
        It would be larger than :data:`MOST_BYTES`, or cannot be written.
    """
    data = render(page)
    if len(data) > MOST_BYTES:
        raise InputError(f"{path}: would hold {len(data) / 1e6:.1f} MB; name fewer paths")
    atomic_write(path, data)
