"""The file formats of pretrained word vectors, read line by line and checked at the door."""

import re
import unicodedata
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.tables.arrays import read_arrays
from neuroep.tables.files import DataFile, list_files

_MAX_DIMENSION = 10_000
_MAX_WORDS = 5_000_000  # Google News, the largest of one language, has three million
_MAX_WORD_BYTES = 1000
_MAX_LINE_BYTES = _MAX_WORD_BYTES + 32 * _MAX_DIMENSION
_PIECE = 1 << 16

_NUMBER = re.compile(rb"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_ENDINGS = frozenset({".txt", ".vec", ".bin", ".w2v", ""})
_FASTTEXT = b"\xba\x16\x4f\x2f"  # the magic number of its own binaries
_OF_NUMBERS = b"0123456789+-.eE"
_BOM = b"\xef\xbb\xbf"

Entry = tuple[str, NDArray[np.float32]]
Say = Callable[[str], object]


def read_vector_file(
    path: Path, dimension: int | None, wanted: Container[str], say: Say = lambda remark: None
) -> Iterator[Entry]:
    """(Word, vector) for each word of the file whose lower-case form is wanted, in file order.

    The numbers of other words are counted, not made. ``say`` is told, in one line, where a file
    holds more or fewer words than its first line says.

    Raises
    ------
    InputError
        Names the file, and the line or field that is wrong.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder")
    files = list_files(path)
    if any(file.suffix == ".npy" for file in files):
        yield from _read_npz(path, dimension, wanted)
        return
    file = _only(files, path)
    with file.open() as stream:
        start = stream.peek(_PIECE)  # type: ignore[attr-defined]
        if start.startswith(_FASTTEXT):
            raise InputError(f"{file.where}: fastText's own binary is not read, its .vec is")
        if b"\0" in start and not _is_binary(start):
            raise InputError(
                f"{file.where}: neither text in UTF-8, nor word2vec's binary, nor .npz"
            )
        read = _read_binary if _is_binary(start) else _read_text
        yield from read(stream, file.where, dimension, wanted, say)


def _only(files: list[DataFile], path: Path) -> DataFile:
    """The one file of vectors in an archive: GloVe's has one a dimension, which must be named."""
    if len(files) > 1:
        files = [f for f in files if f.suffix in _ENDINGS and "readme" not in f.name.lower()]
    if not files:
        raise InputError(f"{path}: no file of vectors in it")
    if len(files) > 1:
        names = ", ".join(f"{path.name}/{file.member}" for file in files[:6])
        raise InputError(f"{path}: several files in it; name one: {names}")
    return files[0]


def _decoded(word: bytes) -> str:
    """Return a word as vocabularies hold it, accents with their letters (Unicode's NFC)."""
    return unicodedata.normalize("NFC", word.decode("utf-8", "replace"))


def _header(line: bytes) -> tuple[int, int] | None:
    """(Words, dimension) if the line is the header of a word2vec file."""
    parts = line.removeprefix(_BOM).split()
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


def _check_count(words: int, promised: int | None, where: str, say: Say) -> None:
    if words == 0:
        raise InputError(f"{where}: no vectors")
    if promised is not None and words != promised:
        say(f"{where}: {promised} words by its first line, {words} in it")


def _read_text(
    file: BinaryIO, name: str, dimension: int | None, wanted: Container[str], say: Say
) -> Iterator[Entry]:
    promised: int | None = None
    width: int | None = None
    words = number = 0
    while line := file.readline(_MAX_LINE_BYTES):
        number += 1
        if number == 1:
            line = line.removeprefix(_BOM)
            if header := _header(line):
                promised, width = header
                _check_dimension(width, dimension, f"{name}: line 1")
                continue
        line = line.rstrip()
        if not line:
            continue
        if width is None:
            width = len(line.split()) - 1
            _check_dimension(width, dimension, f"{name}: line {number}")
        words += 1
        if words > _MAX_WORDS:
            raise InputError(f"{name}: more than {_MAX_WORDS:,} words: refused")
        # What is left without digits shows whether there are as many numbers as there should be
        # and none is "nan", and no number has to be made for it.
        word, _, values = line.partition(b" ")
        vector: NDArray[np.float32] | None = None
        if values.translate(None, _OF_NUMBERS) != b" " * (width - 1):
            word, vector = _parse(line, width, f"{name}: line {number}")
        text = _decoded(word)
        if text.lower() in wanted:
            if vector is None:
                _, vector = _parse(line, width, f"{name}: line {number}")
            yield text, vector
    _check_count(words, promised, name, say)


def _parse(line: bytes, width: int, where: str) -> tuple[bytes, NDArray[np.float32]]:
    """Word and vector of a line; from the right, as some words of GloVe hold blanks."""
    word, *values = line.rsplit(maxsplit=width)
    before = word.split()[1:]
    if len(values) < width or (before and _NUMBER.fullmatch(before[-1])):
        more = f"{width + 1} or more" if before else f"{len(values)}"
        raise InputError(f"{where}: a word and {width} values expected, {more} found")
    try:
        with np.errstate(over="ignore"):  # becomes infinite, which is refused below
            vector = np.array(values).astype(np.float32)
        if b"_" in b"".join(values):  # numpy reads 1_0 as 10
            raise ValueError
    except ValueError:
        raise InputError(f"{where}: a value is not a number") from None
    _check_finite(vector, where)
    return word, vector


def _read_binary(
    file: BinaryIO, name: str, dimension: int | None, wanted: Container[str], say: Say
) -> Iterator[Entry]:
    header = _header(file.readline(_MAX_LINE_BYTES))
    assert header is not None  # it told the format
    promised, width = header
    _check_dimension(width, dimension, f"{name}: header")
    words = at = 0
    data = b""
    while True:
        where = f"{name}: word {words + 1} of {promised}"
        if len(data) - at <= _MAX_WORD_BYTES + 4 * width:
            data, at = data[at:] + file.read(_PIECE + 4 * width), 0
        # Some writers end each vector with a line break.
        start = at + (data[at : at + 1] == b"\n")
        if start >= len(data):
            break
        space = data.find(b" ", start, start + _MAX_WORD_BYTES)
        if space < 0:
            short = len(data) - start < _MAX_WORD_BYTES
            raise InputError(f"{where}: {'truncated' if short else 'no space after the word'}")
        at = space + 1 + 4 * width
        if at > len(data):
            raise InputError(f"{where}: truncated")
        text = _decoded(data[start:space])
        words += 1
        if words > _MAX_WORDS:
            raise InputError(f"{name}: more than {_MAX_WORDS:,} words: refused")
        if text.lower() in wanted:
            vector = np.frombuffer(data, "<f4", width, space + 1).astype(np.float32)
            _check_finite(vector, where)
            yield text, vector
    _check_count(words, promised, name, say)


def _read_npz(path: Path, dimension: int | None, wanted: Container[str]) -> Iterator[Entry]:
    arrays = read_arrays(path)
    for field in ("words", "vectors"):
        if field not in arrays:
            raise InputError(f"{path}: no array {field}")
    words, vectors = arrays["words"], arrays["vectors"]
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
