"""What of a text may reach a terminal, and how long a line of it may be."""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

LONGEST = 500
"""Characters of a message: about a screenful."""

# Controls but for tab and the ends of lines, delete and C1 among them; marks of direction, which
# turn a line around; what nobody sees; separators of lines; halves of characters, which no stream
# takes.
_STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def escaped(text: str) -> str:
    r"""Return a text with what steers a terminal written as ``\u001b``, which JSON reads back."""
    return _STEERING.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


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
