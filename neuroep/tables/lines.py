"""Lines of text out of bytes: UTF-8, or what a byte order mark says; any system's line breaks."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from neuroep.errors import InputError

# The longest review of the IMDB archive has 14 kB; anything near this is no record.
MAX_LINE = 1 << 20
MAX_FILE_BYTES = 1 << 32
_CHUNK = 1 << 16
_UNDECODED = re.compile("[\ud800-\udfff]")
_UTF_8 = "utf-8"
# The marks of UTF-32 first: its little-endian one begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def encoding_of(start: bytes) -> str:
    """Return the encoding that the first four bytes of a text say, UTF-8 where they do not."""
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), _UTF_8)


def decode(data: bytes, where: str) -> str:
    """Return a whole text; an InputError names ``where`` and the byte that is none."""
    encoding = encoding_of(data)
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not {encoding.upper()} text (byte {error.start})") from None


def lines_of(
    stream: BinaryIO, where: str, most: int = MAX_LINE, most_bytes: int = MAX_FILE_BYTES
) -> Iterator[tuple[int, str]]:
    """Yield the number of each line, from 1, and the line with a line feed for its break.

    ``most``: characters that a line may have; ``most_bytes``: those of the whole stream. What a
    pipe has brought is read at once; nothing is waited for that is not needed.

    Raises
    ------
    InputError
        A line is too long, holds a null character or what is not of the encoding; the stream is too
        long. Names ``where`` and the line.
    """
    read: Any = getattr(stream, "read1", stream.read)
    start = stream.read(4)
    encoding = encoding_of(start)
    # What is not of the encoding is found below, where the number of its line is known.
    bytewise = codecs.getincrementaldecoder(encoding)("surrogateescape")
    decoder = io.IncrementalNewlineDecoder(bytewise, translate=True)
    number, total, held, length = 1, 0, [""], 0
    data = start.removeprefix(codecs.BOM_UTF8)
    while True:
        total += len(data)
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            raise InputError(f"{where}: line {number}: not {encoding.upper()} text") from None
        *whole, rest = text.split("\n")
        for end in whole:
            yield number, _checked("".join([*held, end]) + "\n", number, where, most, encoding)
            number, held, length = number + 1, [], 0
        held.append(rest)
        length += len(rest)
        place = f"{where}: line {number}"
        if length > most:
            raise InputError(f"{place}: too long ({most} characters at most)")
        if total > most_bytes:
            raise InputError(f"{place}: the file is too large ({most_bytes} bytes at most)")
        if not data:
            break
        data = read(_CHUNK)
    if last := "".join(held):
        yield number, _checked(last, number, where, most, encoding)


def _checked(line: str, number: int, where: str, most: int, encoding: str) -> str:
    place = f"{where}: line {number}"
    if len(line) > most + 1:
        raise InputError(f"{place}: too long ({most} characters at most)")
    if bad := _UNDECODED.search(line):
        name = encoding.upper()
        raise InputError(f"{place}: not {name} text (character {bad.start() + 1})")
    if nulls := line.count("\0"):
        hint = "; is it UTF-16 without a byte order mark?" if 3 * nulls > len(line) > 3 else ""
        raise InputError(f"{place}: not text (it holds a NUL byte{hint})")
    return line
