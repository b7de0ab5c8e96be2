"""Pretrained vectors in every format, good and hostile."""

import gzip
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.text import vector_files
from neuroep.text.vectors import read_vectors
from neuroep.text.vocabulary import Vocabulary

WORDS = ["Film", "good", "GOOD", "bad", "film"]
VECTORS = np.array([[9, 9, 9], [1, 0, 0.5], [7, 7, 7], [0, 1, -2], [2, 2, 0]], np.float32)


@pytest.fixture
def vocabulary() -> Vocabulary:
    pairs = np.array([[0, 1], [9, 2]], np.int32)  # "good film", "good film bad"
    return Vocabulary(["good", "film", "bad", "english"], 5, pairs)


def text(path: Path, header: bool) -> Path:
    lines = [f"{len(WORDS)} 3"] if header else []
    lines += [f"{w} {' '.join(map(str, v))}" for w, v in zip(WORDS, VECTORS.tolist(), strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def binary(path: Path, line_breaks: bool = True) -> Path:
    data = f"{len(WORDS)} 3\n".encode()
    for word, vector in zip(WORDS, VECTORS, strict=True):
        data += word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n" * line_breaks
    path.write_bytes(data)
    return path


def npz(path: Path, **arrays: NDArray[np.generic]) -> Path:
    np.savez(path, **({"words": np.array(WORDS), "vectors": VECTORS.astype(np.float16)} | arrays))
    return path


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: text(folder / "a.txt", header=True),
        lambda folder: text(folder / "a.txt", header=False),
        lambda folder: binary(folder / "a.bin"),
        lambda folder: binary(folder / "a.bin", line_breaks=False),
        lambda folder: npz(folder / "a.npz"),
    ],
)
def test_every_format_gives_the_same_table(
    tmp_path: Path, vocabulary: Vocabulary, write: Callable[[Path], Path]
) -> None:
    table = read_vectors([write(tmp_path)], vocabulary, dimension=3)
    assert table.shape == (len(vocabulary), 3)
    assert table.dtype == np.float32
    good, film, bad = VECTORS[1], VECTORS[4], VECTORS[3]  # as spelt, not "GOOD" or "Film"
    np.testing.assert_allclose(table[:3], [good, film, bad])
    np.testing.assert_allclose(table[9], (good + film) / 2)
    np.testing.assert_allclose(table[10], (good + film + bad) / 3, rtol=1e-6)
    np.testing.assert_allclose(table[3], table[vocabulary.bucket("english")])
    everything = (good + film + bad) / 3
    used = {vocabulary.bucket(word) for word in ("good", "film", "bad")}
    for row in set(range(4, 9)) - used:
        np.testing.assert_allclose(table[row], everything, rtol=1e-6)


def test_other_letter_case_is_used_where_the_exact_one_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("English 1 2\nENGLISH 3 4\nnew york 5 6\n")  # GloVe has words with spaces
    table = read_vectors([path], Vocabulary(["english"], 1, np.empty((0, 2), np.int32)))
    np.testing.assert_allclose(table[0], [1, 2])


def error_of(path: Path, vocabulary: Vocabulary, dimension: int | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_vectors([path], vocabulary, dimension)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no vectors"),
        (b"good 1 2\nbad 1\n", "line 2: a word and 2 values expected"),
        (b"good 1 2\nbad 1 x\n", "line 2: a value is not a number"),
        (b"good 1 2\nbad 1 1_0\n", "line 2: a value is not a number"),
        (b"good 1 2\nbad 1 nan\n", "line 2: a value is not a finite number"),
        (b"good 1 2\nbad 1 inf\n", "line 2: a value is not a finite number"),
        (b"good 1 1e99\n", "line 1: a value is not a finite number"),
        (b"3 2\ngood 1 x\n", "line 2: a value is not a number"),
        (b"2 2\ngood 1 2 3\n", "line 2: a word and 2 values expected, 3 or more found"),
        (b"2 2\ngood 1 2\nzebra 1 2 3\n", "line 3: a word and 2 values expected, 3 or more found"),
        (b"good 1 2\nzebra 1 nan\n", "line 2: a value is not a finite number"),
        (b"good 1 2\nzebra 1 x\n", "line 2: a value is not a number"),
        (b"\xba\x16\x4f\x2f\x0c\0\0\0", "fastText's own binary is not read, its .vec is"),
        ("good 1 2\n".encode("utf-16"), "neither text in UTF-8"),
        (b"3 0\n", "impossible vector length 0"),
        (b"3 99999999\n", "impossible vector length"),
        (b"good\n", "impossible vector length 0"),
        (b"zebra 1 2\n", "no word of the vocabulary"),
        (b"2 2\ngood \x00\x00\x80\x3f", "word 1 of 2: truncated"),
        (b"2 2\ngood \x00\x00\x80\x3f\x00\x00\x80\x3fba", "word 2 of 2: truncated"),
        (b"1 1\ngood " + struct.pack("<f", float("nan")), "word 1 of 1: a value is not a finite"),
        (b"9 1\na \x01\x02\x03\x04" + b"x" * 2000, "no space after the word"),
        (b"PK\x03\x04 and no more", "not a .zip archive"),
    ],
)
def test_malformed_file_is_named_with_its_place(
    tmp_path: Path, vocabulary: Vocabulary, data: bytes, message: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    assert message in error_of(path, vocabulary)


def test_wrong_width_and_missing_file(tmp_path: Path, vocabulary: Vocabulary) -> None:
    for path in (text(tmp_path / "a", True), binary(tmp_path / "b"), npz(tmp_path / "c.npz")):
        assert "vectors have 3 values, 100 wanted" in error_of(path, vocabulary, 100)
    assert "no such file" in error_of(tmp_path / "none", vocabulary)
    assert "is a folder" in error_of(tmp_path, vocabulary)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"words": np.array(WORDS[:2])}, "2 words but 5 vectors"),
        ({"words": np.arange(5)}, "words is not a list of strings"),
        ({"words": np.array(WORDS, object)}, "cannot be read as arrays"),
        ({"vectors": np.arange(5)}, "vectors is not a table"),
        ({"vectors": VECTORS * np.nan}, "vectors, word 'Film': a value is not a finite"),
    ],
)
def test_bad_npz(
    tmp_path: Path, vocabulary: Vocabulary, arrays: dict[str, NDArray[np.generic]], message: str
) -> None:
    assert message in error_of(npz(tmp_path / "a.npz", **arrays), vocabulary)


