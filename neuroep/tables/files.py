"""Files of data as bytes, wherever they stand: on disk or in a .zip, gzipped or not."""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from neuroep.errors import InputError
from neuroep.files import open_regular
from neuroep.tables.split import SPLITS, Split

GZIP = b"\x1f\x8b"
_WORKBOOK = "xl/workbook.xml"
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
    """One file on disk, or one member of a ``.zip``; unpacked while it is read if it is gzipped."""

    path: Path
    member: str = ""

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"{self.path}: {self.member}" if self.member else str(self.path)

    @property
    def name(self) -> str:
        """Its file name, without the folders and the ``.gz``."""
        return re.sub(r"\.gz$", "", PurePosixPath(self.member).name or self.path.name, flags=re.I)

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
            stream: IO[bytes] = stack.enter_context(self._raw())
            if self._gzipped():
                stream = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=stream)))
            # Buffered: a member of a .zip reads lines of bounded length byte by byte.
            yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream), 1 << 16))

    def _gzipped(self) -> bool:
        with self._raw() as stream:
            return stream.read(2) == GZIP

    @contextmanager
    def _raw(self) -> Iterator[IO[bytes]]:
        if not self.member:
            with open_regular(self.path) as file:
                yield file
            return
        with open_regular(self.path) as file, zipfile.ZipFile(file) as archive:
            info = archive.getinfo(self.member)
            if info.flag_bits & 1:
                raise InputError(f"{self.where}: encrypted")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise InputError(f"{self.where}: compressed by another method than deflate")
            with archive.open(info) as member:
                yield member


def subfolders(path: Path) -> list[Path]:
    """The folders below ``path`` that are not hidden, by name."""
    try:
        found = [entry for entry in path.iterdir() if entry.is_dir()]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    return sorted(folder for folder in found if not folder.name.startswith("."))


def split_folders(path: Path, files_of: Callable[[Path], list[Any]]) -> dict[Split, Path]:
    """The folders below ``path`` that are called like a split and have folders with files."""
    return {
        part: folder
        for folder in subfolders(path)
        for part in SPLITS
        if split_named(folder.name) == part and any(map(files_of, subfolders(folder)))
    }


def list_files(path: Path) -> list[DataFile]:
    """The file at ``path``, or what stands in it if it is a ``.zip`` or a folder, by name.

    A folder is read to three levels below it; hidden files, macOS shadows and members whose names
    climb out of an archive are passed by.
    """
    if path.is_dir():
        with damage(str(path)):
            found = (file for depth in range(4) for file in path.glob("*/" * depth + "*"))
            # is_file: a pipe would never end.
            kept = [f for f in found if f.is_file() and _plain(f.relative_to(path).parts)]
        return [DataFile(file) for file in sorted(kept)]
    with damage(str(path)), open_regular(path) as file:
        if path.suffix.lower() != ".zip" and file.read(4) != b"PK\3\4":
            return [DataFile(path)]
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if _plain(name.split("/"))]
    if _WORKBOOK in names:
        raise InputError(f"{path}: an Excel workbook; save the sheet as .csv")
    return [DataFile(path, name) for name in sorted(names)]


def one_file(path: Path) -> DataFile:
    """The file at ``path``, or the only one that stands in it if it is a ``.zip``."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder")
    files = list_files(path)
    if len(files) != 1:
        shown = ", ".join(file.member[:40] for file in files[:5]) or "nothing"
        raise InputError(f"{path}: one file is read, and in it there is {shown}")
    return files[0]


def _plain(parts: Iterable[str]) -> bool:
    return not any(not part or part.startswith(".") or part == "__MACOSX" for part in parts)


@contextmanager
def damage(where: str) -> Iterator[None]:
    """Whatever the decompressors raise on damaged files, as one line."""
    try:
        yield
    except (InputError, UnicodeError):
        raise
    except EOFError:
        raise InputError(f"{where}: truncated") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{where}: not gzipped, or damaged ({error})") from None
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror or error})") from None
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, ValueError) as error:
        # ValueError: a directory that points before the start of the file, or a name in no code.
        raise InputError(f"{where}: not a .zip archive, or damaged ({error})") from None
