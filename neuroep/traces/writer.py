"""Traces over training, written block by block into a file that a kill at any moment leaves whole.

The layout is netCDF-4 as `xarray.open_datatree(path, engine="h5netcdf")` reads it: every axis of
every variable has a dimension scale in the same group.
"""

import json
import os
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import h5py
import numpy as np

from neuroep.errors import InputError
from neuroep.interrupts import interrupts_held
from neuroep.traces.block import GrowingGroup, RaggedGroup
from neuroep.traces.declaration import Declaration, block_rows, estimate_bytes, labelled, split
from neuroep.traces.files import PART, sync_folder, unwritable
from neuroep.traces.ordered import OrderedFile

FORMAT = "neuroep trace 3"

Group = TypeVar("Group", GrowingGroup, RaggedGroup)


class TraceWriter:
    """Context manager that writes ``path + ".part"`` and renames it to ``path`` on a clean end.

    Rows are buffered in memory and written in blocks of 64 at most. When the block of the ``with``
    statement raises (Ctrl-C included), what is buffered is written and the ``.part`` file stays,
    readable, with the root attribute ``complete`` 0, not 1. A kill loses only what was buffered.

    ``path``: neither it nor its ``.part`` may exist; ``attributes`` of the root, such as ``title``,
    ``seed``, ``configuration`` (the resolved one): strings and numbers are stored as they are,
    booleans as 0 and 1, anything else as JSON text, None not at all; ``budget_bytes``: cap on the
    size of the file, which `plan` refuses to exceed; without a plan, or past it, recording stops
    there with a warning and the root attribute ``capped`` 1; ``rows``: how many a group is going
    to get, more or less, None where that is unknown: where they are few, blocks are as short.

    An InputError, also from `append`, `flush` and the end of the ``with`` block: the file exists or
    cannot be written, as on a full disk. Everything up to the last flush stays readable.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        attributes: Mapping[str, object],
        budget_bytes: int | None = None,
        rows: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.part = Path(f"{self.path}{PART}")
        self.budget_bytes = budget_bytes
        self.capped = False
        self.declarations: list[Declaration] = []
        self._attributes = dict(attributes)
        self._rows = block_rows(rows)
        self._groups: dict[str, GrowingGroup] = {}
        self._ragged: dict[str, RaggedGroup] = {}
        self._started = False

    def __enter__(self) -> Self:
        self._refuse_existing(self.path, self.part)
        # Until its structure is complete the file has a name that nobody looks for.
        self._sketch = self.path.with_name(f".{self.path.name}.new")
        try:
            self._disk = OrderedFile(self._sketch)
        except OSError as error:
            raise unwritable(self.path, error) from error
        # v1.8 is the newest format without the "open for writing" mark that a kill leaves behind.
        self._file = h5py.File(self._disk, "w", libver=("v108", "v108"))
        self._write_attributes()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._disk.error is None and (self._started or error is None):
                self.flush()
        except InputError:
            if error is None:
                raise
        finally:
            self._close(complete=error is None)
        if error is None:
            self._check()
            self._refuse_existing(self.path)
            self.part.replace(self.path)
            sync_folder(self.path.parent)

    def declare(
        self,
        name: str,
        axes: Mapping[str, object],
        units: str,
        long_name: str,
        dtype: str | np.dtype = "f4",
        attributes: Mapping[str, object] | None = None,
    ) -> None:
        """Add a variable; all are declared before the first append.

        ``name`` is ``"group/variable"``, the group possibly nested. ``axes`` holds each axis's
        labels (numbers or strings); the first axis grows and has None. The variables of a group
        share their axes by name. ``attributes`` are numbers or text.
        """
        growing, coordinates = labelled(name, axes)
        declaration = Declaration(
            *split(name), growing, coordinates, units, long_name, np.dtype(dtype), self._rows,
            attributes or {},
        )  # fmt: skip
        self._add(declaration, self._groups, lambda g: GrowingGroup(g, growing, self._rows))

    def declare_ragged(
        self,
        name: str,
        axis: str,
        units: str,
        long_name: str,
        dtype: str | np.dtype,
        attributes: Mapping[str, object] | None = None,
        **sides: np.ndarray,
    ) -> None:
        """Add a variable to which `extend` adds any number of rows; see `declare`.

        ``sides``: labels of the axes behind that of the rows.
        """
        declaration = Declaration(
            *split(name), axis, sides, units, long_name, np.dtype(dtype),
            attributes=attributes or {}, ragged=True,
        )  # fmt: skip
        self._add(declaration, self._ragged, lambda group: RaggedGroup(group, axis))

    def _add(
        self,
        declaration: Declaration,
        groups: dict[str, Group],
        make: Callable[[h5py.Group], Group],
    ) -> None:
        if self._started:
            name = f"{declaration.group}/{declaration.variable}"
            raise ValueError(f"{name!r} is declared after the first append")
        if declaration.key not in groups:
            groups[declaration.key] = make(self._file.require_group(declaration.group))
        groups[declaration.key].add(declaration)
        self.declarations.append(declaration)

    def plan(self, rows: Mapping[str, int]) -> int:
        """Return the size in bytes of the file after ``rows[group]`` appends to each group.

        ``rows[group/axis]``: the rows of ragged variables, at most. A size above ``budget_bytes``
        is refused.
        """
        size = estimate_bytes(self.declarations, rows)
        if self.budget_bytes is not None and size > self.budget_bytes:
            raise InputError(
                f"{self.path}: traces of {size / 1e6:.1f} MB would exceed the cap of "
                f"{self.budget_bytes / 1e6:.1f} MB: record at an interval "
                f"{-(-size // self.budget_bytes)} times as long, or fewer synapses and neurons"
            )
        return size

    def append(self, group: str, step: int, values: Mapping[str, np.ndarray]) -> None:
        """Add one row, at ``step``, to every variable of ``group``; ignored once ``capped``."""
        self._start()
        target = self._groups[group]
        if self.capped or (target.at_block_start and self._over_budget(group, self._rows)):
            return
        target.append(step, values)
        if target.block_full:
            self.flush()

    def extend(self, group: str, axis: str, values: Mapping[str, np.ndarray]) -> None:
        """Add any number of rows (n, ...) to every ragged variable of ``group`` along ``axis``.

        Ignored once ``capped``, as is the append that belongs to it.
        """
        self._start()
        key = f"{group}/{axis}"
        count = len(next(iter(values.values()), ()))
        if not self.capped and not self._over_budget(key, count):
            self._ragged[key].extend(values)

    def flush(self) -> None:
        """Write what is buffered; afterwards a kill cannot take it away."""
        self._start()
        with interrupts_held():
            for ragged in self._ragged.values():
                ragged.write()
            for group in self._groups.values():
                group.write()
            self._file.flush()
        self._check()

    def _start(self) -> None:
        """Give the file its name before the first row."""
        if self._started:
            return
        self._started = True
        with interrupts_held():
            self._file.flush()
        self._check()
        self._sketch.replace(self.part)

    def _over_budget(self, key: str, more: int) -> bool:
        if self.budget_bytes is None:
            return False
        rows = {name: group.rows for name, group in self._groups.items()}
        rows |= {name: group.rows for name, group in self._ragged.items()}
        rows[key] += more
        if estimate_bytes(self.declarations, rows) <= self.budget_bytes:
            return False
        self.capped = True
        self._file.attrs.modify("capped", np.int64(1))
        self.flush()
        warnings.warn(
            f"{self.part}: recording stops at the cap of {self.budget_bytes / 1e6:.1f} MB",
            RuntimeWarning,
            stacklevel=4,
        )
        return True

    def _write_attributes(self) -> None:
        own = {
            "neuroep_format": FORMAT,
            "Conventions": "CF-1.11",
            "complete": 0,
            "capped": 0,
            "budget_bytes": self.budget_bytes,
            "neuroep_version": version("neuroep"),
            "numpy_version": np.__version__,
            "numba_version": version("numba"),
            "h5py_version": h5py.__version__,
        }
        for name, value in (self._attributes | own).items():
            if isinstance(value, bool | np.bool):  # netCDF knows no booleans
                self._file.attrs[name] = int(value)
            elif isinstance(value, str | int | float | np.generic):
                self._file.attrs[name] = value
            elif value is not None:
                self._file.attrs[name] = json.dumps(value)

    def _check(self) -> None:
        if self._disk.error is not None:
            raise unwritable(self.part, self._disk.error) from self._disk.error

    def _close(self, complete: bool) -> None:
        with interrupts_held():
            try:
                if complete and self._disk.error is None:
                    self._file.attrs.modify("complete", np.int64(1))
                self._file.close()
            except (OSError, RuntimeError):
                # Once the disk has refused a write, HDF5 cannot find its own pieces again.
                if self._disk.error is None:
                    raise
            finally:
                self._disk.close()
                self._sketch.unlink(missing_ok=True)

    @staticmethod
    def _refuse_existing(*paths: Path) -> None:
        for path in paths:
            if path.exists():
                raise InputError(f"{path}: exists already; traces never overwrite a file")
