"""How any file that somebody supplies is opened: a regular one, of a size that was looked at first.

A pipe would be waited for, a device never ends, and what is larger than anything of its kind is
refused before memory is taken for it.
"""

import codecs
import io
import json
import math
import os
import re
import stat
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from neuroep.errors import InputError

MOST_TEXT = 64 << 20
"""Bytes that a file of text is read up to, unless its kind says less."""

AT_ONCE = 1 << 18
"""Bytes that are read at once."""


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file to read its bytes.

    Raises
    ------
    InputError
        There is none, it cannot be read, or it is something else: a folder, pipe, socket or device.
    """
    where = os.fspath(path)
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would be waited for; O_NOCTTY: a terminal
        # is not taken over. Neither means anything for a regular file.
        descriptor = os.open(where, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        raise InputError(f"{where}: {reason(error)}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        os.close(descriptor)
        raise InputError(f"{where}: is {'a folder' if folder else 'no regular file'}")
    return io.BufferedReader(_Named(descriptor, where))


class _Named(io.FileIO):
    """A file whose errors name it while it is read, as those of opening do."""

    def __init__(self, descriptor: int, where: str) -> None:
        super().__init__(descriptor)
        self._where = where

    def readinto(self, buffer: Any) -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as error:
            error.filename = self._where
            raise


def resolved(path: str | os.PathLike[str]) -> Path:
    """Return where a path leads from everywhere, there or not; a loop of links leads to a link.

    ``Path.resolve`` raises for a loop what is no OSError before Python 3.13.
    """
    return Path(os.path.realpath(path))


def read_bytes(path: str | os.PathLike[str], most: int = MOST_TEXT) -> bytes:
    """Return the bytes of a regular file; an InputError where there are more than ``most``."""
    where = os.fspath(path)
    with open_regular(path) as file:
        try:
            # Asked for all at once, Python would take the memory of the most that there may be.
            data = b"".join(iter(lambda: file.read(min(AT_ONCE, most + 1 - file.tell())), b""))
        except OSError as error:
            raise InputError(f"{where}: {reason(error)}") from None
    if len(data) > most:
        raise InputError(f"{where}: too large; at most {most:,} bytes are read")
    return data


def read_text(path: str | os.PathLike[str], most: int = MOST_TEXT, *, otherwise: str = "") -> str:
    """Return the text of a regular file in UTF-8, with or without a byte order mark.

    ``otherwise``: the encoding of what is not UTF-8; without one it is an InputError.
    """
    data = read_bytes(path, most)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if otherwise and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _lines(data.decode(otherwise, "replace"))
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{os.fspath(path)}: line {line}: not UTF-8") from None
    return _lines(text)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_toml(path: str | os.PathLike[str], most: int = MOST_TEXT) -> dict[str, Any]:
    """Return what a TOML file says; an InputError where it is none."""
    return parse_toml(read_text(path, most), os.fspath(path))


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Return what a text in TOML says; ``where`` is what an InputError calls it."""
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: a number of 5,000 digits, too
        raise InputError(f"{where}: not TOML: {_short(error)}") from None
    check_values(found, f"{where}: ")
    return found


def check_values(table: dict[str, Any], before: str) -> None:
    """Refuse what TOML can say and nothing can hold; an InputError begins with ``before``."""
    for key, value in leaves(table):
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise InputError(f"{before}{key}: a whole number that 64 bits do not hold")
        if isinstance(value, str) and "\0" in value:
            raise InputError(f"{before}{key}: a null character")


def leaves(table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every value that is neither a table nor an array, with the key where it stands."""
    waiting: list[tuple[str, Any]] = list(table.items())
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{key}.{name}", entry) for name, entry in value.items()]
        elif isinstance(value, list):
            waiting += [(key, entry) for entry in value]
        else:
            yield key, value


def check_name(name: str, option: str) -> None:
    """Refuse a name that is not UTF-8, as whatever is written about it is, or that no file has.

    ``option``: where it comes from, which an InputError begins with.
    """
    if "\0" in name:
        raise InputError(f"{option}: a null character")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InputError(f"{option}: {name}: the name is not UTF-8") from None


def read_json(path: str | os.PathLike[str], most: int = MOST_TEXT) -> Any:
    """Return what a JSON file says; an InputError where it is none."""
    return parse_json(read_text(path, most), os.fspath(path))


def parse_json(text: str | bytes, where: str) -> Any:
    """Return what a text in JSON says; ``where`` is what an InputError calls it.

    NaN and infinity, which Python writes and JSON does not know, are refused: nothing that is read
    from a file may be either. So are two entries of one name, of which one would be lost.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text))
        return _JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON: {_short(error)}") from None


def as_json(content: Any) -> Any:
    """Return plain values as JSON holds them: None for a number that is not finite.

    What :func:`parse_json` would refuse is then in no file: a run whose cost once was no number is
    read like any other.
    """
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, dict):
        return {key: as_json(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [as_json(value) for value in content]
    return content


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if abs(value) > sys.float_info.max:
        raise ValueError(f"{text[:20]} is too large")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{twice[:40]!r} twice in one object")
    return found


# Made once: json.loads() would make one for every line of a file.
_JSON = json.JSONDecoder(
    parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_each_once
)


def _short(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    # What follows a semicolon is advice to programmers, as how to read numbers of 5,000 digits.
    return " ".join(str(error).partition(";")[0].split())[:200]


def remark(error: Exception) -> str:
    """Return what a library says of a damaged file, in parentheses, behind a space.

    Nothing where it speaks of Python's objects, which nobody supplied.
    """
    line = (str(error) or type(error).__name__).partition("\n")[0][:120]
    return "" if re.search(r"^\(|<.*>|NoneType|\bobject\b", line) else f" ({line})"


def reason(error: Exception) -> str:
    """Return why a file was refused, in the words of the system."""
    said = error.strerror if isinstance(error, OSError) else ""
    return (said or str(error) or "refused").lower()
