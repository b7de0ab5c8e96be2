"""Tables of numbers with a column of labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.tables.arrays import ARRAY_ENDINGS, labelled_arrays, read_arrays
from neuroep.tables.numbers import (
    LARGEST_NUMBER,
    Numbers,
    column_names,
    counters,
    left_out,
    read_numbers,
)
from neuroep.tables.parts import Part, code_labels, put_together
from neuroep.tables.split import SPLITS, Split, first_of, own_files
from neuroep.tables.spool import spool


class Table(NamedTuple):
    """``values`` (n, d) as in the file, ``labels`` (n,) int64.

    Where a file has more digits than float32 they are float64: what tells two moments of a day
    apart is lost in the seconds since 1970 as float32.
    """

    values: Floats
    labels: NDArray[np.int64]

    def take(self, chosen: NDArray[np.int64] | slice) -> "Table":
        """Return some of the rows."""
        return Table(self.values[chosen], self.labels[chosen])

    def first(self, limit: int | None) -> "Table":
        """Return the first rows, see :func:`neuroep.tables.split.first_of`."""
        return self.take(first_of(self.labels, limit))


@dataclass(frozen=True)
class TableData:
    """A table: the names of its columns and classes, how it was split (``note``), its splits.

    ``whole``: the same with the columns that number the rows, where there are some.
    """

    name: str
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    note: str
    train: Table
    test: Table
    validation: Table | None = None
    whole: "TableData | None" = None

    def of(self, columns: tuple[str, ...]) -> "TableData":
        """Return the same with those columns, found by their names.

        A few rows may be numbered by what is a measurement elsewhere: who was trained on such a
        column finds it.

        Raises
        ------
        InputError
            A column is missing.
        """
        if columns == self.columns:
            return self
        if self.whole and not set(columns) <= set(self.columns):
            return self.whole.of(columns)
        for column in columns:
            if column not in self.columns:
                raise InputError(f"{self.name}: no column {column[:40]!r}, which was trained on")
        order = [self.columns.index(column) for column in columns]

        def picked(table: Table) -> Table:
            return table._replace(values=table.values[:, order])

        held = picked(self.validation) if self.validation else None
        train, test = picked(self.train), picked(self.test)
        return replace(self, columns=columns, train=train, test=test, validation=held, whole=None)


def open_table(
    path: str | Path,
    *,
    label: str | None = None,
    validation: str | Path | None = None,
    test: str | Path | None = None,
    share: float = 0.2,
    seed: int = 0,
) -> TableData:
    """Read a table of numbers with a column of labels.

    Parameters
    ----------
    path : path
        ``.csv``, ``.tsv``, ``.jsonl``, ``.json`` or ``.parquet`` (see
        :class:`~neuroep.tables.records.Records`; without a header columns are "1", "2", ...);
        ``.npz`` or ``.h5`` with x and y, data and target, or ``X_train``, ``y_train``, ``X_test``,
        ``y_test`` and the like; ``.npy``, or one two-dimensional array, with a column of labels.
    label : str, optional
        The column of labels; without it the one that is called so, or the last if its values are
        text or whole numbers and each comes twice in the mean.
    validation, test : path, optional
        Files of these splits, of any of the formats.
    share, seed : float, int
        Where there is no test split, neither of arrays, of a file nor by a column ``split``, this
        share of the rows of each class is held out by the seed, and ``note`` says so.

    Returns
    -------
    TableData
        Values are as in the file, not scaled. A column called id or index, or one without a name,
        that only numbers the rows is left out, and ``note`` says so.

    Raises
    ------
    InputError
        A file is missing or damaged, no column fits, a number is missing, not finite or none;
        one line that names the file, the row and the column.
    """
    path = Path(path)
    found = _read(path, label, ())
    columns = found.columns
    parts = dict(found.parts)
    for part, file in own_files(validation, test).items():
        parts[part] = _only_part(_read(Path(file), label or found.label, columns), part, file)
    counting = counters(columns, [rows.values for rows in parts.values()])
    labelled = put_together(parts, path.name, share, seed)
    tables = {part: Table(*rows) for part, rows in labelled.parts.items()}
    whole = TableData(
        path.name,
        columns,
        labelled.labels,
        "; ".join(filter(None, (found.note, labelled.note))),
        tables["train"],
        tables["test"],
        tables.get("validation"),
    )
    if not counting:
        return whole
    kept = whole.of(tuple(column for column in columns if column not in counting))
    note = "; ".join(filter(None, (found.note, left_out("numbers", counting), labelled.note)))
    return replace(kept, note=note, whole=whole)


class Rows(NamedTuple):
    """Rows to be predicted: ``values`` (n, d), the names of their labels ("" for none).

    ``numbers`` (n,) are the lines (arrays, Parquet, JSON lists: the rows) they stand in, ``ids``
    what a column of ids calls them.
    """

    values: Floats
    labels: tuple[str, ...]
    numbers: NDArray[np.int64]
    ids: Sequence[str | int | None]


def read_table(path: str | Path, columns: tuple[str, ...], *, label: str | None = None) -> Rows:
    """Read rows to be predicted, with labels where the file has some.

    Parameters
    ----------
    path : path or "-"
        As for :func:`open_table`; "-" is standard input, CSV, TSV or JSON; an ``.npz`` or ``.h5``
        may hold x alone, or one array. Of several splits, "test" is read, otherwise "train".
    columns : tuple of str
        Those that the network was trained on; others are passed by.
    label : str, optional
        The column of labels, if it is not called like one.

    Raises
    ------
    InputError
        As for :func:`open_table`, or a column is missing.
    """
    path = Path(path)
    if path.suffix.lower() not in ARRAY_ENDINGS:
        file = spool() if str(path) == "-" else path
        read = read_numbers(file, label, columns, labelled=False)
        names = tuple(read.names[code] for code in read.codes)
        return Rows(read.values, names, read.lines, read.ids)
    arrays = read_arrays(path)
    data = next(iter(arrays.values())) if len(arrays) == 1 else None
    if data is not None and data.ndim == 2 and data.shape[1] == len(columns):
        values, labels = _finite(data, str(path)), ("",) * len(data)
    else:
        found = _read(path, label, columns)
        part = found.parts.get("test") or found.parts["train"]
        values, labels = part.values, tuple(part.names[code] for code in part.codes)
    return Rows(values, labels, np.arange(1, len(values) + 1), (None,) * len(values))


class _Found(NamedTuple):
    columns: tuple[str, ...]
    parts: dict[Split, Part]
    note: str
    label: str | None


def _read(path: Path, label: str | None, columns: tuple[str, ...]) -> _Found:
    if path.suffix.lower() not in ARRAY_ENDINGS:
        read = read_numbers(path, label, columns)
        return _Found(read.columns, _parts(read), read.note, read.label)
    arrays = read_arrays(path)
    tables = [array for array in arrays.values() if array.ndim == 2]
    if len(arrays) == 1 and tables:
        return _one_array(path, tables[0], label, columns)
    parts: dict[Split, Part] = {}
    for part, (data, labels) in labelled_arrays(arrays, str(path)).items():
        where = f"{path}: {part}"
        parts[part] = Part(_finite(data, where), *code_labels(labels, where), where)
        width = parts[part].values.shape[1]
        columns = columns or column_names(width)
        if width != len(columns):
            raise InputError(f"{where}: {width} columns, but {len(columns)} to train on")
    return _Found(columns, parts, "", None)


def _one_array(
    path: Path, array: NDArray[Any], label: str | None, columns: tuple[str, ...]
) -> _Found:
    width = array.shape[1]
    at = width - 1
    if label is not None:
        if not label.isdecimal() or not 1 <= int(label) <= width:
            raise InputError(f"{path}: no column {label!r} (--label-column); it has 1 to {width}")
        at = int(label) - 1
    numbers = _finite(array, str(path))
    if width == 1:
        raise InputError(f"{path}: no column beside the labels")
    if not (numbers[:, at] == np.round(numbers[:, at])).all():
        raise InputError(f"{path}: column {at + 1} holds no labels; name theirs by --label-column")
    names = tuple(name for name in column_names(width) if name != str(at + 1))
    if columns and len(columns) != len(names):
        raise InputError(f"{path}: {len(names)} columns, but {len(columns)} to train on")
    where = f"{path}: column {at + 1}"
    part = Part(np.delete(numbers, at, axis=1), *code_labels(array[:, at], where), where)
    note = "" if label else f"labels are the last column of {path.name}"
    return _Found(columns or names, {"train": part}, note, str(at + 1))


def _only_part(found: _Found, part: Split, file: str | Path) -> Part:
    if part in found.parts:
        return found.parts[part]
    if set(found.parts) != {"train"}:
        raise InputError(f"{file}: has splits of its own, but none for --{part}")
    return found.parts["train"]


def _parts(read: Numbers) -> dict[Split, Part]:
    """Return the splits that a column says; a file of one split, or without, is to train on."""
    splits, where = np.array(read.splits or ["train"]), f"{read.where}: {read.label}"
    if len(np.unique(splits)) == 1:
        return {"train": Part(read.values, read.names, read.codes, where)}
    if "train" not in splits:
        raise InputError(f"{read.where}: no row to train on")
    return {
        part: Part(read.values[chosen], read.names, read.codes[chosen], where)
        for part in SPLITS
        if (chosen := splits == part).any()
    }


def _finite(data: NDArray[Any], where: str) -> Floats:
    """Values as float32 where that holds all their digits, else as float64; each finite."""
    if data.ndim != 2 or not data.shape[1] or data.dtype.kind not in "fiub":
        raise InputError(f"{where}: {data.dtype} {data.shape} is no table of numbers")
    kind = np.float32 if np.can_cast(data.dtype, np.float32) else np.float64
    values = np.ascontiguousarray(data, kind)
    bad = np.argwhere(~(np.abs(values) <= LARGEST_NUMBER))
    if len(bad):
        row, column = bad[0] + 1
        raise InputError(f"{where}: row {row}, column {column}: {data[row - 1, column - 1]}")
    return values
