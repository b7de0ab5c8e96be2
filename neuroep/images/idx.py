"""Read IDX files, the format of MNIST (Y. LeCun, C. Cortes, C. J. C. Burges).

Two zero bytes, the type of an element (8: unsigned byte), the number of dimensions, each dimension
as a big-endian 32-bit number, then the elements, the last dimension fastest.
"""

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError

UNSIGNED_BYTE = 8
_IDX = re.compile(r"idx[13]-ubyte(\.gz)?$")
LARGEST = 1 << 30
"""Bytes that a file may hold once unpacked: nobody fills the memory by a forged header."""


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Return the unsigned bytes of an IDX file of so many dimensions, gzipped or not.

    InputError names the file and the field that is wrong.
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


def has_idx(root: Path) -> bool:
    """Whether a folder, or the ``MNIST/raw/`` and the like below it, holds an IDX file."""
    return any(_IDX.search(file.name) for folder in _places(root) for file in folder.iterdir())


def find_idx(root: Path, prefix: str, kind: str, dimensions: int) -> Path:
    """Return the file of a split and kind: gzipped or not, as published or as unpacked."""
    published = f"{prefix}-{kind}-idx{dimensions}-ubyte"
    unpacked = f"{prefix}-{kind}.idx{dimensions}-ubyte"
    for folder in _places(root):
        for name in (f"{published}.gz", published, f"{unpacked}.gz", unpacked):
            if (folder / name).is_file():
                return folder / name
    raise InputError(f"{root / published}.gz: no such file")


def _places(root: Path) -> list[Path]:
    """The folder itself, and torchvision's ``MNIST/raw/`` below it."""
    below = (folder for pattern in ("raw", "*/raw") for folder in sorted(root.glob(pattern)))
    return [root, *(folder for folder in below if folder.is_dir())]
