"""The user's own texts, or pairs of them, for prediction."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from neuroep.errors import InputError
from neuroep.tables.columns import LABEL_NAMES, find_column, label_of, listed, text_of
from neuroep.tables.files import DataFile
from neuroep.tables.records import ENDINGS, Records, decode_line
from neuroep.text.labelled import NO_CONSENSUS
from neuroep.text.pairs import find_sentences
from neuroep.text.reviews.source import MAX_REVIEW_BYTES
from neuroep.text.texts import find_text


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the user.

    ``label`` is the name of its class where the file has one, ``number`` the line (Parquet, JSON
    lists: the row) it starts in, so that predictions can be joined to what they were made of.
    """

    text: str
    label: str | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class TextPair:
    """One pair of sentences of the user; ``label`` and ``number`` as for :class:`Text`."""

    premise: str
    hypothesis: str
    label: str | None = None
    number: int = 0


def read_texts(
    path: str | Path, *, text: str | None = None, label: str | None = None
) -> Iterator[Text]:
    """Read texts one after another.

    Parameters
    ----------
    path : path or "-"
        A file of records (see :class:`~neuroep.tables.records.Records`), but a ``.txt`` or a file
        of any other ending holds one text a line (empty lines are passed by). "-" is standard
        input, one text a line.
    text, label : str, optional
        Columns; without them those that are called so, and the only one that can be the text.

    Raises
    ------
    InputError
        At once if the file cannot be opened or no column fits; while reading, for an empty or
        oversized text, text that is not UTF-8, broken records, or no text at all. Names the file,
        the line and the column.
    """
    if str(path) == "-":
        return _lines(sys.stdin.buffer, "standard input")
    file = DataFile(Path(path))
    if file.suffix in ENDINGS - {".txt"}:
        return _records(Records(file), text, label)
    with file.open():  # what cannot be opened is found before anything is read
        return _file_lines(file)


def _file_lines(file: DataFile) -> Iterator[Text]:
    with file.open() as stream:
        yield from _lines(stream, file.where)


def _lines(stream: BinaryIO, name: str) -> Iterator[Text]:
    number = count = 0
    while line := stream.readline(MAX_REVIEW_BYTES + 1):
        number += 1
        where = f"{name}: line {number}"
        if len(line) > MAX_REVIEW_BYTES:
            raise InputError(f"{where}: too long for a review")
        if text := decode_line(line, number, where).strip():
            count += 1
            yield Text(text, None, number)
    if count == 0:
        raise InputError(f"{name}: no text in it")


def _records(records: Records, text: str | None, label: str | None) -> Iterator[Text]:
    column = find_text(records, text, label)
    if not column:
        raise InputError(
            f"{records.where}: no column text; {listed(records)}; name it by --text-column"
        )
    of_label = find_column(records, label, LABEL_NAMES, "--label-column")

    def read() -> Iterator[Text]:
        for record in records:
            name = label_of(records, record, of_label) if of_label else ""
            yield Text(text_of(records, record, column), name or None, record.number)

    return read()


def read_pairs(
    path: str | Path,
    *,
    premise: str | None = None,
    hypothesis: str | None = None,
    label: str | None = None,
) -> Iterator[TextPair]:
    """Read pairs of sentences one after another from a file of records.

    Parameters
    ----------
    path : path
        See :class:`~neuroep.tables.records.Records`.
    premise, hypothesis, label : str, optional
        Columns; without them those that are called so.

    Raises
    ------
    InputError
        As for :func:`read_texts`.
    """
    records = Records(Path(path))
    columns = find_sentences(records, premise, hypothesis)
    of_label = find_column(records, label, LABEL_NAMES, "--label-column")

    def read() -> Iterator[TextPair]:
        for record in records:
            first, second = (text_of(records, record, column) for column in columns)
            name = label_of(records, record, of_label) if of_label else ""
            known = None if not name or name in NO_CONSENSUS else name
            yield TextPair(first, second, known, record.number)

    return read()
