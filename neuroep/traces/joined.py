"""Arrays that go on from one file to the next, read as one."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from neuroep.errors import InputError

SPIKE, POINT = "spike", "point"
RAGGED = (SPIKE, POINT)
"""Axes along which one record adds any number of rows."""


def axes_of(variable: h5py.Dataset) -> tuple[str, ...]:
    """Return the names of the axes of a variable."""
    return tuple(dim.label or str(dim[0].name).rpartition("/")[2] for dim in variable.dims)


class Joined:
    """Rows of datasets, one behind the other; of each its first ones alone.

    ``pieces``: datasets of the same axes, and how many rows of them count.
    """

    def __init__(self, pieces: Sequence[tuple[h5py.Dataset, int]]) -> None:
        self._pieces = list(pieces)
        self._ends = np.cumsum([rows for _, rows in self._pieces])

    @property
    def first(self) -> h5py.Dataset:
        """The dataset that the others go on from."""
        return self._pieces[0][0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return (int(self._ends[-1]), *self.first.shape[1:])

    def __getitem__(self, where: Any) -> np.ndarray:
        rows, *rest = where if isinstance(where, tuple) else (where,)
        if rows is Ellipsis:
            rows, rest = slice(None), [Ellipsis, *rest]
        if isinstance(rows, int | np.integer):
            return self._row(operator.index(rows), tuple(rest))
        wanted = np.arange(self.shape[0])[rows]
        return self._span(wanted, tuple(rest))

    def _row(self, row: int, rest: tuple[Any, ...]) -> np.ndarray:
        count = self.shape[0]
        if not -count <= row < count:
            raise IndexError(f"{self.first.name}: row {row} of {count}")
        row %= count
        piece = int(np.searchsorted(self._ends, row, side="right"))
        dataset, rows = self._pieces[piece]
        return np.asarray(dataset[(row - int(self._ends[piece]) + rows, *rest)])

    def _span(self, wanted: np.ndarray, rest: tuple[Any, ...]) -> np.ndarray:
        """Return rows in any order; of each file, all between the first and the last are read."""
        low, high = (int(wanted.min()), int(wanted.max()) + 1) if wanted.size else (0, 0)
        found = []
        for (dataset, rows), end in zip(self._pieces, self._ends.tolist(), strict=True):
            start = end - rows
            part = slice(min(max(low - start, 0), rows), min(max(high - start, 0), rows))
            found.append(np.asarray(dataset[(part, *rest)]))
        chosen: np.ndarray = np.concatenate(found)[wanted - low]
        return chosen


@dataclass(frozen=True)
class Piece:
    """What a file adds to a group: its first ``steps`` rows, and ``rows`` of ragged columns."""

    group: h5py.Group
    steps: int
    rows: int

    @classmethod
    def of(cls, group: h5py.Group, before: int | None) -> "Piece":
        """Return what is whole in a group and, where the run went back, before that step."""
        members = [one for one in group.values() if isinstance(one, h5py.Dataset)]
        columns = [one for one in members if not one.is_scale]
        along = [one for one in columns if axes_of(one)[0] not in RAGGED]
        ragged = [one for one in columns if axes_of(one)[0] in RAGGED]
        # A kill may have taken the last rows of some columns.
        steps = np.asarray(group["step"][()])[: min((len(one) for one in along), default=None)]
        kept = len(steps) if before is None else int(np.searchsorted(steps, before))
        if not ragged:
            return cls(group, kept, 0)
        counts = np.asarray(group["count"][:kept])  # of step, phase, example
        ends = np.cumsum(counts.sum(axis=(1, 2), dtype=np.int64))
        kept = int(np.searchsorted(ends, min(map(len, ragged)), side="right"))
        return cls(group, kept, int(ends[kept - 1]) if kept else 0)


def joined(pieces: Sequence[Piece], name: str) -> Joined:
    """Return one member of a group over all files.

    An InputError: a file has none, or one with other axes.
    """
    first = pieces[0].group[name]
    ragged = not first.is_scale and axes_of(first)[0] in RAGGED
    for piece in pieces:
        other = piece.group.get(name)
        if other is None or other.shape[1:] != first.shape[1:]:
            where = f"{piece.group.file.filename}: {piece.group.name.strip('/')}/{name}"
            raise InputError(f"{where}: not as in {first.file.filename}")
    return Joined([(p.group[name], p.rows if ragged else p.steps) for p in pieces])
