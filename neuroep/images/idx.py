"""Read IDX files, the format of MNIST (Y. LeCun, C. Cortes, C. J. C. Burges).

Two zero bytes, the type of an element (8: unsigned byte), the number of dimensions, each dimension
as a big-endian 32-bit number, then the elements, the last dimension fastest.
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError

UNSIGNED_BYTE = 8
LARGEST = 1 << 30
"""Bytes that a file may hold once unpacked: nobody fills the memory by a forged header."""


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Return the unsigned bytes of an IDX file, gzipped or not.

    Parameters
    ----------
    path : Path
    dimensions : int
        How many the array must have.

    Raises
    ------
    InputError
        Missing, no IDX file of unsigned bytes, of another number of dimensions, truncated, with
        bytes left over, or larger than ``LARGEST``; names the file and the field.
    """
    try:
        with path.open("rb") as file:
            gzipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if gzipped else path.open("rb") as stream:
            return _read(stream, path, dimensions)  # type: ignore[arg-type]
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{path}: gzip: truncated or damaged") from None
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def _read(stream: IO[bytes], path: Path, dimensions: int) -> NDArray[np.uint8]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise InputError(f"{path}: magic number: not an IDX file")
    if magic[2] != UNSIGNED_BYTE:
        raise InputError(f"{path}: type: {magic[2]:#x} is not unsigned bytes ({UNSIGNED_BYTE:#x})")
    if magic[3] != dimensions:
        raise InputError(f"{path}: dimensions: {magic[3]} instead of {dimensions}")
    header = stream.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise InputError(f"{path}: sizes: truncated")
    shape = tuple(int(size) for size in np.frombuffer(header, ">u4"))
    count = math.prod(shape)
    if not 0 < count <= LARGEST:
        raise InputError(f"{path}: sizes: {shape} are no usable ones")
    data = bytearray()
    while len(data) <= count and (piece := stream.read(min(1 << 24, count + 1 - len(data)))):
        data += piece
    if len(data) != count:
        found = "more" if len(data) > count else f"{len(data)}"
        raise InputError(f"{path}: elements: {found} instead of the {count} that {shape} has")
    return np.frombuffer(data, np.uint8).reshape(shape)
