"""Which column of a file holds what: by option, by name, or the only one that fits."""

import re
from collections.abc import Container, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from neuroep.errors import InputError
from neuroep.tables.files import list_files, split_named
from neuroep.tables.labels import label_name
from neuroep.tables.names import ID_NAMES, SPLIT_NAMES, UNNAMED, plain
from neuroep.tables.records import ENDINGS, Record, Records
from neuroep.tables.split import SPLITS, Split

_LONGEST_LABEL = 40  # characters


def find_column(records: Records, asked: str | None, names: Sequence[str], option: str) -> str:
    """The column that was asked for, or the first of ``names`` that the file has; "" for none.

    Letter case does not matter, nor do blanks or hyphens for underscores.
    """
    if asked is not None and asked in records.columns:
        return asked
    for name in names if asked is None else (asked,):
        found = [column for column in records.columns if plain(column) == plain(name)]
        if len(found) > 1 and option:
            both = " or ".join(found[:2])
            raise InputError(f"{records.where}: which column, {both}? name it by {option}")
        if found:
            return found[0]
    if asked is not None:
        raise InputError(f"{records.where}: no column {asked!r} ({option}); {listed(records)}")
    return ""


def columns_in(path: str) -> tuple[str, ...]:
    """The columns of the first file of records at a path; none of arrays and standard input.

    What cannot be read has none, and is told by whoever reads all of it.
    """
    if path == "-":
        return ()
    with suppress(InputError):
        files = [file for file in list_files(Path(path)) if file.suffix in ENDINGS]
        return Records(files[0]).columns if files else ()
    return ()


def split_column(records: Records) -> str:
    """The column that says which split a record is in; "" for none.

    One that says "train" is one though it says something else as well: splits are not mixed.
    """
    column = find_column(records, None, SPLIT_NAMES, "")
    named = [split_named(str(row.values.get(column))) for row in records.sample if column]
    return column if named and (all(named) or "train" in named) else ""


def split_of(records: Records, record: Record, column: str) -> Split:
    """The split that a record is in."""
    named = split_named(str(record.values.get(column)))
    if named is None:
        said = str(record.values.get(column))[:40]
        raise InputError(
            f"{records.place(record)}: {column}: {said!r} is none of train, validation, test"
        )
    return next(split for split in SPLITS if split == named)


def listed(records: Records) -> str:
    """The columns of a file, for a message."""
    shown = ", ".join(column[:40] or "(no name)" for column in records.columns[:12])
    more = len(records.columns) - 12
    return f"its columns are {shown}" + (f" and {more} more" if more > 0 else "")


def only_text(records: Records, taken: Container[str]) -> str:
    """The one column of texts that differ, apart from ``taken``; "" for none or several."""
    free = [column for column in records.columns if column not in taken]
    found = [c for c in free if _is_text(_values(records, c)) and not _few(records, c)]
    return found[0] if len(found) == 1 else ""


def only_label(records: Records, taken: Container[str]) -> str:
    """The one column with few values, each short and often met, apart from ``taken``; or ""."""
    found = [c for c in records.columns if c not in taken and _few(records, c)]
    return found[0] if len(found) == 1 else ""


def few_values(names: Sequence[str]) -> bool:
    """Whether values look like classes: two or more, each short and met twice in the mean."""
    kinds = set(names)
    return 2 <= len(kinds) <= len(names) / 2 and max(map(len, kinds)) <= _LONGEST_LABEL


def _few(records: Records, column: str) -> bool:
    try:
        names = [label_name(value) for value in _values(records, column)]
    except TypeError:
        return False
    return few_values([name for name in names if name])


def _is_text(values: Sequence[Any]) -> bool:
    if not values or not all(isinstance(value, str) for value in values):
        return False
    return not all(re.fullmatch(r"[\d.,eE+\-\s]*", value) for value in values)


def _values(records: Records, column: str) -> list[Any]:
    return [value for row in records.sample if (value := row.values.get(column)) is not None]


def text_of(records: Records, record: Record, column: str) -> str:
    """A text of a record, which must not be empty."""
    value = record.values.get(column)
    where = f"{records.place(record)}: {column}"
    if value is None:
        raise InputError(f"{where} is missing")
    if not isinstance(value, str):
        raise InputError(f"{where} is not a string")
    _check_characters(value, where)
    if not value.strip():
        raise InputError(f"{where} is empty")
    return value


def is_id(column: str) -> bool:
    """Whether a column is called as those that name the records, or has no name."""
    return plain(column) in (*ID_NAMES, *UNNAMED)


def id_of(record: Record, column: str) -> str | int | None:
    """What names a record in its file, None where there is no such column, or nothing in it."""
    value = record.values.get(column)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # as pandas writes whole numbers of a column with gaps
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return value if isinstance(value, int) else value.strip() or None


def label_of(records: Records, record: Record, column: str) -> str:
    """The name of a record's label, "" where it has none."""
    where = f"{records.place(record)}: {column}"
    try:
        name = label_name(record.values.get(column))
    except TypeError as error:
        raise InputError(f"{where}: {error}") from None
    if len(name) > 4 * _LONGEST_LABEL:
        raise InputError(f"{where}: {name[:40]!r}... is too long for the name of a class")
    _check_characters(name, where)
    return name


def _check_characters(text: str, where: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(f"{where} holds half of a character (a lone surrogate)")
