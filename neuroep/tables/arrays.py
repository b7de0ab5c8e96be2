"""Named arrays of ``.npz``, ``.npy`` and ``.h5`` files, and which of them are data and labels."""

import io
import math
import re
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.files import open_regular, remark
from neuroep.tables.archives import is_zip, members, shown, size_of
from neuroep.tables.files import split_named
from neuroep.tables.split import SPLITS, Split
from neuroep.tables.unpacking import check_unpacked

ARRAY_ENDINGS = frozenset({".npz", ".npy", ".h5", ".hdf5"})
LARGEST = 1 << 30
"""Bytes that all arrays of a file may have: they are kept, and made floats beside.

MNIST as float64 has 0.44 GB.
"""

_MOST_NPY_HEADER = 1 << 16  # bytes; numpy itself reads headers of up to 10,000
_MOST_OBJECTS = 10_000  # groups and arrays of a .h5 that are looked at
_DEEPEST = 20  # groups in groups
_LONGEST_TEXT = 1000  # characters; what has more is no label and no word
_TEXT_PIECE = 64 << 20  # bytes that texts of a .h5 may have that are read at once

_DATA = frozenset({"x", "data", "features", "inputs", "images", "pixels", "values"})
_LABELS = frozenset({"y", "target", "targets", "label", "labels", "classes"})


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file by name ("" in a ``.npy``, "group/name" in a ``.h5``).

    Nothing is believed of a header that the file does not hold. Arrays of objects, which are
    pickles, are refused, and so is what a ``.h5`` keeps in other files.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.suffix.lower() in (".h5", ".hdf5"):
        return _read_h5(path)
    with _readable(path):
        return _read_npz(path) if is_zip(path) else {"": _read_npy(path)}


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Whatever numpy, zipfile and h5py raise on damaged files, as one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that Python 2 wrote it: no harm
            yield
    except InputError:
        raise
    except (
        *(OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError),
        *(MemoryError, OverflowError, SyntaxError, NotImplementedError),
        *(zipfile.BadZipFile, zlib.error, tokenize.TokenError),
    ) as error:
        raise InputError(f"{path}: cannot be read as arrays{shown(remark(error))}") from None


def _read_npy(path: Path) -> NDArray[Any]:
    with open_regular(path) as file:
        size = size_of(file)
    _check_sizes(path, size)
    return _read_array(partial(open_regular, path), size, str(path))


def _read_npz(path: Path) -> dict[str, NDArray[Any]]:
    kept = [member for member in members(path) if member.plain]
    _check_sizes(path, sum(member.size for member in kept))
    return {
        member.name.removesuffix(".npy"): _read_array(
            member.open, member.size, f"{path}: {shown(member.name)}"
        )
        for member in members(path)
        if member.plain
    }


def _read_array(
    open_file: Callable[[], AbstractContextManager[IO[bytes]]], size: int, where: str
) -> NDArray[Any]:
    """Read an array whose header promises no more than there is."""
    numpy_format: Any = np.lib.format
    with open_file() as file:
        start = io.BytesIO(file.read(_MOST_NPY_HEADER))
    first = numpy_format.read_magic(start) == (1, 0)
    reader = numpy_format.read_array_header_1_0 if first else numpy_format.read_array_header_2_0
    shape, _, dtype = reader(start)
    if min(shape, default=0) < 0 or not dtype.itemsize:
        raise InputError(f"{where}: shape {shape} of {dtype} is none")
    if math.prod(shape) * dtype.itemsize > size:
        raise InputError(f"{where}: shape {shape} is more than the file holds")
    with open_file() as file:
        array: NDArray[Any] = numpy_format.read_array(file, allow_pickle=False)
    return array


def _check_sizes(path: Path, size: int) -> None:
    if size > LARGEST:
        raise InputError(f"{path}: arrays of {size:,} bytes: too large ({LARGEST:,} at most)")


def _read_h5(path: Path) -> dict[str, NDArray[Any]]:
    from neuroep.hdf5 import MEMORY, open_hdf5

    def look(file: Any, size: int) -> None:
        with _readable(path):
            for _ in _arrays_of(file, size, path):
                pass  # one after another: that each can be read is all that is asked

    with open_hdf5(path, look, MEMORY + LARGEST) as file, _readable(path):
        return dict(_arrays_of(file, path.stat().st_size, path))


def _arrays_of(file: Any, size: int, path: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    import h5py

    names: list[str] = []

    def keep(name: str) -> None:
        names.append(name)
        if len(names) > _MOST_OBJECTS or name.count("/") > _DEEPEST:
            raise InputError(
                f"{path}: more than {_MOST_OBJECTS:,} objects, or {_DEEPEST} groups in each "
                "other: refused"
            )

    file.visit(keep)  # follows neither soft nor external links
    items = {name: file[name] for name in names}
    datasets = {name: item for name, item in items.items() if _is_array(item)}
    total = 0
    for name, item in datasets.items():
        total += item.size * item.dtype.itemsize
        _check_dataset(item, size, f"{path}: {shown(name)}")
    _check_sizes(path, total)
    for name, item in datasets.items():
        if h5py.check_string_dtype(item.dtype):
            yield name, _texts(item, size, f"{path}: {shown(name)}")
        elif item.dtype.kind in "fiub":
            yield name, item[...]


def _is_array(item: Any) -> bool:
    import h5py

    return isinstance(item, h5py.Dataset) and bool(item.shape)


def _check_dataset(item: Any, size: int, where: str) -> None:
    """Refuse what is kept elsewhere, or takes far more memory than the file has bytes."""
    if item.is_virtual or item.external:
        raise InputError(f"{where}: kept in other files: refused")
    chunk = math.prod(item.chunks or ()) * item.dtype.itemsize
    check_unpacked(item.size * item.dtype.itemsize, item.id.get_storage_size(), where)
    check_unpacked(chunk, size, f"{where}: chunks")
    if chunk > LARGEST:
        raise InputError(f"{where}: chunks of {chunk:,} bytes: too large ({LARGEST:,} at most)")


def _texts(item: Any, size: int, where: str) -> NDArray[Any]:
    """Texts of any length, which may all be one and the same megabyte of the file."""
    at_once = max(1, _TEXT_PIECE // max(size, item.dtype.itemsize))
    flat: list[str] = []
    for first in range(0, len(item), at_once):
        piece = np.ravel(item.asstr()[first : first + at_once])
        if max(map(len, piece), default=0) > _LONGEST_TEXT:
            raise InputError(f"{where}: a text of more than {_LONGEST_TEXT:,} characters")
        flat.extend(piece)
    return np.array(flat, str).reshape(item.shape)


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
