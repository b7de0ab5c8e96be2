"""Files of data as bytes, wherever they stand: on disk or in an archive, compressed or not."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from neuroep.errors import InputError
from neuroep.files import open_regular
from neuroep.tables.archives import (
    MOST_MEMBERS,
    is_plain,
    is_tar,
    is_zip,
    members,
    open_member,
    open_zip,
    shown,
    size_of,
)
from neuroep.tables.split import SPLITS, Split
from neuroep.tables.unpacking import damage, unpack

_WORKBOOK = "xl/workbook.xml"
_DEPTH = 3  # levels below a folder that are searched
# What says which split a file is, as the owners of data sets name theirs (SICK's is "trial").
_SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "dev": "validation",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "trial": "validation",
    "test": "test",
    "testing": "test",
}


def split_named(name: str) -> str | None:
    """Which split a word stands for ("TRIAL": "validation"), None for none."""
    return _SPLIT_WORDS.get(name.strip().lower())


@dataclass(frozen=True)
class DataFile:
    """One file on disk, or one member of an archive; unpacked while it is read."""

    path: Path
    member: str = ""

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"{self.path}: {shown(self.member)}" if self.member else str(self.path)

    @property
    def name(self) -> str:
        """Its file name, without the folders and the ``.gz``."""
        name = PurePosixPath(self.member).name or self.path.name
        return shown(re.sub(r"\.(gz|xz|bz2)$", "", name, flags=re.I))

    @property
    def suffix(self) -> str:
        """The ending of the name in lower case, dot included."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def split(self) -> str | None:
        """The split that one word of its name says, None where none or several do."""
        words = re.split(r"[^a-z]+", self.name.lower())
        found = {split_named(word) for word in words} - {None}
        return found.pop() if len(found) == 1 else None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The unpacked bytes; what goes wrong while they are read becomes an InputError."""
        with ExitStack() as stack:
            stack.enter_context(damage(self.where))
            packed, size = self._packed(stack)
            yield unpack(packed, size, self.where)

    def _packed(self, stack: ExitStack) -> tuple[IO[bytes], int]:
        """Its bytes as they are, and how many there are."""
        if not self.member:
            file = stack.enter_context(open_regular(self.path))
            return file, size_of(file)
        if is_zip(self.path):
            archive = stack.enter_context(open_zip(self.path))
            info = archive.getinfo(self.member)
            return stack.enter_context(open_member(archive, info, self.where)), info.compress_size
        for member in members(self.path):
            if member.name == self.member:
                return stack.enter_context(member.open()), member.size
        raise InputError(f"{self.where}: not in the archive any more")


def subfolders(path: Path) -> list[Path]:
    """The folders below ``path`` that are not hidden, by name."""
    with damage(str(path)), os.scandir(path) as entries:
        names = [entry.name for entry in entries if is_plain((entry.name,)) and entry.is_dir()]
    return [path / name for name in sorted(names)]


def split_folders(path: Path, has_files: Callable[[Path], Any]) -> dict[Split, Path]:
    """The folders below ``path`` that are called like a split and have folders with files."""
    return {
        part: folder
        for folder in subfolders(path)
        for part in SPLITS
        if split_named(folder.name) == part and any(map(has_files, subfolders(folder)))
    }


def on_disk(path: Path) -> Path:
    """The file or folder that a path names, or the archive in ``archive.zip/member``."""
    if os.path.lexists(path):
        return path
    for archive in path.parents:
        if archive.is_file():
            return archive
    raise InputError(f"{path}: no such file or folder")


def list_files(path: Path) -> list[DataFile]:
    """The file at ``path``, or what stands in it if it is an archive or a folder, by name.

    A folder is read to three levels below it, but not through links to other folders; hidden
    files, what macOS and Windows leave, and members whose names climb out of an archive are passed
    by. ``archive.zip/member`` is the one member.
    """
    if path.is_dir():
        with damage(str(path)):
            return sorted((DataFile(file) for file in _below(path)), key=lambda file: file.path)
    place = on_disk(path)
    if place != path:
        wanted = path.relative_to(place).parts
        found = [file for file in list_files(place) if _parts(file) == wanted]
        if not found:
            raise InputError(f"{path}: no such file or folder")
        return found
    if is_zip(path) or is_tar(path):
        found = [DataFile(path, member.name) for member in members(path) if member.plain]
        if any(file.member == _WORKBOOK for file in found):
            raise InputError(f"{path}: an Excel workbook; save the sheet as .csv")
        return sorted(found, key=lambda file: file.member)
    return [DataFile(path)]


def one_file(path: Path) -> DataFile:
    """The file at ``path``, or the only one that stands in it if it is an archive."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder")
    files = list_files(path)
    if len(files) != 1:
        inside = ", ".join(shown(file.member[:40]) for file in files[:5]) or "nothing"
        raise InputError(f"{path}: one file is read, and in it there is {inside}")
    return files[0]


def _parts(file: DataFile) -> tuple[str, ...]:
    return PurePosixPath(file.member).parts


def _below(path: Path) -> Iterator[Path]:
    looked_at = 0
    folders = [(path, 0)]
    while folders:
        folder, depth = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                looked_at += 1
                if looked_at > MOST_MEMBERS:
                    raise InputError(f"{path}: more than {MOST_MEMBERS:,} files: name one of them")
                if not is_plain((entry.name,)):
                    continue
                if not entry.is_dir():
                    yield folder / entry.name
                elif depth < _DEPTH and not entry.is_symlink():
                    folders.append((folder / entry.name, depth + 1))
