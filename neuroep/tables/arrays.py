"""Named arrays of ``.npz``, ``.npy`` and ``.h5`` files, and which of them are data and labels."""

import math
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.files import open_regular
from neuroep.tables.files import split_named
from neuroep.tables.split import SPLITS, Split

ARRAY_ENDINGS = frozenset({".npz", ".npy", ".h5", ".hdf5"})
LARGEST = 1 << 30
"""Bytes that all arrays of a file may have: nobody fills the memory by a forged header."""

_DATA = frozenset({"x", "data", "features", "inputs", "images", "pixels", "values"})
_LABELS = frozenset({"y", "target", "targets", "label", "labels", "classes"})


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file by name ("" in a ``.npy``, "group/name" in a ``.h5``).

    Arrays of objects, which are pickles, are refused.
    """
    with open_regular(path) as file:
        zipped = file.read(4) == b"PK\3\4"
    try:
        if path.suffix.lower() in (".h5", ".hdf5"):
            return _read_h5(path)
        return _read_zipped(path) if zipped else {"": _read_array(path)}
    except InputError:
        raise
    except (
        *(OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError),
        *(MemoryError, OverflowError, SyntaxError, NotImplementedError),
        *(zipfile.BadZipFile, zlib.error),
    ) as error:
        line = (str(error) or type(error).__name__).partition("\n")[0][:120]
        raise InputError(f"{path}: cannot be read as arrays ({line})") from None


def _read_array(path: Path) -> NDArray[Any]:
    # Mapped first, so that the header is checked against what the file holds.
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    if mapped.nbytes > LARGEST:
        raise InputError(f"{path}: too large ({LARGEST} bytes at most)")
    return np.array(mapped)


def _read_zipped(path: Path) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > LARGEST:
            raise InputError(f"{path}: too large ({LARGEST} bytes at most)")
        for info in archive.infolist():
            with archive.open(info) as member:
                _check_header(path, info, member)
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _check_header(path: Path, info: zipfile.ZipInfo, member: Any) -> None:
    """Refuse a header that promises more than the member holds, before memory is taken for it."""
    numpy_format: Any = np.lib.format
    first = numpy_format.read_magic(member) == (1, 0)
    reader = numpy_format.read_array_header_1_0 if first else numpy_format.read_array_header_2_0
    shape, _, dtype = reader(member)
    if math.prod(shape) * dtype.itemsize > info.file_size:
        raise InputError(f"{path}: {info.filename}: shape {shape} is more than the file holds")


def _read_h5(path: Path) -> dict[str, NDArray[Any]]:
    import h5py

    found: dict[str, NDArray[Any]] = {}
    with h5py.File(path, "r") as file:
        datasets: dict[str, Any] = {}

        def keep(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and item.shape:
                if item.external or item.is_virtual:
                    raise InputError(f"{path}: {name}: stands in another file")
                if math.prod(item.chunks or (1,)) * item.dtype.itemsize > LARGEST:
                    raise InputError(f"{path}: {name}: chunks {item.chunks} are too large")
                datasets[name] = item

        file.visititems(keep)
        if sum(item.size * item.dtype.itemsize for item in datasets.values()) > LARGEST:
            raise InputError(f"{path}: too large ({LARGEST} bytes at most)")
        for name, item in datasets.items():
            if h5py.check_string_dtype(item.dtype):
                found[name] = np.array(item.asstr()[...], str)
            elif item.dtype.kind in "fiub":
                found[name] = item[...]
    return found


def labelled_arrays(
    arrays: dict[str, NDArray[Any]], where: str
) -> dict[Split, tuple[NDArray[Any], NDArray[Any]]]:
    """Return data and labels by split, told by the names that are in use.

    x, data, features, images, ... with y, target, labels, ..., alone or with train, val or test
    before or after it (``X_train``, ``train_images``, ``train/x``).
    """
    found: dict[tuple[Split, str], str] = {}
    for name in arrays:
        words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word not in ("", "set")]
        splits = [part for part in SPLITS if part in map(split_named, words)]
        rest = "_".join(word for word in words if not split_named(word))
        kind = "data" if rest in _DATA else "labels" if rest in _LABELS else ""
        if not kind or len(splits) > 1:
            continue
        key = (splits[0] if splits else "train", kind)
        if key in found:
            raise InputError(f"{where}: {found[key]} and {name} are both {kind} to {key[0]} on")
        found[key] = name
    pairs: dict[Split, tuple[NDArray[Any], NDArray[Any]]] = {}
    for part in SPLITS:
        names = [found.get((part, kind)) for kind in ("data", "labels")]
        if names[0] is None or names[1] is None:
            continue
        data, labels = arrays[names[0]], arrays[names[1]]
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.ndim != 1 or data.ndim < 2 or len(labels) != len(data):
            raise InputError(
                f"{where}: {names[1]}: shape {labels.shape}, but {names[0]} has {data.shape}"
            )
        pairs[part] = data, labels
    if "train" not in pairs:
        shown = ", ".join(f"{name[:40]} {a.shape}" for name, a in list(arrays.items())[:8])
        raise InputError(f"{where}: no arrays called x and y (or data and target); it has {shown}")
    return pairs
