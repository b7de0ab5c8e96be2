"""The user's own texts, or pairs of them, for prediction."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from neuroep.errors import InputError
from neuroep.tables.columns import find_column, id_of, label_of, listed, text_of
from neuroep.tables.files import DataFile
from neuroep.tables.lines import lines_of
from neuroep.tables.names import ID_NAMES, LABEL_NAMES, TEXT_NAMES
from neuroep.tables.records import LINE, Records
from neuroep.tables.spool import STANDARD_INPUT, Remembering, spool
from neuroep.text.labelled import NO_CONSENSUS
from neuroep.text.pairs import find_sentences
from neuroep.text.texts import find_text


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the user.

    ``label`` is the name of its class where the file has one. ``number`` is the line (Parquet, JSON
    lists: the row) it starts in, ``id`` what a column of ids calls it, so that predictions can be
    joined to what they were made of.
    """

    text: str
    label: str | None = None
    number: int = 0
    id: str | int | None = None


@dataclass(frozen=True, slots=True)
class TextPair:
    """One pair of sentences of the user; the rest as for :class:`Text`."""

    premise: str
    hypothesis: str
    label: str | None = None
    number: int = 0
    id: str | int | None = None


def read_texts(
    path: str | Path, *, text: str | None = None, label: str | None = None
) -> Iterator[Text]:
    """Read texts one after another.

    Parameters
    ----------
    path : path or "-"
        A file of records, or of a text a line (see :class:`~neuroep.tables.records.Records`);
        blank lines are passed by. "-" is standard input: a text a line, read as it comes, or
        records (JSON, CSV or TSV by what its first line holds), read once all of it is there.
    text, label : str, optional
        Columns; without them those that are called so, and the only one that can be the text.

    Raises
    ------
    InputError
        At once if the file cannot be opened or no column fits; while reading, for an empty or
        oversized text, text that is not UTF-8, broken records, or no text at all. Names the file,
        the line and the column.
    """
    if str(path) == "-" and text is None and label is None:
        return _standard_input()
    return _texts_of(Records(_file(path)), text, label)


def _file(path: str | Path) -> str | Path | DataFile:
    return spool() if str(path) == "-" else path


def _texts_of(records: Records, text: str | None, label: str | None) -> Iterator[Text]:
    if records.texts:
        _refuse_table(records.sample[0].values[LINE], f"{records.where}: line 1")
    column = find_text(records, text, label)
    if not column:
        raise InputError(
            f"{records.where}: no column text; {listed(records)}; name it by --text-column"
        )
    of_label = find_column(records, label, LABEL_NAMES, "--label-column")
    of_id = find_column(records, None, ID_NAMES, "")

    def read() -> Iterator[Text]:
        for record in records:
            name = label_of(records, record, of_label) if of_label else ""
            own = id_of(record, of_id)
            yield Text(text_of(records, record, column), name or None, record.number, own)

    return read()


def _standard_input() -> Iterator[Text]:
    """Yield texts as they come, or those of records once all are there."""
    stream, count = Remembering(), 0
    for number, line in lines_of(cast(BinaryIO, stream), STANDARD_INPUT):
        if text := line.strip():
            if not count:
                if _records_begin(text):
                    yield from _texts_of(Records(stream.spool()), None, None)
                    return
                stream.forget()
            count += 1
            yield Text(text, None, number)
    if count == 0:
        raise InputError(f"{STANDARD_INPUT}: no text in it")


def _records_begin(first: str) -> str:
    """What a line is that is no text but begins a file of records, "" where it is a text."""
    if first.startswith("__label__"):
        return "a text with a label"
    if re.match(r"\{\s*\"|\[\s*\{\s*\"", first):
        return "JSON"
    return "a header" if _is_header(first) else ""


def _refuse_table(first: str, where: str) -> None:
    """Refuse lines of which the first is no text but begins a file of records."""
    if found := _records_begin(first):
        raise InputError(
            f"{where}: {found}, but a text a line is read; "
            "give such a file by its name, with its ending (.csv, .tsv, .jsonl)"
        )


def _is_header(first: str) -> bool:
    """Whether a line holds cells, of which one is called as texts or labels are."""
    cells = [cell.strip(' "').lower() for cell in re.split(r"[,;\t|]", first)]
    return (
        len(cells) > 1
        and len(set(cells) & set(TEXT_NAMES)) > 0
        and all(re.fullmatch(r"[\w \-.:]{0,40}", cell) and len(cell.split()) <= 3 for cell in cells)
    )


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
    path : path or "-"
        See :class:`~neuroep.tables.records.Records`; "-" is standard input, CSV, TSV or JSON.
    premise, hypothesis, label : str, optional
        Columns; without them those that are called so.

    Raises
    ------
    InputError
        As for :func:`read_texts`.
    """
    records = Records(_file(path))
    columns = find_sentences(records, premise, hypothesis)
    of_label = find_column(records, label, LABEL_NAMES, "--label-column")
    of_id = find_column(records, None, ID_NAMES, "")

    def read() -> Iterator[TextPair]:
        for record in records:
            first, second = (text_of(records, record, column) for column in columns)
            name = label_of(records, record, of_label) if of_label else ""
            known = None if not name or name in NO_CONSENSUS else name
            yield TextPair(first, second, known, record.number, id_of(record, of_id))

    return read()
