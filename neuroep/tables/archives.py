"""What stands in a .zip or a tar archive: looked at from the first member to the last.

Nothing is unpacked to disk, no link is followed, and a header is believed only as far as it may
say something: names of some thousand bytes, so many members, sizes that fit what is there.
"""

import io
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, cast

from neuroep.errors import InputError
from neuroep.files import open_regular
from neuroep.tables.unpacking import check_unpacked, damage, unpack

MOST_MEMBERS = 200_000
"""Members of an archive, or files of a folder, that are looked at; IMDB's has 100,000."""

_MOST_DIRECTORY = 64 << 20  # bytes of a .zip's directory; that of IMDB's files has 14 MB
_MOST_HEADER = 1 << 16  # bytes of a tar's long name or PAX header; paths end at 4,096
_BLOCK = 512
_KINDS = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.DIRTYPE: "folder",
}
_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_LONG = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_BODILESS = (
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
)
_LITTER = frozenset({"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
_PAX_RECORD = re.compile(rb"(\d{1,7}) ([^=\n]+)=")


class Member(NamedTuple):
    """One member of an archive; ``open`` works until the next one is asked for.

    ``parts``: folders and name, ``./`` left out; ``kind``: "file", "folder", or "link", which
    stands for devices and pipes as well.
    """

    name: str
    parts: tuple[str, ...]
    kind: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    size: int

    @property
    def plain(self) -> bool:
        """Whether it is a file that someone put there."""
        return self.kind == "file" and is_plain(self.parts)


def is_plain(parts: Sequence[str]) -> bool:
    """Whether nothing of a path is hidden, climbs out, or is what macOS and Windows leave."""
    return all(part and part[0] != "." and part.lower() not in _LITTER for part in parts)


def _parts(name: str) -> tuple[str, ...]:
    # Windows may have written the folders.
    return tuple([part for part in name.replace("\\", "/").split("/") if part != "."])


def shown(name: str) -> str:
    """Return a name for people: what would steer a terminal is written out."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return text if len(text) <= 200 else f"{text[:200]}..."


def size_of(file: BinaryIO) -> int:
    """Bytes of an open file."""
    return os.fstat(file.fileno()).st_size


def is_zip(path: Path) -> bool:
    """Whether a file is a .zip, by its content or, where that is damaged, by its name."""
    with open_regular(path) as file:
        return file.read(4) in (b"PK\3\4", b"PK\5\6") or path.suffix.lower() == ".zip"


def is_tar(path: Path) -> bool:
    """Whether a file is a tar archive, by its content or, where that is damaged, by its name."""
    if re.search(r"\.(tar|tgz|txz|tbz2?|tar\.(gz|xz|bz2))$", path.name, re.I):
        return True
    try:
        with damage(str(path)), open_regular(path) as file:
            _header(unpack(file, size_of(file), str(path)).read(_BLOCK))
    except (InputError, tarfile.HeaderError):
        return False
    return True


def members(path: Path) -> Iterator[Member]:
    """Every member of an archive, in its order.

    Raises
    ------
    InputError
        It is damaged, truncated or no archive; a header promises what nothing of its kind has; two
        files have one name.
    """
    seen: set[tuple[str, ...]] = set()
    with damage(str(path)):
        for number, member in enumerate(_zip(path) if is_zip(path) else _tar(path), 1):
            if number > MOST_MEMBERS:
                raise InputError(f"{path}: more than {MOST_MEMBERS:,} members: refused")
            if member.plain:
                if member.parts in seen:
                    raise InputError(f"{path}: {shown(member.name)}: two members have this name")
                seen.add(member.parts)
            yield member


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a .zip whose directory is not larger than its kind may have."""
    with _Careful(path) as file, zipfile.ZipFile(file) as archive:
        yield archive


class _Careful(io.BufferedReader):
    """A file of which zipfile reads the directory at once, however large it says it is."""

    def __init__(self, path: Path) -> None:
        super().__init__(cast(io.BufferedReader, open_regular(path)).detach())
        self._where = str(path)

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MOST_DIRECTORY:
            raise InputError(f"{self._where}: a directory of {size:,} bytes: refused")
        return super().read(size)


@contextmanager
def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> Iterator[IO[bytes]]:
    """Open a member of a .zip that is neither encrypted, nor packed oddly, nor a bomb."""
    if info.flag_bits & 1:
        raise InputError(f"{where}: encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"{where}: compressed by another method than deflate")
    check_unpacked(info.file_size, info.compress_size, where)
    with archive.open(info) as member:
        yield member


def _zip(path: Path) -> Iterator[Member]:
    with open_zip(path) as archive:
        for info in archive.infolist():
            kind = "folder" if info.is_dir() else "file"
            if stat.S_ISLNK(info.external_attr >> 16):
                kind = "link"
            opened = partial(open_member, archive, info, f"{path}: {shown(info.filename)}")
            yield Member(info.filename, _parts(info.filename), kind, opened, info.file_size)


def _tar(path: Path) -> Iterator[Member]:
    with open_regular(path) as file:
        stream = unpack(file, size_of(file), str(path))
        try:
            yield from _tar_members(stream, str(path))
        except tarfile.HeaderError as error:
            raise InputError(f"{path}: not a tar archive, or damaged ({error})") from None
        while stream.read(1 << 16):  # what gzip and xz check stands at their end
            pass


def _tar_members(stream: BinaryIO, where: str) -> Iterator[Member]:
    name, size = "", None
    while (block := stream.read(_BLOCK)) != bytes(_BLOCK):
        header = _header(block)
        if header.type in (*_PAX, *_LONG):
            if header.size > _MOST_HEADER:
                raise InputError(f"{where}: a header of {header.size:,} bytes: refused")
            said = _exactly(stream, header.size + -header.size % _BLOCK)[: header.size]
            if header.type == tarfile.GNUTYPE_LONGNAME:
                name = _text(said.split(b"\0")[0])
            elif header.type in _PAX:
                of_all = header.type == tarfile.XGLTYPE
                name, size = _pax(said, name, size, where, of_all)
            continue
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise InputError(f"{where}: {shown(header.name)}: a sparse file: refused")
        name, length = name or header.name, header.size if size is None else size
        if header.type in _BODILESS:
            length = 0
        kind = _KINDS.get(header.type, "link")
        part = _Part(stream, length)
        yield Member(name, _parts(name), kind, partial(_as_it_is, part), length)
        part.skip()
        name, size = "", None


class _Header(NamedTuple):
    name: str
    type: bytes
    size: int


def _header(block: bytes) -> _Header:
    """What a block says of the member behind it, whatever sizes and names it claims.

    Read here, for tarfile makes whatever a PAX or GNU header promises before anybody can look.
    """
    if len(block) < _BLOCK:
        raise tarfile.HeaderError("truncated")
    if _number(block[148:156]) != sum(block) - sum(block[148:156]) + 8 * ord(" "):
        raise tarfile.HeaderError("bad checksum")
    name, kind = block[:100].partition(b"\0")[0], block[156:157]
    if block[257:263] == b"ustar\0" and block[345]:
        name = block[345:500].partition(b"\0")[0] + b"/" + name
    if kind == tarfile.AREGTYPE and name.endswith(b"/"):
        kind = tarfile.DIRTYPE
    return _Header(_text(name), kind, _number(block[124:136]))


def _number(field: bytes) -> int:
    if field[0] & 0x80:  # GNU's way to write what is too large for octal digits
        return int.from_bytes(field, "big", signed=True) + (1 << 8 * len(field) - 1)
    digits = field.partition(b"\0")[0].strip()
    if not digits.strip(b"01234567") == b"":
        raise tarfile.HeaderError("bad number")
    return int(digits or b"0", 8)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _pax(
    said: bytes, name: str, size: int | None, where: str, of_all: bool
) -> tuple[str, int | None]:
    """Name and size that a PAX header gives to the member behind it."""
    at = 0
    while at < len(said) and said[at]:
        found = _PAX_RECORD.match(said, at)
        if not found or int(found[1]) <= len(found[0]):
            raise tarfile.HeaderError("bad PAX header")
        end = at + int(found[1])
        value = said[found.end() : end - 1]
        if found[2].startswith(b"GNU.sparse"):
            raise InputError(f"{where}: {shown(name) or 'a member'}: a sparse file: refused")
        if found[2] in (b"path", b"size") and of_all:
            raise InputError(f"{where}: a header that gives every member one {_text(found[2])}")
        if found[2] == b"path":
            name = _text(value)
        elif found[2] == b"size":
            if not value.isdigit() or len(value) > 18:
                raise InputError(f"{where}: PAX header: size: no number")
            size = int(value)
        at = end
    return name, size


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def _as_it_is(part: "_Part") -> AbstractContextManager[IO[bytes]]:
    return nullcontext(cast(IO[bytes], part))


class _Part(io.RawIOBase):
    """The bytes of one member of a tar."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream, self._left = stream, length
        self._padding = -length % _BLOCK

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._left)
        buffer[:wanted] = _exactly(self._stream, wanted)
        self._left -= wanted
        return wanted

    def skip(self) -> None:
        """Go on to what stands behind it."""
        left = self._left + self._padding
        while left:
            left -= len(_exactly(self._stream, min(left, 1 << 16)))
