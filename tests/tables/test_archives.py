"""Archives that were made to do harm: one line, little memory, nothing followed."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from neuroep.errors import InputError
from neuroep.tables import archives
from neuroep.tables.archives import members, shown
from neuroep.tables.files import DataFile, list_files
from neuroep.tables.unpacking import check_unpacked

CSV = b"text,label\na,b\n"


def read(file: DataFile) -> int:
    """Bytes of a file, of which not many are kept."""
    with file.open() as stream:
        return sum(map(len, iter(lambda: stream.read(1 << 20), b"")))


def header(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def block(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def tar(*pieces: bytes) -> bytes:
    return b"".join(pieces) + bytes(1024)


def pax(**records: str) -> bytes:
    said = b""
    for key, value in records.items():
        line = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(line) + len(str(len(line) + 2))
        said += str(length).encode() + line
    return header("PaxHeader", tarfile.XHDTYPE, len(said)) + block(said)


GOOD = header("a.csv", size=len(CSV)) + block(CSV)

HOSTILE: dict[str, tuple[bytes, str]] = {
    "PAX header of 8 GB": (tar(header("x", tarfile.XHDTYPE, 8 << 30), GOOD), "a header of 8,589"),
    "global PAX of 8 GB": (tar(header("x", tarfile.XGLTYPE, 8 << 30), GOOD), "a header of 8,589"),
    "GNU name of 8 GB": (tar(header("x", tarfile.GNUTYPE_LONGNAME, 8 << 30)), "a header of 8,589"),
    "GNU link of 8 GB": (tar(header("x", tarfile.GNUTYPE_LONGLINK, 8 << 30)), "a header of 8,589"),
    "sparse": (tar(header("a.csv", tarfile.GNUTYPE_SPARSE)), "a.csv: a sparse file"),
    "sparse by PAX": (tar(pax(GNU__sparse__major="1"), GOOD), "a sparse file"),
    "size in PAX of 9 EB": (tar(pax(size=str(9 << 50)), GOOD), "truncated"),
    "size in PAX of 5,000 digits": (tar(pax(size="9" * 5000), GOOD), "size: no number"),
    "size in PAX that is none": (tar(pax(size="-5"), GOOD), "size: no number"),
    "broken PAX": (tar(header("x", tarfile.XHDTYPE, 4), block(b"junk"), GOOD), "bad PAX header"),
    "PAX without end": (
        tar(header("x", tarfile.XHDTYPE, 512), block(b"0 path=x\n"), GOOD),
        "bad PAX header",
    ),
    "member longer than all": (tar(header("a.csv", size=9 << 40), block(CSV)), "truncated"),
    "nothing": (b"", "not a tar archive"),
    "two of one name": (tar(GOOD, GOOD), "a.csv: two members have this name"),
    "no end": (GOOD, "truncated"),
    "half a header": (GOOD[:700], "truncated"),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_hostile_tar_is_one_line(tmp_path: Path, case: str, pack: Callable[[bytes], bytes]) -> None:
    data, message = HOSTILE[case]
    path = tmp_path / "a.tar"
    path.write_bytes(pack(data))
    with pytest.raises(InputError) as caught:
        list_files(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_links_devices_and_names_that_climb_out_are_passed_by(tmp_path: Path) -> None:
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    others = [header(f"{n}.csv", kind, 99) for n, kind in enumerate(kinds)]
    out = [header(name, size=1) + block(b"x") for name in ("../b.csv", "/c.csv", "a/../d.csv")]
    path = tmp_path / "a.tar"
    path.write_bytes(tar(*others, *out, header("folder/", tarfile.DIRTYPE), GOOD))
    assert list_files(path) == [DataFile(path, "a.csv")]
    with DataFile(path, "a.csv").open() as file:
        assert file.read() == CSV


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_and_letters_read_as_tarfile_reads_them(tmp_path: Path, format: int) -> None:
    names = ["a.csv", "é.csv", f"{'long/' * 20}b.csv"]
    names += [f"{'x' * 90}/{'y' * 120}.csv"] * (format != tarfile.USTAR_FORMAT)
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=format) as archive:
        for number, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.size = 700 * number
            archive.addfile(info, io.BytesIO(bytes([number]) * info.size))
    read = []
    for member in members(path):
        with member.open() as file:
            read.append((member.name, file.read()))
    assert read == [(name, bytes([n]) * (700 * n)) for n, name in enumerate(names)]


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    path = tmp_path / "a.tar"
    path.write_bytes(tar(*(header(f"{n}.csv") for n in range(4))))
    zipped = tmp_path / "a.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}.csv", CSV)
    for archive_path in (path, zipped):
        with pytest.raises(InputError, match="more than 3 members: refused"):
            list_files(archive_path)


def test_a_directory_of_many_members_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MOST_DIRECTORY", 100)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}.csv", CSV)
    with pytest.raises(InputError, match=r"a directory of \d+ bytes: refused"):
        list_files(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_a_zip_with_one_name(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("a.csv", CSV)
    with pytest.raises(InputError, match=r"a\.csv: two members have this name"):
        list_files(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_what_unpacks_to_far_more_is_given_up(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(pack(bytes(80 << 20)))
    with pytest.raises(InputError, match=r"unpack to [\d,]+ or more: refused"):
        read(DataFile(path))


def test_a_member_of_a_zip_that_unpacks_to_far_more_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", bytes(80 << 20))
    (file,) = list_files(path)
    with pytest.raises(InputError, match=r"a\.csv: [\d,]+ bytes unpack to 83,886,080 or more"):
        read(file)


def test_what_is_small_or_dense_may_unpack() -> None:
    check_unpacked(64 << 20, 1, "a")
    check_unpacked(10 << 30, 100 << 20, "a")
    with pytest.raises(InputError, match="a: 3,145,728 bytes unpack to 3,221,225,472"):
        check_unpacked(3 << 30, 3 << 20, "a")


def test_an_xz_header_that_asks_for_all_memory(tmp_path: Path) -> None:
    packed = lzma.compress(
        CSV, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 1 << 20}]
    )
    # Its dictionary size is one byte of the block's header, which has a check sum.
    at = packed.index(b"\x21\x01") + 2
    damaged = bytearray(packed)
    damaged[at] = 40  # 4 GiB
    start = 12
    length = (damaged[start] + 1) * 4
    check = zlib.crc32(bytes(damaged[start : start + length - 4]))
    damaged[start + length - 4 : start + length] = struct.pack("<I", check)
    path = tmp_path / "a.csv.xz"
    path.write_bytes(bytes(damaged))
    with pytest.raises(InputError, match="Memory usage limit"), DataFile(path).open() as file:
        file.read()


def test_streams_one_after_another(tmp_path: Path) -> None:
    """As parallel compressors write them; xz may fill up with zeros."""
    half = CSV[:5], CSV[5:]
    for name, data in {
        "a.gz": gzip.compress(half[0]) + gzip.compress(half[1]),
        "a.bz2": bz2.compress(half[0]) + bz2.compress(half[1]),
        "a.xz": lzma.compress(half[0]) + bytes(8) + lzma.compress(half[1]) + bytes(4),
    }.items():
        (tmp_path / name).write_bytes(data)
        with DataFile(tmp_path / name).open() as file:
            assert file.read() == CSV
        (tmp_path / name).write_bytes(data[:-15])
        with pytest.raises(InputError, match=name), DataFile(tmp_path / name).open() as file:
            file.read()


@pytest.mark.parametrize(
    ("start", "name"), [(b"\x28\xb5\x2f\xfd", "zstd"), (b"7z\xbc\xaf", "7-Zip"), (b"Rar!", "RAR")]
)
def test_what_is_packed_otherwise_is_named(tmp_path: Path, start: bytes, name: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(start + bytes(100))
    with pytest.raises(InputError, match=f"compressed by {name}: not read"):
        read(DataFile(path))


def test_names_that_steer_a_terminal_are_written_out(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("\x1b[2J\x07a.csv", CSV)
    (file,) = list_files(path)
    assert file.where == f"{path}: \\x1b[2J\\x07a.csv"
    assert file.name == "\\x1b[2J\\x07a.csv"
    with file.open() as stream:
        assert stream.read() == CSV
    assert shown("é\udcff\u202e") == "é\\udcff\\u202e"
    assert shown("x" * 999) == "x" * 200 + "..."


def test_one_member_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar(GOOD, header("b/c.csv", size=1), block(b"x")))
    assert list_files(path / "b" / "c.csv") == [DataFile(path, "b/c.csv")]
    with pytest.raises(InputError, match="no such file"):
        list_files(path / "b" / "d.csv")


def test_links_to_folders_are_not_searched(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "all").symlink_to("/", target_is_directory=True)
    (tmp_path / "Thumbs.db").write_bytes(b"\0")
    assert [file.path.name for file in list_files(tmp_path)] == ["a.csv", "b.csv"]
