"""What is about to be overwritten in a file, written first behind its end.

Where half of a write has reached the disk, what it should have become stands in the journal, whole
or not at all: a piece of HDF5's metadata in a trace is never lost to a torn write.

The layout: pieces as (address, length, bytes), then their length, their SHA-256 and a mark.
"""

import fcntl
import hashlib
import os
import struct
from collections.abc import Iterable
from contextlib import suppress

MARK = b"neuroep journal\n"
_PIECE = struct.Struct("<QQ")
_END = struct.Struct("<Q32s16s")
_LOCK = struct.Struct("hhqqi4x")  # struct flock: type, whence, start, length, process


def packed(pieces: Iterable[tuple[int, bytes]]) -> bytes:
    """Return pieces of a file, (address, bytes), as a journal."""
    body = b"".join(_PIECE.pack(address, len(data)) + data for address, data in pieces)
    return body + _END.pack(len(body), hashlib.sha256(body).digest(), MARK)


def restore(path: str | os.PathLike[str]) -> None:
    """Bring a file that its writer has left in the middle of a write to what its journal says.

    Nothing happens to a file without a whole journal, one that another process still writes, or
    one that cannot be written here.
    """
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            hold(descriptor)
            for address, data in _pieces(descriptor):
                if os.pread(descriptor, len(data), address) != data:
                    os.pwrite(descriptor, data, address)
        finally:
            os.close(descriptor)


def hold(descriptor: int) -> None:
    """Keep others from restoring a file; an OSError where somebody holds it.

    Not by flock, which HDF5 uses for its readers, nor by a lock of the process, which would end as
    soon as this process closes another descriptor of the file: a look at the traces of a training
    that goes on in the same process is one.
    """
    whole = _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, whole)


def _pieces(descriptor: int) -> list[tuple[int, bytes]]:
    size = os.fstat(descriptor).st_size
    end = os.pread(descriptor, _END.size, max(0, size - _END.size))
    if len(end) < _END.size:
        return []
    length, digest, mark = _END.unpack(end)
    first = size - _END.size - length
    if mark != MARK or first < 0:
        return []
    body = os.pread(descriptor, length, first)
    if hashlib.sha256(body).digest() != digest:
        return []
    pieces, at = [], 0
    while at + _PIECE.size <= length:
        address, count = _PIECE.unpack_from(body, at)
        at += _PIECE.size + count
        if at > length or address + count > first:
            return []  # none of ours
        pieces.append((address, body[at - count : at]))
    return pieces
