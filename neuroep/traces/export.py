"""Waveforms as files for other programs; the suffix decides which."""

import csv
import io
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np

from neuroep.errors import InputError
from neuroep.traces.files import atomic_write, check_writable

Waveforms = Mapping[str, np.ndarray]
"""Arrays (T, n) by name, nested with ``/``: ``"free/hidden"``."""


def check_export(path: str | os.PathLike[str]) -> None:
    """Find out before long work whether `export_waveforms` can write a file."""
    _writer(path)
    check_writable(path)


def export_waveforms(
    path: str | os.PathLike[str],
    time: np.ndarray,
    waveforms: Waveforms,
    *,
    unit: str = "V",
    about: Mapping[str, object] | None = None,
) -> None:
    """Write waveforms as HDF5 (.h5), netCDF-4 (.nc), numpy arrays (.npz) or a table (.csv).

    Parameters
    ----------
    path : path-like
        An existing file is replaced, whole or not at all.
    time : array (T,)
        s.
    waveforms : mapping of name to array (T, n)
        In ``unit``.
    unit : str
    about : mapping
        What JSON can say of where they come from: attributes of an HDF5 or netCDF file, the entry
        ``about`` of a .npz; a table has no place for it.

    Raises
    ------
    InputError
        The suffix is another one, or the file cannot be written.
    ValueError
        A waveform is not of the length of ``time``.

    Notes
    -----
    Every node is a column of a table, named ``"free/hidden[3] (V)"``, behind ``"time (s)"``.
    """
    write = _writer(path)
    columns = {name: np.asarray(values) for name, values in waveforms.items()}
    for name, values in columns.items():
        if values.ndim != 2 or len(values) != len(time):
            raise ValueError(f"{name}: shape {values.shape}, but {len(time)} times")
    atomic_write(path, write(np.asarray(time), columns, unit, dict(about or {})))


Write = Callable[[np.ndarray, dict[str, np.ndarray], str, dict[str, object]], bytes]


def _writer(path: str | os.PathLike[str]) -> Write:
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise InputError(f"{os.fspath(path)}: an export's name must end in {known}")
    return _WRITERS[suffix]


def _hdf5(
    time: np.ndarray, columns: dict[str, np.ndarray], unit: str, about: dict[str, object]
) -> bytes:
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        file.attrs["Conventions"] = "netCDF-4"
        for name, value in about.items():
            plain = isinstance(value, str | bool | int | float)
            file.attrs[name] = value if plain else json.dumps(value)
        axis = file.create_dataset("time", data=time)
        axis.make_scale("time")
        axis.attrs["units"] = "s"
        for name, values in columns.items():
            dataset = file.create_dataset(name, data=values)
            dataset.attrs["units"] = unit
            node = f"{name.replace('/', '_')}_node"
            nodes = file.create_dataset(node, data=np.arange(values.shape[1]))
            nodes.make_scale(node)
            nodes.attrs["units"] = "1"
            dataset.dims[0].attach_scale(axis)
            dataset.dims[1].attach_scale(nodes)
    return image.getvalue()


def _npz(
    time: np.ndarray, columns: dict[str, np.ndarray], unit: str, about: dict[str, object]
) -> bytes:
    image = io.BytesIO()
    said = json.dumps(about | {"units": {"time": "s"} | dict.fromkeys(columns, unit)})
    arrays: dict[str, np.ndarray] = {"time": time, **columns, "about": np.array(said)}
    np.savez_compressed(image, **arrays)  # type: ignore[arg-type]
    return image.getvalue()


def _csv(
    time: np.ndarray, columns: dict[str, np.ndarray], unit: str, about: dict[str, object]
) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    names = [f"{name}[{i}] ({unit})" for name, v in columns.items() for i in range(v.shape[1])]
    table.writerow(["time (s)", *names])
    for row in np.column_stack([time, *columns.values()]):
        table.writerow([f"{value:.9g}" for value in row])
    return text.getvalue().encode()


_WRITERS: dict[str, Write] = {".h5": _hdf5, ".nc": _hdf5, ".npz": _npz, ".csv": _csv}
