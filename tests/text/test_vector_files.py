"""Pretrained vectors in every format, good and hostile."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from neuroep.errors import InputError
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
        (b"good 1 2\nbad 1 nan\n", "line 2: a value is not a finite number"),
        (b"good 1 2\nbad 1 inf\n", "line 2: a value is not a finite number"),
        (b"good 1 1e99\n", "line 1: a value is not a finite number"),
        (b"3 2\ngood 1 x\n", "line 2: a value is not a number"),
        (b"3 2\ngood 1 2\nbad 3 4\n", "truncated: 3 words promised"),
        (b"3 0\n", "impossible vector length 0"),
        (b"3 99999999\n", "impossible vector length"),
        (b"good\n", "impossible vector length 0"),
        (b"zebra 1 2\n", "no word of the vocabulary"),
        (b"2 2\ngood \x00\x00\x80\x3f", "word 1 of 2: truncated"),
        (b"2 2\ngood \x00\x00\x80\x3f\x00\x00\x80\x3fba", "word 2 of 2: truncated"),
        (b"1 1\ngood " + struct.pack("<f", float("nan")), "word 1 of 1: a value is not a finite"),
        (b"9 1\na \x01\x02\x03\x04" + b"x" * 2000, "no space after the word"),
        (b"PK\x03\x04 and no more", "not a readable .npz"),
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
    assert "cannot be read" in error_of(tmp_path / "none", vocabulary)
    assert "cannot be read" in error_of(tmp_path, vocabulary)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"words": np.array(WORDS[:2])}, "2 words but 5 vectors"),
        ({"words": np.arange(5)}, "words is not a list of strings"),
        ({"words": np.array(WORDS, object)}, "not a readable .npz"),
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
        assert "not a readable .npz" in error_of(path, vocabulary)


def test_npz_that_promises_more_than_the_memory(tmp_path: Path, vocabulary: Vocabulary) -> None:
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 300), }"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header.encode() + b"\n"
    path = npz(tmp_path / "a.npz")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("words.npy", array)
        archive.writestr("vectors.npy", array)
    assert "not a readable .npz" in error_of(path, vocabulary)


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
