"""The user's own texts for prediction: plain lines, CSV, JSON lines, standard input."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from neuroep.errors import InputError
from neuroep.text.reviews.source import MAX_REVIEW_BYTES

_LABELS = {"0": 0, "1": 1, "neg": 0, "pos": 1, "negative": 0, "positive": 1}


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the user, with its label (1 positive, 0 negative) where the file has one."""

    text: str
    label: int | None = None


def open_texts(path: str | Path) -> Iterator[Text]:
    """Read texts one after another.

    Parameters
    ----------
    path : path or "-"
        ``.csv`` with a column ``text``, ``.jsonl`` with a key ``text`` in each line, anything
        else one text a line (empty lines are passed by). "-" is standard input, one text a line.
        A column or key ``label`` may hold 0/1, neg/pos or negative/positive.

    Raises
    ------
    InputError
        At once if the file cannot be opened; while reading, for an empty or oversized text, text
        that is not UTF-8, broken CSV or JSON, a missing field, an unknown label, or no text at
        all. Names the file, the line and the field.
    """
    if str(path) == "-":
        stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")
        return _read(stdin, "standard input", "")
    path = Path(path)
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    return _read(file, str(path), path.suffix.lower())


def _read(file: TextIO, name: str, suffix: str) -> Iterator[Text]:
    reader = {".csv": _csv, ".jsonl": _jsonl}.get(suffix, _lines)
    count = 0
    try:
        with file:
            for text in reader(file, name):
                yield text
                count += 1
    except UnicodeDecodeError:
        raise InputError(f"{name}: not UTF-8 text (after text {count})") from None
    except csv.Error as error:
        raise InputError(f"{name}: broken CSV after text {count} ({error})") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from None
    if count == 0:
        raise InputError(f"{name}: no text in it")


def _numbered_lines(file: TextIO, name: str) -> Iterator[tuple[int, str]]:
    number = 0
    while line := file.readline(MAX_REVIEW_BYTES + 1):
        number += 1
        if len(line) > MAX_REVIEW_BYTES:
            raise InputError(f"{name}: line {number}: too long for a review")
        if line.strip():
            yield number, line


def _lines(file: TextIO, name: str) -> Iterator[Text]:
    for _, line in _numbered_lines(file, name):
        yield Text(line.strip())


def _jsonl(file: TextIO, name: str) -> Iterator[Text]:
    for number, line in _numbered_lines(file, name):
        where = f"{name}: line {number}"
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(f"{where}: not JSON") from None
        if not isinstance(entry, dict):
            raise InputError(f"{where}: not a JSON object")
        yield _text(entry.get("text"), entry.get("label"), where)


def _csv(file: TextIO, name: str) -> Iterator[Text]:
    rows = csv.DictReader((line for _, line in _numbered_lines(file, name)), strict=True)
    if "text" not in (rows.fieldnames or ()):
        raise InputError(f"{name}: line 1: no column text")
    for number, row in enumerate(rows, start=1):
        yield _text(row["text"], row.get("label"), f"{name}: row {number}")


def _text(text: Any, label: Any, where: str) -> Text:
    if text is None:
        raise InputError(f"{where}: text is missing")
    if not isinstance(text, str):
        raise InputError(f"{where}: text is not a string")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(f"{where}: text holds half of a character (a lone surrogate)")
    if not text.strip():
        raise InputError(f"{where}: text is empty")
    if label is None or label == "":
        return Text(text)
    known = _LABELS.get(str(label).strip().lower())
    if known is None or isinstance(label, bool):
        raise InputError(f"{where}: label {str(label)[:40]!r} is not 0, 1, neg or pos")
    return Text(text, known)
