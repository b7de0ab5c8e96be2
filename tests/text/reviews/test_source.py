"""Reading labelled reviews from archives and folders, good and bad."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from neuroep.errors import InputError
from neuroep.text import class_folders
from neuroep.text.reviews.source import Review
from neuroep.text.texts import open_texts

GOOD = {
    "aclImdb/README": b"about",
    "aclImdb/test/neg/0_2.txt": b"bad<br /><br />film",
    "aclImdb/test/pos/0_9.txt": "très bon".encode(),
    "aclImdb/train/neg/0_1.txt": b"dull",
    "aclImdb/train/neg/10_3.txt": b"worse",
    "aclImdb/train/neg/2_4.txt": b"poor",
    "aclImdb/train/pos/0_10.txt": b"great",
    "aclImdb/train/pos/1_7.txt": b"good",
    "aclImdb/train/unsup/0_0.txt": b"nobody knows",
}


def write_archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def write_folder(path: Path, members: dict[str, bytes]) -> Path:
    for name, data in members.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return path


def read_all(path: Path) -> list[Review]:
    source = open_texts(path)
    return [*source.stream("train"), *source.stream("test")]


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_all(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_archive_streams_its_splits_and_ignores_the_rest(tmp_path: Path) -> None:
    source = open_texts(write_archive(tmp_path / "a.tar.gz", GOOD))
    assert source.name == "a.tar.gz"
    assert list(source.stream("test")) == [
        Review(0, "bad<br /><br />film"),
        Review(1, "très bon"),
    ]
    train = list(source.stream("train"))
    assert [review.label for review in train] == [0, 0, 0, 1, 1]
    assert list(source.stream("train")) == train


@pytest.mark.parametrize("top", ["", "aclImdb"])
def test_folder_with_and_without_its_top_is_read_in_numeric_order(tmp_path: Path, top: str) -> None:
    write_folder(tmp_path, GOOD)
    texts = [review.text for review in open_texts(tmp_path / top).stream("train")]
    assert texts == ["dull", "poor", "worse", "great", "good"]


def test_limit_takes_half_of_each_label(tmp_path: Path) -> None:
    source = open_texts(write_archive(tmp_path / "a.tar.gz", GOOD))
    assert [r.text for r in source.stream("train", limit=2)] == ["dull", "great"]
    assert [r.label for r in source.stream("train", limit=4)] == [0, 0, 1, 1]
    assert list(source.stream("train", limit=0)) == []


def test_names_that_climb_out_are_never_touched(tmp_path: Path) -> None:
    hostile = {"../../train/pos/9_9.txt": b"out", "/train/pos/8_8.txt": b"root"}
    path = write_archive(tmp_path / "a.tar.gz", GOOD | hostile)
    assert len(read_all(path)) == 7
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.tar.gz"]


def test_missing_path() -> None:
    with pytest.raises(InputError, match=r"no/such/file: no such file or folder"):
        open_texts("no/such/file")


def test_not_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(b"hello, this is text")
    assert "not a tar archive" in error_of(path)
    path.write_bytes(gzip.compress(b"hello, this is text" * 100))
    assert "not a tar archive" in error_of(path)
    path.write_bytes(b"")
    assert "not a" in error_of(path)


def test_archive_truncated_anywhere_is_an_error(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.tar.gz", GOOD)
    whole = path.read_bytes()
    for length in range(1, len(whole), 17):
        path.write_bytes(whole[:length])
        error_of(path)


def test_archive_with_a_flipped_byte_is_an_error_or_reads_the_same(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.tar.gz", GOOD)
    whole = path.read_bytes()
    expected = read_all(path)
    for position in range(10, len(whole), 13):
        damaged = bytearray(whole)
        damaged[position] ^= 0x55
        path.write_bytes(bytes(damaged))
        try:
            read = read_all(path)
        except InputError:
            continue
        assert read == expected


def test_tar_cut_inside_an_intact_gzip_is_an_error(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.tar.gz", GOOD)
    tar = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(tar[: 512 * 5 + 3]))
    error_of(path)


@pytest.mark.parametrize("folder", ["train", "test", "train/pos", "test/neg"])
def test_missing_split_or_label(tmp_path: Path, folder: str) -> None:
    members = {name: data for name, data in GOOD.items() if f"/{folder}/" not in name}
    assert "no reviews in" in error_of(write_archive(tmp_path / "a.tar.gz", members))
    if folder != "test":  # a folder may hold training texts alone
        expected = "two classes at least" if folder == "train/pos" else "no reviews in"
        assert expected in error_of(write_folder(tmp_path / "folder", members))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("5_8.txt", b"", "empty review"),
        ("5_8.txt", b" \n\t", "empty review"),
        ("5_8.txt", b"caf\xe9", "not UTF-8"),
        ("5_8.txt", b"x" * ((1 << 20) + 1), "too large"),
    ],
)
def test_bad_review_is_named(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    members = GOOD | {f"aclImdb/train/pos/{name}": data}
    for path in (
        write_archive(tmp_path / "a.tar.gz", members),
        write_folder(tmp_path / "folder", members),
    ):
        error = error_of(path)
        assert message in error
        assert f"train/pos/{name}" in error


def test_member_that_is_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in GOOD.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("aclImdb/train/pos/7_7.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    assert "not a regular file" in error_of(path)


def test_only_one_review_is_in_memory_at_a_time(tmp_path: Path) -> None:
    """The stream yields before it has read the archive to its end."""
    members = GOOD | {"aclImdb/train/pos/99_9.txt": b""}
    stream = open_texts(write_archive(tmp_path / "a.tar.gz", members)).stream("train")
    assert next(stream).text == "dull"
    with pytest.raises(InputError, match="empty review"):
        list(stream)


@pytest.mark.parametrize("top", ["aclImdb_v1/aclImdb/", "./aclImdb/", ""])
@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_archives_as_people_have_them(tmp_path: Path, top: str, mode: str) -> None:
    """Packed again below another folder, unzipped by a browser, with what file managers leave."""
    expected = read_all(write_archive(tmp_path / "a.tar.gz", GOOD))
    members = {name.replace("aclImdb/", top): data for name, data in GOOD.items()}
    junk = {f"{top}train/pos/{name}": b"\0" for name in ("Thumbs.db", ".DS_Store", "._0_9.txt")}
    path = tmp_path / ("b.tar.gz" if mode == "w:gz" else "b.tar")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in (junk | members).items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert read_all(path) == expected
    source = open_texts(path)
    assert (source.labels, source.splits, source.note) == (
        ("negative", "positive"),
        ("train", "test"),
        "",
    )


def pack(path: Path, members: dict[str, bytes]) -> Path:
    """An archive of the kind that the name says, or a folder."""
    if not path.suffix:
        return write_folder(path, members)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return path
    plain = write_archive(path.with_name("plain.tar.gz"), members)
    data = gzip.decompress(plain.read_bytes())
    packers: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".xz": lzma.compress,
        ".bz2": bz2.compress,
    }
    path.write_bytes(packers.get(path.suffix, bytes)(data))
    return path


WRAPPINGS = ["a.tar", "a.tar.gz", "a.tar.xz", "a.tar.bz2", "a.zip", "folder", "reviews.gz"]
LITTER = ("Thumbs.db", "desktop.ini", ".DS_Store", "._0_9.txt", "Icon\r")


@pytest.mark.parametrize("name", WRAPPINGS)
@pytest.mark.parametrize("top", ["", "aclImdb/", "./aclImdb_v1/aclImdb/", "a/b/aclImdb/"])
def test_every_wrapping_reads_the_same(tmp_path: Path, name: str, top: str) -> None:
    members = {member.replace("aclImdb/", top): data for member, data in GOOD.items()}
    junk = {f"{top}train/{folder}/{file}": b"\0" for folder in ("pos", "neg") for file in LITTER}
    junk["__MACOSX/aclImdb/train/pos/._0_9.txt"] = junk["__MACOSX/train/neg/0_1.txt"] = b"\0"
    path = pack(tmp_path / name, junk | members)
    expected = read_all(write_folder(tmp_path / "expected", GOOD))
    assert sorted(read_all(path), key=repr) == sorted(expected, key=repr)


def test_an_archive_called_otherwise_than_it_is_packed(tmp_path: Path) -> None:
    """A browser unzips what it loads and keeps the name, or the other way round."""
    expected = read_all(pack(tmp_path / "a.tar.gz", GOOD))
    for name, path in (("b.tar.gz", "a.tar"), ("b.tar", "a.tar.gz"), ("b.tgz", "a.tar.xz")):
        pack(tmp_path / path, GOOD).rename(tmp_path / name)
        assert read_all(tmp_path / name) == expected


def test_a_zip_that_windows_wrote(tmp_path: Path) -> None:
    members = {name.replace("/", "\\"): data for name, data in GOOD.items()}
    assert len(read_all(pack(tmp_path / "a.zip", members))) == 7


@pytest.mark.parametrize("name", ["a.tar.gz", "folder"])
def test_two_copies_are_not_mixed(tmp_path: Path, name: str) -> None:
    two = {f"{copy}/{member}": data for copy in "ab" for member, data in GOOD.items()}
    assert "reviews" in error_of(pack(tmp_path / name, two))


def test_folders_that_are_links(tmp_path: Path) -> None:
    """In circles, and to everything; what stands where reviews should is refused."""
    good = write_folder(tmp_path / "good", GOOD)
    assert len(read_all(good)) == 7
    (good / "aclImdb" / "train" / "round").symlink_to(good, target_is_directory=True)
    (good / "all").symlink_to("/", target_is_directory=True)
    assert len(read_all(good)) == 7
    bad = tmp_path / "bad" / "train"
    bad.mkdir(parents=True)
    for name in ("neg", "pos"):
        (bad / name).symlink_to("/", target_is_directory=True)
    error_of(tmp_path / "bad")
    (bad / "itself").symlink_to(bad / "itself")
    error_of(tmp_path / "bad")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_never_ends_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    write_folder(tmp_path, GOOD)
    make(tmp_path / "aclImdb/train/pos/5_5.txt")
    assert "5_5.txt: is no regular file" in error_of(tmp_path)


def test_all_texts_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_folders, "MOST_BYTES", 10)
    for name in ("a.tar", "a.zip", "folder"):
        assert "more than 10 bytes of texts" in error_of(pack(tmp_path / name, GOOD))


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    members = GOOD | {"aclImdb/train/neg/0_1.txt": b"\xef\xbb\xbfdull"}
    assert read_all(pack(tmp_path / "a.tar", members)) == read_all(pack(tmp_path / "b.tar", GOOD))


@pytest.mark.data
def test_the_real_archive_streams(data_dir: Path) -> None:
    source = open_texts(data_dir / "imdb" / "aclImdb_v1_labeled.tar.gz")
    reviews = list(source.stream("test", limit=200))
    assert sum(review.label for review in reviews) == 100
    assert min(len(review.text) for review in reviews) > 30
    assert any("<br />" in review.text for review in reviews)
