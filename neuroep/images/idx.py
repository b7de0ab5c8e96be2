"""Read IDX files, the format of MNIST (Y. LeCun, C. Cortes, C. J. C. Burges).

Two zero bytes, the type of an element (8: unsigned byte), the number of dimensions, each dimension
as a big-endian 32-bit number, then the elements, the last dimension fastest.
"""

import math
import re
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.tables.files import DataFile
from neuroep.tables.split import Split

UNSIGNED_BYTE = 8
LARGEST = 1 << 30
"""Bytes that a file may hold once unpacked: nobody fills the memory by a forged header."""

KINDS = {"images": 3, "labels": 1}
"""Dimensions of the two kinds of files."""

# As published ("train-images-idx3-ubyte"), as unpacked ("train-images.idx3-ubyte"), and of EMNIST
# ("emnist-letters-train-images-idx3-ubyte").
_NAME = re.compile(
    r"(?P<set>.*?)[-_. ]?(?P<part>train|t10k|test)[-_. ](?P<kind>images|labels)[-_. ]"
    r"idx(?P<dimensions>[13])[-_. ]ubyte",
    re.I,
)
_PARTS: dict[str, Split] = {"train": "train", "t10k": "test", "test": "test"}


class IdxSet(NamedTuple):
    """The four files of a data set; ``name``: what stands before "train", as "emnist-letters"."""

    name: str
    files: dict[tuple[Split, str], DataFile]


def has_idx(files: Sequence[DataFile]) -> bool:
    """Whether one of some files is called as an IDX file."""
    return any(_NAME.fullmatch(file.name) for file in files)


def find_idx(root: Path, files: Sequence[DataFile]) -> IdxSet:
    """Return the files of the one data set among others: of the folder that lies highest.

    Raises
    ------
    InputError
        A file is missing, or there are several sets, which the message names.
    """
    sets: dict[tuple[int, PurePath, str], dict[tuple[Split, str], DataFile]] = {}
    for file in files:
        found = _NAME.fullmatch(file.name)
        if found and KINDS[found["kind"].lower()] == int(found["dimensions"]):
            path = PurePath(file.member or file.path)
            place = path.parent
            if place.name.removesuffix(".gz") == file.name:  # some unpack each to its own folder
                place = place.parent
            key = (len(place.parts), place, found["set"].lower())
            # The first of a gzipped file and of the same unpacked beside it.
            role = _PARTS[found["part"].lower()], found["kind"].lower()
            sets.setdefault(key, {}).setdefault(role, file)
    depth = min((key[0] for key, roles in sets.items() if len(roles) == 4), default=None)
    whole = [key for key, roles in sets.items() if len(roles) == 4 and key[0] == depth]
    if len(whole) > 1:
        names = ", ".join(sorted({_shown(root, key) for key in whole}))
        raise InputError(f"{root}: several sets of images: {names}: leave the files of one")
    if whole:
        return IdxSet(whole[0][2], sets[whole[0]])
    nearest = max(sets, key=lambda key: len(sets[key]), default=None)
    given = sets[nearest] if nearest else {}
    of_set = nearest[2] if nearest else ""
    calls = {"train": "train", "test": "test" if of_set.startswith("emnist") else "t10k"}
    part, kind = next((p, k) for p in calls for k in KINDS if (p, k) not in given)
    name = "-".join(filter(None, (of_set, calls[part], kind)))
    raise InputError(f"{root}: {name}-idx{KINDS[kind]}-ubyte.gz: no such file")


def _shown(root: Path, key: tuple[int, PurePath, str]) -> str:
    _, place, name = key
    return name or str(place).removeprefix(f"{root}/")


def read_idx(file: DataFile, dimensions: int) -> NDArray[np.uint8]:
    """Return the unsigned bytes of an IDX file of so many dimensions, compressed or not.

    InputError names the file and the field that is wrong.
    """
    with file.open() as stream:
        return _read(stream, file.where, dimensions)


def _read(stream: IO[bytes], where: str, dimensions: int) -> NDArray[np.uint8]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise InputError(f"{where}: magic number: not an IDX file")
    if magic[2] != UNSIGNED_BYTE:
        raise InputError(f"{where}: type: {magic[2]:#x} is not unsigned bytes ({UNSIGNED_BYTE:#x})")
    if magic[3] != dimensions:
        raise InputError(f"{where}: dimensions: {magic[3]} instead of {dimensions}")
    header = stream.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise InputError(f"{where}: sizes: truncated")
    shape = tuple(int(size) for size in np.frombuffer(header, ">u4"))
    count = math.prod(shape)
    if not 0 < count <= LARGEST:
        raise InputError(f"{where}: sizes: {shape} are no usable ones")
    data = bytearray()
    while len(data) <= count and (piece := stream.read(min(1 << 24, count + 1 - len(data)))):
        data += piece
    if len(data) != count:
        found = "more" if len(data) > count else f"{len(data)}"
        raise InputError(f"{where}: elements: {found} instead of the {count} that {shape} has")
    return np.frombuffer(data, np.uint8).reshape(shape)
