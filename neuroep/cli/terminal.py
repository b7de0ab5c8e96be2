"""What of a text may reach a terminal, and how long a line of it may be."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

from neuroep.characters import escaped

LONGEST = 500
"""Characters of a message: about a screenful."""


def message(text: str) -> str:
    """Return a message as one line without control characters, cut in its middle if it is long."""
    line = escaped(" ".join(text.split()))
    if len(line) <= LONGEST:
        return line
    end = LONGEST // 3
    return f"{line[: LONGEST - end - 5]} ... {line[-end:]}"


class _Escaping:
    """A stream that writes no control character of what it is given; otherwise as it is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(escaped(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def open_streams() -> None:
    """Let every stream that whoever started us has closed lead nowhere.

    A file opened later would get its number, and receive what libraries print.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


@contextmanager
def plain_streams() -> Iterator[None]:
    """Let both streams take every character, or write it as an escape, and no control character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not speaks_unicode(stream):
            stream.reconfigure(errors="backslashreplace")
    out, errors = (_Escaping(stream) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(errors):
        yield


def speaks_unicode(stream: Any) -> bool:
    """Return whether a stream takes every character."""
    return str(getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")
