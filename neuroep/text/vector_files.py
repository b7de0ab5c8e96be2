"""The file formats of pretrained word vectors, read line by line and checked at the door."""

import struct
import zipfile
import zlib
from collections.abc import Container, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError

_MAX_DIMENSION = 10_000
_MAX_WORD_BYTES = 1000
_MAX_LINE_BYTES = _MAX_WORD_BYTES + 32 * _MAX_DIMENSION

# What numpy and zipfile raise on damaged files, a header that promises the whole memory included.
_NPZ_ERRORS = (
    ValueError, KeyError, EOFError, SyntaxError, NotImplementedError, RuntimeError, TypeError,
    MemoryError, zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip

Entry = tuple[str, NDArray[np.float32]]


def read_vector_file(path: Path, dimension: int | None, wanted: Container[str]) -> Iterator[Entry]:
    """(Word, vector) for each word of the file whose lower-case form is wanted, in file order.

    InputError names the file, and the line or field that is wrong.
    """
    try:
        with path.open("rb") as file:
            start = file.read(1 << 16)
            file.seek(0)
            if start.startswith(b"PK"):
                yield from _read_npz(path, dimension, wanted)
            elif _is_binary(start):
                yield from _read_binary(file, path, dimension, wanted)
            else:
                yield from _read_text(file, path, dimension, wanted)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _header(line: bytes) -> tuple[int, int] | None:
    """(Words, dimension) if the line is the header of a word2vec file."""
    parts = line.split()
    if len(parts) == 2 and all(part.isdigit() and len(part) < 12 for part in parts):
        return int(parts[0]), int(parts[1])
    return None


def _is_binary(start: bytes) -> bool:
    """Whether it is a word2vec binary: a header, a word, and then bytes that no text holds."""
    line, _, rest = start.partition(b"\n")
    header = _header(line)
    if header is None:
        return False
    values = rest.lstrip().partition(b" ")[2][: max(64, 4 * min(header[1], _MAX_DIMENSION))]
    return any(byte < 32 and byte not in b"\t\r\n" for byte in values)


def _check_dimension(width: int, dimension: int | None, where: str) -> None:
    if not 1 <= width <= _MAX_DIMENSION:
        raise InputError(f"{where}: impossible vector length {width}")
    if dimension is not None and width != dimension:
        raise InputError(f"{where}: vectors have {width} values, {dimension} wanted")


def _check_finite(vector: NDArray[np.float32], where: str) -> None:
    if not np.isfinite(vector).all():
        raise InputError(f"{where}: a value is not a finite number")


def _read_text(
    file: BinaryIO, path: Path, dimension: int | None, wanted: Container[str]
) -> Iterator[Entry]:
    promised: int | None = None
    width: int | None = None
    words = 0
    number = 0
    while line := file.readline(_MAX_LINE_BYTES):
        number += 1
        where = f"{path}: line {number}"
        header = _header(line) if number == 1 else None
        if header is not None:
            promised, width = header
            _check_dimension(width, dimension, where)
            continue
        if not line.strip():
            continue
        if width is None:
            width = len(line.split()) - 1
            _check_dimension(width, dimension, where)
        # From the right, because some GloVe "words" contain spaces.
        parts = line.rstrip().rsplit(maxsplit=width)
        if len(parts) != width + 1:
            raise InputError(f"{where}: a word and {width} values expected")
        words += 1
        try:
            word = parts[0].decode("utf-8", "replace")
            with np.errstate(over="ignore"):  # becomes infinite, which is refused below
                vector = np.array(parts[1:]).astype(np.float32)
        except ValueError:
            raise InputError(f"{where}: a value is not a number") from None
        _check_finite(vector, where)
        if word.lower() in wanted:
            yield word, vector
    if words == 0:
        raise InputError(f"{path}: no vectors")
    if promised is not None and words != promised:
        raise InputError(f"{path}: truncated: {promised} words promised in line 1, {words} found")


def _read_binary(
    file: BinaryIO, path: Path, dimension: int | None, wanted: Container[str]
) -> Iterator[Entry]:
    header = _header(file.readline(_MAX_LINE_BYTES))
    assert header is not None  # it told the format
    words, width = header
    _check_dimension(width, dimension, f"{path}: header")
    for number in range(1, words + 1):
        where = f"{path}: word {number} of {words}"
        word = _read_word(file, where)
        data = file.read(4 * width)
        if len(data) != 4 * width:
            raise InputError(f"{where}: truncated")
        vector = np.frombuffer(data, "<f4").astype(np.float32)
        _check_finite(vector, where)
        text = word.decode("utf-8", "replace")
        if text.lower() in wanted:
            yield text, vector


def _read_word(file: BinaryIO, where: str) -> bytes:
    word = bytearray()
    while (byte := file.read(1)) != b" ":
        if not byte:
            raise InputError(f"{where}: truncated")
        if len(word) > _MAX_WORD_BYTES:
            raise InputError(f"{where}: no space after the word")
        if byte != b"\n":  # some writers end each vector with a line break
            word += byte
    return bytes(word)


def _read_npz(path: Path, dimension: int | None, wanted: Container[str]) -> Iterator[Entry]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for field in ("words", "vectors"):
                if field not in arrays:
                    raise InputError(f"{path}: no array {field}")
            words, vectors = arrays["words"], arrays["vectors"]
    except InputError:
        raise
    except _NPZ_ERRORS as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: not a readable .npz file ({reason})") from None
    if words.ndim != 1 or words.dtype.kind != "U":
        raise InputError(f"{path}: words is not a list of strings")
    if vectors.ndim != 2 or vectors.dtype.kind != "f":
        raise InputError(f"{path}: vectors is not a table of floating-point numbers")
    if len(words) != len(vectors):
        raise InputError(f"{path}: {len(words)} words but {len(vectors)} vectors")
    _check_dimension(vectors.shape[1], dimension, f"{path}: vectors")
    for word, vector in zip(words.tolist(), vectors, strict=True):
        if word.lower() in wanted:
            values = vector.astype(np.float32)
            _check_finite(values, f"{path}: vectors, word {word!r}")
            yield word, values
