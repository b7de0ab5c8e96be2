"""The one error that a user's input can cause."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """Something the user supplied cannot be used.

    The message is one line that names the file (or design) and the field, so that the command
    line can print it as it is and leave with exit code 2.
    """


@contextmanager
def named(file: str | Path) -> Iterator[None]:
    """Say of a ValueError which file it is of; an InputError, as of a cell, names its own."""
    try:
        yield
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{file}: {error}") from None
