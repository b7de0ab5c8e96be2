"""Rows on their way into HDF5: the block of each variable that is being filled in memory."""

from collections.abc import Mapping
from itertools import product

import h5py
import numpy as np

from neuroep.traces.declaration import Declaration

AXIS_NAMES = {
    "step": "training step",
    "pre": "presynaptic neuron",
    "post": "postsynaptic neuron",
    "query": "query of an attention layer",
    "pattern": "row of the table of stored patterns",
    "component": "component of a row",
    "class": "class of the read-out",
    "phase": "phase: free, and nudged by plus and minus beta",
    "example": "recorded example of the batch",
    "neuron": "neuron of the layer",
    "node": "node of the layer",
}
_DIMENSION = "This is a netCDF dimension but not a netCDF variable. {:10d}"


class GrowingGroup:
    """The variables that grow together, and their common growing coordinate."""

    def __init__(self, group: h5py.Group, growing: str, rows: int) -> None:
        self._group = group
        self._growing = growing
        self._block_rows = rows
        # Created first, so that its header precedes those of the variables: after a kill between
        # two headers the coordinate is the longest, and xarray fills the missing cells with NaN.
        self._steps = _scale(
            group, growing, shape=(0,), maxshape=(None,), chunks=(rows,), dtype="i8"
        )
        self._labels: dict[str, np.ndarray] = {}
        self._variables: dict[str, _Variable] = {}
        self._buffered: list[int] = []
        self._last: int | None = None
        self._written = 0
        self._block = 0

    @property
    def rows(self) -> int:
        """Rows appended so far, buffered ones included."""
        return self._written + len(self._buffered)

    @property
    def at_block_start(self) -> bool:
        """Whether the next row opens a new block."""
        return self.rows % self._block_rows == 0

    @property
    def block_full(self) -> bool:
        """Whether the block has to be written before the next row."""
        return self.rows == self._block + self._block_rows

    def add(self, declaration: Declaration) -> None:
        """Create a variable, and those of its axes that the group does not have yet."""
        name = f"{declaration.group}/{declaration.variable}"
        if declaration.growing != self._growing or declaration.variable in self._group:
            raise ValueError(f"{name!r}: declared twice, or its group grows along another axis")
        _add_labels(self._group, self._labels, declaration)
        self._variables[declaration.variable] = _Variable(self._group, declaration)

    def append(self, step: int, values: Mapping[str, np.ndarray]) -> None:
        """Buffer one row; a row with an error in it leaves the group as it was."""
        if values.keys() != self._variables.keys():
            wrong = sorted(values.keys() ^ self._variables.keys())
            raise ValueError(f"{self._group.name}: missing or undeclared variables {wrong}")
        if self._last is not None and step <= self._last:
            raise ValueError(f"{self._group.name}: step {step} does not follow step {self._last}")
        row = self.rows - self._block
        for name, variable in self._variables.items():
            variable.set(row, values[name])
        self._buffered.append(step)
        self._last = step

    def write(self) -> None:
        """Hand the rows buffered since the last time to HDF5."""
        if not self._buffered:
            return
        rows = self.rows
        self._steps.resize(rows, axis=0)
        self._steps[self._written :] = self._buffered
        for variable in self._variables.values():
            variable.write(self._block, rows)
        self._written = rows
        self._buffered.clear()
        if self._written == self._block + self._block_rows:
            self._block = self._written


class _Variable:
    """A dataset and the block of rows that is being filled in memory."""

    def __init__(self, group: h5py.Group, declaration: Declaration) -> None:
        shape, self._chunk = declaration.shape, declaration.chunk
        self._dataset = _create(group, declaration)
        self._fill = declaration.fill
        self._block = np.full((declaration.rows, *shape), self._fill, declaration.dtype)
        sides = zip(shape, self._chunk[1:], strict=True)
        self._corners = list(product(*(range(0, size, side) for size, side in sides)))

    def set(self, row: int, value: np.ndarray) -> None:
        if np.shape(value) != self._block.shape[1:]:
            raise ValueError(
                f"{self._dataset.name}: a row of shape {np.shape(value)}, "
                f"declared {self._block.shape[1:]}"
            )
        self._block[row] = value

    def write(self, first: int, rows: int) -> None:
        """Write the block, which begins at row ``first``, and let the dataset end at ``rows``.

        Whole chunks bypass HDF5's chunk cache, which is several times faster; a block that is not
        full yet is written again, longer, at the same place the next time.
        """
        self._block[rows - first :] = self._fill
        self._dataset.resize(rows, axis=0)
        whole = np.empty(self._chunk, self._block.dtype)
        for corner in self._corners:
            inside = tuple(slice(c, c + s) for c, s in zip(corner, self._chunk[1:], strict=True))
            part = self._block[:, *inside]
            whole[tuple(slice(size) for size in part.shape)] = part
            self._dataset.id.write_direct_chunk((first, *corner), whole)


