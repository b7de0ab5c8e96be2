"""Columns of numbers, and one of labels, out of files of records."""

import math
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats, Reals
from neuroep.errors import InputError
from neuroep.tables.columns import (
    few_values,
    find_column,
    id_of,
    is_id,
    label_of,
    listed,
    split_column,
    split_of,
)
from neuroep.tables.files import DataFile
from neuroep.tables.names import ID_NAMES, LABEL_NAMES, MISSING, UNNAMED, plain
from neuroep.tables.records import Record, Records
from neuroep.tables.split import Split

MAX_LINE = 1 << 24  # a million columns
LARGEST_NUMBER = float(np.finfo(np.float32).max)  # a network takes 32 bits
_MOST_GUESSED = 100  # classes that the last column may have to be taken for labels unasked
_COUNTERS = frozenset({*UNNAMED, "id", "index"})


class Numbers(NamedTuple):
    """Rows of a file: ``values`` (n, d) float64, ``codes`` (n,) into ``names``, lines, ids, splits.

    ``splits`` (n,) of :data:`neuroep.tables.split.SPLITS`, or empty where no column says them.
    """

    where: str
    columns: tuple[str, ...]
    label: str
    note: str
    values: Reals
    names: list[str]
    codes: NDArray[np.int64]
    lines: NDArray[np.int64]
    ids: list[str | int | None]
    splits: list[Split]


def column_names(width: int) -> tuple[str, ...]:
    """Names of columns that have none: "1", "2", ..."""
    return tuple(str(column) for column in range(1, width + 1))


def read_numbers(
    path: Path | DataFile,
    label: str | None,
    columns: tuple[str, ...] = (),
    *,
    labelled: bool = True,
) -> Numbers:
    """Read numbers and labels from a file of records.

    The column of labels is found where ``label`` is None. ``columns`` are those to read, in this
    order; without any, all but the labels' and one that says the splits. ``labelled``: whether
    there have to be labels; otherwise they are read where there are some.
    """
    records = Records(path, max_line=MAX_LINE)
    of_split = (split_column(records) if labelled else "") or None
    of_split = None if of_split in (label, *columns) else of_split
    of_label, note = _find_label(records, label, labelled, of_split)
    features, named = _find_features(records, (of_label, of_split), columns)
    values, codes, lines = array("d"), array("q"), array("q")
    names: dict[str, int] = {}
    of_id, ids = find_column(records, None, ID_NAMES, ""), list[str | int | None]()
    splits: list[Split] = []
    for record in records:
        ids.append(id_of(record, of_id))
        values.frombytes(_row(records, record, features).tobytes())
        name = label_of(records, record, of_label) if of_label else ""
        codes.append(names.setdefault(name, len(names)))
        lines.append(record.number)
        if of_split:
            splits.append(split_of(records, record, of_split))
    return Numbers(
        records.where,
        columns or features,
        of_label,
        "; ".join(filter(None, (note, named))),
        np.frombuffer(values).reshape(len(codes), -1),
        list(names),
        np.frombuffer(codes, np.int64),
        np.frombuffer(lines, np.int64),
        ids,
        splits,
    )


def _find_label(
    records: Records, label: str | None, labelled: bool, split: str | None
) -> tuple[str, str]:
    if label is not None and not labelled and label not in records.columns:
        return "", ""
    found = find_column(records, label, LABEL_NAMES, "--label-column")
    if found or not labelled:
        return found, ""
    last = next((column for column in reversed(records.columns) if column != split), "")
    names = [label_of(records, record, last) for record in records]
    kinds = set(names)
    if len(kinds) > _MOST_GUESSED or not few_values(names) or any("." in k for k in kinds):
        raise InputError(
            f"{records.where}: which column is the label? {listed(records)}; "
            "name it by --label-column"
        )
    return last, f"labels are the last column of {records.file.name}, {last}"


def _find_features(
    records: Records, taken: tuple[str, str | None], columns: tuple[str, ...]
) -> tuple[tuple[str, ...], str]:
    """Return the columns to read, and a note on those that name the rows, by letters.

    ``taken``: the columns of the labels and of the splits.
    """
    own = tuple(column for column in records.columns if column not in taken)
    if not own:
        raise InputError(f"{records.where}: no column beside {' and '.join(filter(None, taken))}")
    if columns and set(columns) <= set(own):
        return columns, ""
    if not columns:
        named = [column for column in own if is_id(column) and _has_letters(records, column)]
        free = tuple(column for column in own if column not in named)
        return free or own, left_out("names", named) if free else ""
    unnamed = records.columns == column_names(len(records.columns))
    if unnamed and len(own) == len(columns):
        return own, ""
    missing = next(column for column in columns if column not in own)
    raise InputError(f"{records.where}: no column {missing[:40]!r}; {listed(records)}")


def _has_letters(records: Records, column: str) -> bool:
    cells = [row.values.get(column) for row in records.sample]
    return any(isinstance(cell, str) and cell.upper() != cell.lower() for cell in cells)


def left_out(what: str, columns: Sequence[str]) -> str:
    """What a note says of columns that name or number the rows; "" for none."""
    named = ", ".join(column or "(no name)" for column in columns)
    return f"left out, as it {what} the rows: {named}" if columns else ""


def _row(records: Records, record: Record, columns: Sequence[str]) -> Reals:
    cells = list(map(record.values.get, columns))
    try:
        numbers = list(map(float, cells))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        _refuse(records, record, columns, cells)
    row = np.array(numbers)
    # "_": see number_of.
    if not (np.abs(row) <= LARGEST_NUMBER).all() or "_" in repr(cells):
        _refuse(records, record, columns, cells)
    return row


def _refuse(
    records: Records, record: Record, columns: Sequence[str], cells: Sequence[Any]
) -> NoReturn:
    for column, cell in zip(columns, cells, strict=True):
        where = f"{records.place(record)}: {column[:40]}"
        shown = str(cell)[:40]
        if cell is None or shown.strip().lower() in MISSING:
            raise InputError(f"{where}: the number is missing")
        number = number_of(cell, where)
        if not abs(number) <= LARGEST_NUMBER:
            raise InputError(f"{where}: {shown} is not finite (in 32 bits)")
    raise InputError(f"{records.place(record)}: not a row of numbers")


def number_of(cell: Any, where: str) -> float:
    """Return the finite number in a cell; an InputError names ``where`` and what stands there."""
    shown = str(cell)[:40]
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{where}: {shown!r} is not a number") from None
    # float() reads "1_000" as 1000, which nobody means in a table.
    if "_" in shown:
        raise InputError(f"{where}: {shown!r} is not a number")
    if not math.isfinite(number):
        raise InputError(f"{where}: {shown!r} is not finite")
    return number


def counters(columns: Sequence[str], tables: Sequence[Floats]) -> tuple[str, ...]:
    """Return the columns that only number the rows: they would tell the order of a sorted file.

    None where all do: something is to be learned from.
    """
    found = tuple(
        column
        for at, column in enumerate(columns)
        if plain(column) in _COUNTERS and all(_numbers_rows(table[:, at]) for table in tables)
    )
    return found if len(found) < len(columns) else ()


def _numbers_rows(column: Floats) -> bool:
    return bool((column == np.round(column)).all()) and len(np.unique(column)) == len(column)
