"""Checkpoints: named arrays and JSON attributes in one HDF5 file that is whole or absent."""

import json
import os
import zlib
from collections.abc import Callable, Mapping

import h5py
import numpy as np

from neuroep.errors import InputError
from neuroep.hdf5 import open_hdf5, whole
from neuroep.interrupts import interrupts_held
from neuroep.traces.disk import DiskFile
from neuroep.traces.files import replacing

FORMAT = "neuroep checkpoint 1"


def save(
    path: str | os.PathLike[str],
    arrays: Mapping[str, np.ndarray],
    attributes: Mapping[str, object],
) -> None:
    """Write a checkpoint, replacing an older one only when the new one is safely on disk.

    ``arrays``: by name, possibly nested with ``/``: booleans, numbers, or unicode strings, of any
    shape; ``attributes``: anything JSON can say (an integer may have any number of digits). An
    InputError: the system refuses to write, and the older file stays as it was. A ValueError: an
    array has another dtype, or a name is unusable (empty, ``.``, or also a group).
    """
    with interrupts_held(), replacing(path) as descriptor:
        disk = DiskFile(descriptor)
        with h5py.File(disk, "w") as file:
            file.attrs["neuroep_format"] = FORMAT
            file.attrs["attributes"] = json.dumps(attributes)
            file.attrs["names"] = json.dumps(list(arrays))
            for name, array in arrays.items():
                _write(file, name, np.asarray(array))
        if disk.error is not None:
            raise disk.error


def load(
    path: str | os.PathLike[str],
    into: Mapping[str, np.ndarray] | None = None,
    wanted: Callable[[str], bool] | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Return ``(arrays, attributes)`` of a checkpoint, exactly as they were saved.

    ``into``: arrays by name; those of the shape and type that was saved are filled and returned, so
    that large ones are not in memory twice; ``wanted``: whether an array of a name is read at all.

    An InputError names file and field: missing, truncated, damaged, or no checkpoint of neuroep.
    """
    where = os.fspath(path)
    arrays: dict[str, np.ndarray] = {}
    with open_hdf5(where) as file:
        known = _names(where, file)
        with whole(f"{where}: attributes"):
            attributes = json.loads(file.attrs["attributes"])
            if not isinstance(attributes, dict):
                raise TypeError("attributes are no JSON object")
        for name in known if wanted is None else filter(wanted, known):
            with whole(f"{where}: {name}"):
                arrays[name] = _read(file[name], (into or {}).get(name))
    return arrays, attributes


def names(path: str | os.PathLike[str]) -> list[str]:
    """Return the names of the arrays of a checkpoint; an InputError as of :func:`load`."""
    where = os.fspath(path)
    with open_hdf5(where) as file:
        return _names(where, file)


def _names(where: str, file: h5py.File) -> list[str]:
    if file.attrs.get("neuroep_format") != FORMAT:
        raise InputError(f"{where}: neuroep_format: not a checkpoint of neuroep")
    with whole(f"{where}: names"):
        return list(map(str, json.loads(file.attrs["names"])))


def _write(file: h5py.File, name: str, array: np.ndarray) -> None:
    if not all(part not in ("", ".", "..") for part in name.split("/")):
        raise ValueError(f"{name!r} cannot name an array of a checkpoint")
    if array.dtype.kind not in "biufcU":
        raise ValueError(f"{name!r}: a checkpoint holds no arrays of dtype {array.dtype}")
    array = np.ascontiguousarray(array).reshape(array.shape)
    stored = _code_points(array) if array.dtype.kind == "U" else array
    try:
        dataset = file.create_dataset(name, data=stored)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name!r} cannot name an array of a checkpoint: {error}") from error
    dataset.attrs["dtype"] = array.dtype.str
    dataset.attrs["crc32"] = _checksum(stored)


def _checksum(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _read(dataset: h5py.Dataset, into: np.ndarray | None) -> np.ndarray:
    dtype = np.dtype(dataset.attrs["dtype"])
    array: np.ndarray
    fits = into is not None and (into.shape, into.dtype) == (dataset.shape, dataset.dtype)
    if fits and into is not None and into.flags.c_contiguous and into.size:
        array = into
        dataset.read_direct(array)
    else:
        array = np.asarray(dataset[()])
    if _checksum(array) != dataset.attrs["crc32"]:
        raise ValueError("checksum")
    if dtype.kind != "U":
        if array.dtype != dtype:
            raise ValueError("dtype")
        return array
    if array.size == 0:
        return np.zeros(array.shape[:-1], dtype)
    strings: np.ndarray = np.ascontiguousarray(array).view(dtype)
    return strings.reshape(array.shape[:-1])


def _code_points(array: np.ndarray) -> np.ndarray:
    """Strings as uint32 code points along a new last axis: exact, whatever they contain."""
    width = array.dtype.itemsize // 4
    if array.size == 0 or width == 0:
        return np.zeros((*array.shape, width), array.dtype.byteorder.replace("|", "=") + "u4")
    points = np.dtype("u4").newbyteorder(array.dtype.byteorder)
    return array.reshape(-1, 1).view(points).reshape(*array.shape, width)