def test_npz_without_an_array_or_truncated(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, words=np.array(WORDS))
    assert "no array vectors" in error_of(path, vocabulary)
    whole = npz(path).read_bytes()
    for length in range(4, len(whole) - 1, 37):
        path.write_bytes(whole[:length])
        assert "not a .zip archive" in error_of(path, vocabulary)


def test_npz_that_promises_more_than_the_memory(tmp_path: Path, vocabulary: Vocabulary) -> None:
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 300), }"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header.encode() + b"\n"
    path = npz(tmp_path / "a.npz")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("words.npy", array)
        archive.writestr("vectors.npy", array)
    assert "words.npy: shape" in error_of(path, vocabulary)


def gzipped(path: Path) -> Path:
    path.write_bytes(gzip.compress(path.read_bytes()))
    return path


def zipped(path: Path, *others: str) -> Path:
    archive = path.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as file:
        file.write(path, path.name)
        for name in ("__MACOSX/._a.txt", *others):
            file.writestr(name, "zebra 1 2\n")
    return archive


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: gzipped(text(folder / "a.vec.gz", header=True)),
        lambda folder: gzipped(text(folder / "a.vec", header=True)),
        lambda folder: gzipped(binary(folder / "a.bin.gz")),
        lambda folder: zipped(text(folder / "a.txt", header=False)),
        lambda folder: zipped(text(folder / "a.txt", header=False), "README.md"),
        lambda folder: zipped(text(folder / "a.txt", True), "b.txt") / "a.txt",
    ],
)
def test_packed_files_read_as_they_are_published(
    tmp_path: Path, vocabulary: Vocabulary, write: Callable[[Path], Path]
) -> None:
    table = read_vectors([write(tmp_path)], vocabulary, dimension=3)
    np.testing.assert_allclose(table[:3], [VECTORS[1], VECTORS[4], VECTORS[3]])


def test_of_several_files_in_an_archive_one_must_be_named(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    path = zipped(text(tmp_path / "a.50d.txt", header=False), "a.100d.txt")
    message = error_of(path, vocabulary)
    assert message.endswith("name one: a.50d.zip/a.100d.txt, a.50d.zip/a.50d.txt")
    assert "no such file" in error_of(path / "a.7d.txt", vocabulary)


@pytest.mark.parametrize(("promised", "write"), [(9, text), (2, text), (9, binary), (2, binary)])
def test_a_wrong_count_in_the_header_is_said_and_all_is_read(
    tmp_path: Path, vocabulary: Vocabulary, promised: int, write: Callable[..., Path]
) -> None:
    path = write(tmp_path / "a", True)
    path.write_bytes(b"%d" % promised + path.read_bytes()[1:])
    said: list[str] = []
    table = read_vectors([path], vocabulary, say=said.append)
    np.testing.assert_allclose(table[:3], [VECTORS[1], VECTORS[4], VECTORS[3]])
    assert said == [f"{path}: {promised} words by its first line, 5 in it"]


@pytest.mark.parametrize("write", [text, binary])
def test_more_words_than_any_language_has(
    tmp_path: Path,
    vocabulary: Vocabulary,
    write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vector_files, "_MAX_WORDS", 4)
    assert "more than 4 words: refused" in error_of(write(tmp_path / "a", True), vocabulary)


@pytest.mark.parametrize("first", ["", "2 3\n"])
def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path: Path, first: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{first}good 1 2 3\nbad 3 4 5\n", "utf-8-sig")
    table = read_vectors([path], Vocabulary(["good"], 1, np.empty((0, 2), np.int32)))
    np.testing.assert_allclose(table[0], [1, 2, 3])


def test_accents_apart_from_their_letters_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("cafe\u0301 1 2 3\nbad 3 4 5\n", "utf-8")
    table = read_vectors([tmp_path / "a.txt"], Vocabulary(["café"], 1, np.empty((0, 2), np.int32)))
    np.testing.assert_allclose(table[0], [1, 2, 3])


def test_blanks_in_words_at_ends_and_twice(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """As GloVe's words have them, and fastText and others write their lines."""
    path = tmp_path / "a.txt"
    path.write_text("good 1 2 \nat good 9 9\nfilm\t3\t4\nbad  5  6\n. . 9 9\ngood 8 8\n\n")
    table = read_vectors([path], vocabulary)
    np.testing.assert_allclose(table[:3], [[1, 2], [3, 4], [5, 6]])


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("word2vec-googlenews-300d-subset", 300),
        ("word2vec-googlenews-300d-extra-unitnorm", 300),
        ("glove-twitter-27B-25d-subset", 25),
    ],
)
def test_the_real_files_read(data_dir: Path, name: str, width: int) -> None:
    vocabulary = Vocabulary(["and", "english", "zzyzx"], 20, np.array([[0, 1]], np.int32))
    table = read_vectors([data_dir / "vectors" / f"{name}.npz"], vocabulary, width)
    assert table.shape == (24, width)
    assert np.isfinite(table).all()
    assert np.linalg.norm(table[0]) > 0.5
