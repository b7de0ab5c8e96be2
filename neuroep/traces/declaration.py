"""What a trace file will hold: variables, their axes and chunks, and the bytes they will take."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

LONGEST_BLOCK = 64
"""Rows of a block at most: so many are kept in memory, and lost in a kill."""

_CHUNK_ELEMENTS = 1024
_RAGGED_CHUNK = 1024


def block_rows(rows: int | None) -> int:
    """Return the rows of a block for a file that will get ``rows`` of them; None: unknown.

    Blocks are equal parts of the whole, so that little of the last one is stored in vain.
    """
    if not rows:
        return LONGEST_BLOCK
    return -(-rows // -(-rows // LONGEST_BLOCK))


@dataclass(frozen=True, eq=False)
class Declaration:
    """One variable of a trace file."""

    group: str  # may be nested with "/"
    variable: str
    growing: str  # the first axis, to which each append adds one row
    coordinates: Mapping[str, np.ndarray]  # labels of the other axes, in order
    units: str  # SI units, or "1" for a normalised quantity
    long_name: str
    dtype: np.dtype
    rows: int = LONGEST_BLOCK  # of a chunk
    attributes: Mapping[str, object] = field(default_factory=dict)
    ragged: bool = False  # whether one append adds any number of rows

    @property
    def key(self) -> str:
        """What the number of rows is told by: the group, or the axis of a ragged variable."""
        return f"{self.group}/{self.growing}" if self.ragged else self.group

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row."""
        return tuple(len(labels) for labels in self.coordinates.values())

    @property
    def chunk(self) -> tuple[int, ...]:
        """Shape of a chunk: many rows of few elements, so that one synapse is read fast."""
        if self.ragged:
            return (max(1, _RAGGED_CHUNK // math.prod(self.shape)), *self.shape)
        sides: list[int] = []
        left = _CHUNK_ELEMENTS
        for size in reversed(self.shape):
            parts = max(1, -(-size // left))
            side = max(1, -(-size // parts))  # equal parts, so that little is stored in vain
            sides.insert(0, side)
            left = max(1, left // side)
        return (self.rows, *sides)

    @property
    def fill(self) -> float | int | bool:
        """Value of a cell that was never written."""
        if self.dtype.kind in "fc":
            return math.nan
        return int(np.iinfo(self.dtype).min) if self.dtype.kind == "i" else 0


def split(name: str) -> tuple[str, str]:
    """Return group and variable of ``"group/variable"``."""
    group, _, variable = name.strip("/").rpartition("/")
    if not group:
        raise ValueError(f"{name!r}: a trace variable needs a group, as in 'neurons/energy'")
    return group, variable


def labelled(name: str, axes: Mapping[str, object]) -> tuple[str, dict[str, np.ndarray]]:
    """Return the growing axis and the labels of the others."""
    (growing, rows), *others = axes.items()
    if rows is not None:
        raise ValueError(f"{name!r}: the first axis {growing!r} grows, so its labels must be None")
    coordinates = {axis: np.asarray(labels) for axis, labels in others}
    for axis, labels in coordinates.items():
        if labels.ndim != 1 or labels.dtype.kind not in "iufU":
            raise ValueError(f"{name!r}: axis {axis!r} needs a 1-d array of numbers or strings")
    return growing, coordinates


def estimate_bytes(declarations: Iterable[Declaration], rows: Mapping[str, int]) -> int:
    """Return an upper bound in bytes for the file that holds ``rows[key]`` rows of each key.

    Chunks are counted whole, as they are on disk; the chunk index and headers are included.
    """
    total = 16 * 1024
    groups: set[str] = set()
    for declaration in declarations:
        count = rows.get(declaration.key, 0)
        if declaration.key not in groups:
            groups.add(declaration.key)
            total += 4 * 1024
            total += 0 if declaration.ragged else _chunked((count,), (declaration.rows,), 8)
        sizes = (count, *declaration.shape)
        total += _chunked(sizes, declaration.chunk, declaration.dtype.itemsize)
        total += 2 * 1024 + sum(2 * labels.nbytes for labels in declaration.coordinates.values())
    return total


def _chunked(sizes: tuple[int, ...], chunk: tuple[int, ...], itemsize: int) -> int:
    """Bytes of a chunked dataset with its version 1 B-tree (nodes of 64 entries, half full)."""
    chunks = math.prod(-(-size // side) for size, side in zip(sizes, chunk, strict=True))
    key = 8 + 8 * (len(sizes) + 1)
    node = 24 + 65 * key + 64 * 8
    return chunks * math.prod(chunk) * itemsize + node * (chunks // 32 + 2)
