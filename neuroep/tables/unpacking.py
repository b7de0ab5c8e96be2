"""Compressed bytes, unpacked while they are read, and never to far more than they are."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast

from neuroep.errors import InputError

FREE = 64 << 20
"""Bytes that anything may unpack to: what so many take is no harm to any machine."""

RATIO = 200
"""How often its own size a file may unpack to beyond ``FREE``.

More than text, pictures, numbers and the blanks that fill up a tar come to; deflate's own limit, at
which bombs are made, is about 1,030 (RFC 1951: 258 bytes in two bits).
"""

_LZMA_MEMORY = 128 << 20  # xz -9 asks for 65 MiB; a forged header asks for 4 GiB
_PIECE = 1 << 16
_GZIP = re.compile(rb"\x1f\x8b")
_XZ = re.compile(rb"\xfd7zXZ\x00")
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")
_OTHERS = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"\x1f\x9d": "compress",
}


def check_unpacked(size: int, packed: int, where: str) -> None:
    """Refuse what unpacks to far more bytes than it has, before memory is taken for it."""
    if size > FREE and size > RATIO * packed:
        raise InputError(f"{where}: {packed:,} bytes unpack to {size:,} or more: refused")


def unpack(packed: IO[bytes], size: int, where: str) -> BinaryIO:
    """Return a stream of the unpacked bytes; what is not compressed comes as it is.

    gzip, xz and bzip2 are told by their first bytes. ``size``: bytes of what is ``packed``.
    """
    stream = io.BufferedReader(cast(io.RawIOBase, packed), _PIECE)
    start = stream.peek(16)[:16]
    for magic, name in _OTHERS.items():
        if start.startswith(magic):
            raise InputError(f"{where}: compressed by {name}: not read; unpack it first")
    raw: IO[bytes]
    if _GZIP.match(start):
        raw = cast(IO[bytes], gzip.GzipFile(fileobj=stream))
    elif _XZ.match(start):
        raw = cast(IO[bytes], _Decoded(stream, _xz))
    elif _BZIP2.match(start):
        raw = cast(IO[bytes], _Decoded(stream, bz2.BZ2Decompressor))
    else:
        return cast(BinaryIO, stream)
    return cast(BinaryIO, io.BufferedReader(_Bounded(raw, size, where), _PIECE))


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY)


class _Decoded(io.RawIOBase):
    """Streams of xz or bzip2, one after another, as parallel compressors write them."""

    def __init__(self, packed: BinaryIO, decoder: Callable[[], Any]) -> None:
        self._packed, self._new = packed, decoder
        self._decoder, self._rest = decoder(), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._decoder.eof:
                # Between streams of xz there may be zeros.
                self._rest = self._decoder.unused_data.lstrip(b"\0")
                while not self._rest and (piece := self._packed.read(_PIECE)):
                    self._rest = piece.lstrip(b"\0")
                if not self._rest:
                    return 0
                self._decoder = self._new()
            given = b""
            if self._decoder.needs_input:
                given, self._rest = self._rest or self._packed.read(_PIECE), b""
                if not given:
                    raise EOFError
            if found := self._decoder.decompress(given, len(buffer)):
                buffer[: len(found)] = found
                return len(found)


class _Bounded(io.RawIOBase):
    """Counts what a stream unpacks to."""

    def __init__(self, stream: IO[bytes], size: int, where: str) -> None:
        self._stream, self._size, self._where = stream, size, where
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._stream.read(len(buffer))
        self._total += len(found)
        check_unpacked(self._total, self._size, self._where)
        buffer[: len(found)] = found
        return len(found)


@contextmanager
def damage(where: str) -> Iterator[None]:
    """Whatever the decompressors raise on damaged files, as one line."""
    try:
        yield
    except (InputError, UnicodeError):
        raise
    except EOFError:
        raise InputError(f"{where}: truncated") from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"{where}: not compressed, or damaged ({error})") from None
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror or error})") from None
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, ValueError) as error:
        # ValueError: a directory that points before the start of the file, or a name in no code.
        raise InputError(f"{where}: not a .zip archive, or damaged ({error})") from None
