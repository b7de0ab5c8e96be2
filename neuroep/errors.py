"""The one error that a user's input can cause, and what ends a run from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """Something the user supplied cannot be used.

    The message is one line that names the file (or design) and the field, so that the command
    line can print it as it is and leave with exit code 2.
    """


class Unheld(ValueError):
    """What a chip cannot hold: a value beyond a device's range, a nudge, a node, a state."""


class Stopped(KeyboardInterrupt):
    """A signal other than Ctrl-C's asks the process to end; what is under way ends as for that."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def named(file: str | Path) -> Iterator[None]:
    """Say of a ValueError which file it is of; an InputError, as of a cell, names its own."""
    try:
        yield
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{file}: {error}") from None
