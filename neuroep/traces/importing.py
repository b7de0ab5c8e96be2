"""Waveforms that :mod:`neuroep.traces.export` has written, read back."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from neuroep.errors import InputError
from neuroep.files import open_regular, parse_json, read_text
from neuroep.hdf5 import open_hdf5

_COLUMN = re.compile(r"(.+)\[(\d+)\] \((.+)\)")


@dataclass(frozen=True)
class Exported:
    """``time`` (T,) in s, and ``waveforms`` (T, n) by name in ``unit``."""

    time: np.ndarray
    waveforms: dict[str, np.ndarray]
    unit: str


def read_waveforms(path: Path) -> Exported:
    """Read an export; the suffix says of which kind.

    Raises
    ------
    InputError
        No export of neuroep's, or damaged.
    """
    try:
        found = _READERS[path.suffix.lower()](path)
    except (KeyError, ValueError, IndexError, TypeError, EOFError, OSError) as error:
        raise InputError(f"{path}: no waveforms that neuroep has exported: {error}") from None
    for name, values in found.waveforms.items():
        if values.ndim != 2 or len(values) != len(found.time):
            raise InputError(f"{path}: {name}: is not of {len(found.time)} moments")
    return found


def _hdf5(path: Path) -> Exported:
    with open_hdf5(path) as file:
        found: dict[str, np.ndarray] = {}
        units = []

        def visit(name: str, one: object) -> None:
            if isinstance(one, h5py.Dataset) and not one.is_scale:
                found[name] = np.asarray(one[()], float)
                units.append(str(one.attrs["units"]))

        file.visititems(visit)
        return Exported(np.asarray(file["time"][()], float), found, units[0])


def _npz(path: Path) -> Exported:
    with open_regular(path) as file, np.load(file, allow_pickle=False) as arrays:
        found = {name: np.asarray(arrays[name]) for name in arrays.files}
    units = parse_json(str(found.pop("about")), str(path))["units"]
    time = found.pop("time").astype(float)
    return Exported(
        time, {k: v.astype(float) for k, v in found.items()}, str(units[next(iter(found))])
    )


def _csv(path: Path) -> Exported:
    head, *rows = csv.reader(io.StringIO(read_text(path)))
    if head[0] != "time (s)":
        raise ValueError("its first column is not time (s)")
    values = np.array(rows, float)
    columns: dict[str, list[int]] = {}
    unit = "V"
    for number, title in enumerate(head[1:], 1):
        match = _COLUMN.fullmatch(title)
        if match is None:
            raise ValueError(f"column {title!r}")
        columns.setdefault(match[1], []).append(number)
        unit = match[3]
    return Exported(values[:, 0], {name: values[:, at] for name, at in columns.items()}, unit)


_READERS: dict[str, Callable[[Path], Exported]] = {
    ".h5": _hdf5, ".nc": _hdf5, ".npz": _npz, ".csv": _csv,
}  # fmt: skip
SUFFIXES = tuple(_READERS)
"""Of files that may be exports."""