class RaggedGroup:
    """Variables of which one append adds any number of rows, and their growing dimension.

    The dimension has a length and no labels, so it takes no space on disk.
    """

    def __init__(self, group: h5py.Group, growing: str) -> None:
        self._group = group
        self._scale = group.create_dataset(
            growing, shape=(0,), maxshape=(None,), chunks=(1024,), dtype="i1"
        )
        self._scale.make_scale(_DIMENSION.format(0))
        self._datasets: dict[str, h5py.Dataset] = {}
        self._labels: dict[str, np.ndarray] = {}
        self._buffered: list[Mapping[str, np.ndarray]] = []
        self.rows = 0
        self._written = 0

    def add(self, declaration: Declaration) -> None:
        """Create a variable, and those of its other axes that the group does not have yet."""
        _add_labels(self._group, self._labels, declaration)
        self._datasets[declaration.variable] = _create(self._group, declaration)

    def extend(self, values: Mapping[str, np.ndarray]) -> None:
        """Buffer rows; an error in them leaves the group as it was."""
        if values.keys() != self._datasets.keys():
            wrong = sorted(values.keys() ^ self._datasets.keys())
            raise ValueError(f"{self._group.name}: missing or undeclared variables {wrong}")
        shapes = {name: np.shape(value) for name, value in values.items()}
        count = next(iter(shapes.values()))[:1]
        if any(
            shape != (*count, *self._datasets[name].shape[1:]) for name, shape in shapes.items()
        ):
            raise ValueError(f"{self._group.name}: columns of shapes {sorted(shapes.values())}")
        self._buffered.append(dict(values))
        self.rows += count[0]

    def write(self) -> None:
        """Hand the rows buffered since the last time to HDF5."""
        if self.rows == self._written:
            self._buffered.clear()
            return
        self._scale.resize(self.rows, axis=0)
        for name, dataset in self._datasets.items():
            dataset.resize(self.rows, axis=0)
            dataset[self._written :] = np.concatenate([rows[name] for rows in self._buffered])
        self._written = self.rows
        self._buffered.clear()


def _add_labels(group: h5py.Group, known: dict[str, np.ndarray], declaration: Declaration) -> None:
    """Create the axes of a variable that its group does not have yet."""
    for axis, labels in declaration.coordinates.items():
        if axis not in known:
            known[axis] = labels
            text = labels.dtype.kind == "U"
            _scale(
                group,
                axis,
                data=labels.astype(object) if text else labels,
                dtype=h5py.string_dtype() if text else labels.dtype,
            )
        elif not np.array_equal(known[axis], labels):
            name = f"{declaration.group}/{declaration.variable}"
            raise ValueError(f"{name!r}: axis {axis!r} has other labels in this group")


def _create(group: h5py.Group, declaration: Declaration) -> h5py.Dataset:
    """Create the dataset of a variable, without rows."""
    dataset = group.create_dataset(
        declaration.variable,
        shape=(0, *declaration.shape),
        maxshape=(None, *declaration.shape),
        chunks=declaration.chunk,
        dtype=declaration.dtype,
        fillvalue=declaration.fill,
    )
    dataset.attrs["units"] = declaration.units
    dataset.attrs["long_name"] = declaration.long_name
    for name, value in declaration.attributes.items():
        dataset.attrs[name] = value
    for index, axis in enumerate([declaration.growing, *declaration.coordinates]):
        dataset.dims[index].attach_scale(group[axis])
    return dataset


def _scale(group: h5py.Group, axis: str, **options: object) -> h5py.Dataset:
    """Create a coordinate that is a dimension scale."""
    dataset = group.create_dataset(axis, **options)
    dataset.make_scale(axis)
    dataset.attrs["units"] = "1"
    dataset.attrs["long_name"] = AXIS_NAMES.get(axis, axis)
    return dataset
