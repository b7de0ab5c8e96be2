"""Records on standard input, kept aside: a reader goes over a file more than once."""

import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from neuroep.errors import InputError
from neuroep.tables.files import DataFile
from neuroep.tables.lines import MAX_FILE_BYTES, encoding_of

STANDARD_INPUT = "standard input"
"""What messages call it."""

_CHUNK = 1 << 16
_START = 1 << 12  # bytes that tell what it holds


@dataclass(frozen=True)
class Spooled(DataFile):
    """What came by standard input; its private file goes when nothing reads it any more."""

    kept: IO[bytes] | None = None

    @property
    def where(self) -> str:
        """What messages call it."""
        return STANDARD_INPUT

    @property
    def name(self) -> str:
        """The same: it has no file name."""
        return STANDARD_INPUT

    @cached_property
    def suffix(self) -> str:
        """The ending of a file that holds the same, as its first line tells."""
        with self.open() as stream:
            start = stream.read(_START)
        text = start.decode(encoding_of(start), "ignore").lstrip("\ufeff \t\r\n")
        if text[:1] in ("{", "["):
            return ".json"
        if text.startswith("__label__"):
            return ".txt"
        return ".tsv" if "\t" in text.partition("\n")[0] else ".csv"


def standard_input() -> Any:
    """Return the bytes of standard input as a stream; an InputError where it is closed."""
    if sys.stdin is None:
        raise InputError(f"{STANDARD_INPUT}: is closed")
    return sys.stdin.buffer


def spool(begun: bytes = b"") -> Spooled:
    """Keep standard input aside, behind what has been read of it.

    An InputError: it is closed, or longer than any file of records may be.
    """
    stream = standard_input()
    kept = tempfile.NamedTemporaryFile(prefix="neuroep-")  # noqa: SIM115 - as long as its file
    size, data = 0, begun or stream.read(_CHUNK)
    while data:
        size += len(data)
        if size > MAX_FILE_BYTES:
            raise InputError(f"{STANDARD_INPUT}: too large ({MAX_FILE_BYTES} bytes at most)")
        kept.write(data)
        data = stream.read(_CHUNK)
    kept.flush()
    return Spooled(Path(kept.name), kept=kept)


class Remembering:
    """Standard input that can still be kept aside whole, until it need not be any more."""

    def __init__(self) -> None:
        self._stream, self._read = standard_input(), bytearray()
        self._all = True

    def read(self, size: int) -> bytes:
        """Read so many bytes, fewer at the end alone."""
        return self._remembered(self._stream.read(size))

    def read1(self, size: int) -> bytes:
        """Read what is there, up to so many bytes."""
        return self._remembered(getattr(self._stream, "read1", self._stream.read)(size))

    def _remembered(self, data: bytes) -> bytes:
        if self._all:
            self._read += data
        return data

    def forget(self) -> None:
        """Remember nothing more."""
        self._all = False
        self._read.clear()

    def spool(self) -> Spooled:
        """Keep all of it aside, what has been read included."""
        return spool(bytes(self._read))
