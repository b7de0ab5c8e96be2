"""How an HDF5 file that somebody supplies is opened: first by a process that may die of it.

HDF5 follows addresses that stand in the file. A damaged or a hostile one can end the process that
reads it (a segmentation fault, which nothing in Python catches), send it round in circles, name
files outside, or say that it holds more than there is memory. A checksum of our own would notice
damage, but whoever writes a file writes its checksum, and a growing trace has none. So a fork,
which takes some milliseconds, looks at all of the file; only what it survives and finds to be as
neuroep writes files (plain arrays, nothing packed, nothing elsewhere) is opened here. Files of own
data, which other programs write, are looked at by the eyes of who reads them.
"""

import math
import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py

from neuroep.errors import InputError
from neuroep.files import open_regular

STATM = Path("/proc/self/statm")
"""Where Linux says how many pages a process has."""

MEMORY = 1 << 30
"""Bytes that a look may take beyond what is loaded."""

SECONDS = 60
"""Processor time of a look, far more than reading all of a large file takes."""

SPARE = 64 << 20
"""Bytes that all arrays may have beyond twice the size of the file: a trace that was killed has
rows that were not written."""

MOST_OBJECTS = 100_000
DEEPEST = 32
AT_ONCE = 16 << 20

MISREAD = (
    OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, IndexError, MemoryError,
)  # fmt: skip
"""What reading a part that is damaged, missing or of another kind raises."""


Look = Callable[[h5py.File, int], object]
"""Reads whatever of an open file will be read, given the bytes of the file; raises what it finds
wrong."""


@contextmanager
def open_hdf5(
    path: str | os.PathLike[str], look: Look | None = None, memory: int = MEMORY
) -> Iterator[h5py.File]:
    """Open a file to read it, a file that is still being written included.

    Parameters
    ----------
    path : path
        The file.
    look : callable, optional
        What the fork does; without it the file has to be as neuroep writes files. An InputError
        that it raises is the caller's.
    memory : int
        Bytes that the fork may take.

    Raises
    ------
    InputError
        There is none, it is no regular file, no HDF5 file, damaged, or not as neuroep writes files.
        What HDF5 raises while the file is open becomes one, too.
    """
    where = os.fspath(path)
    with whole(where):
        file = opened(where, look, memory)
    with file, whole(where):
        yield file


def opened(path: str, look: Look | None = None, memory: int = MEMORY) -> h5py.File:
    """Return an open file that has been looked at; see :func:`open_hdf5`."""
    open_regular(path).close()
    if reason := _look(path, look or _walk, memory):
        raise InputError(f"{path}: {reason}")
    return h5py.File(path, "r")


@contextmanager
def whole(where: str) -> Iterator[None]:
    """Say of what HDF5 raises, and of parts that are missing or others, which file is damaged."""
    try:
        yield
    except InputError:
        raise
    except MISREAD as error:
        raise InputError(f"{where}: damaged") from error


def _look(path: str, look: Look, memory: int) -> str:
    """Return what is wrong with a file, as a fork of this process finds it; nothing is fine."""
    heard, told = os.pipe()
    with warnings.catch_warnings():
        # Threads do not come along, and the fork needs none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.close(heard)
        _tell(path, told, look, memory)
    os.close(told)
    try:
        with os.fdopen(heard, "rb") as answer:
            reason = answer.read(500).decode("utf-8", "replace")
    except BaseException:  # a signal ends this process: the fork is not left behind
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "damaged: HDF5 does not survive reading it"
    return reason or ("" if status == 0 else "damaged")


def _tell(path: str, told: int, look: Look, memory: int) -> None:
    """Look at a file and write what is wrong; never returns."""
    code = 1
    with suppress(BaseException):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGXCPU, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if STATM.exists():  # Linux, where the limit means something
            limit(resource.RLIMIT_AS, loaded() + memory)
        limit(resource.RLIMIT_CPU, SECONDS)
        limit(resource.RLIMIT_CORE, 0)
        sys.setrecursionlimit(10_000)
        try:
            with h5py.File(path, "r") as file:
                look(file, Path(path).stat().st_size)
        except (_WrongError, InputError) as wrong:
            os.write(told, str(wrong).removeprefix(f"{path}: ")[:400].encode())
        except OSError as error:
            reason = (error.strerror or "") if error.errno else ""
            os.write(told, (reason.lower() or "not an HDF5 file, or a damaged one").encode())
        except BaseException:
            os.write(told, b"damaged")
        else:
            code = 0
    os._exit(code)


def loaded() -> int:
    """Return the address space that this process takes, bytes."""
    pages = int(STATM.read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def limit(kind: int, most: int) -> None:
    """Lower a limit of this process."""
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, hard))


class _WrongError(Exception):
    """Something in a file that neuroep does not write."""


def _walk(file: h5py.File, size: int) -> None:
    """Visit every object of a file, read all of it, and check that it can be what it says."""
    seen: set[int] = set()
    room = 2 * size + SPARE
    rest: list[tuple[Any, int]] = [(file["/"], 0)]
    while rest:
        one, depth = rest.pop()
        place = h5py.h5o.get_info(one.id).addr
        if place in seen:
            raise _WrongError(f"{_called(one)}: is there twice")
        seen.add(place)
        if len(seen) > MOST_OBJECTS or depth > DEEPEST:
            raise _WrongError("more groups and arrays than neuroep writes")
        for name in one.attrs:
            one.attrs[name]
        if isinstance(one, h5py.Group):
            for name in one:
                if type(one.get(name, getlink=True)) is not h5py.HardLink:
                    raise _WrongError(f"{name!r}: a link, which is not followed")
                rest.append((one[name], depth + 1))
        elif isinstance(one, h5py.Dataset):
            room -= _check(one)
            if room < 0:
                raise _WrongError(f"{_called(one)}: says it holds more than the file")
            _read(one)
        else:
            raise _WrongError(f"{_called(one)}: no array")


def _called(one: Any) -> str:
    return repr(str(one.name))[:80]


def _check(dataset: h5py.Dataset) -> int:
    """Check what an array is before it is read; return its bytes."""
    text = h5py.check_string_dtype(dataset.dtype) is not None
    if dataset.dtype.kind not in "biufcS" and not text:
        raise _WrongError(f"{_called(dataset)}: no array of numbers or text")
    if dataset.external or dataset.is_virtual:
        raise _WrongError(f"{_called(dataset)}: its values are in another file")
    if dataset.id.get_create_plist().get_nfilters():
        raise _WrongError(f"{_called(dataset)}: is packed, which neuroep does not do")
    return math.prod(dataset.shape or ()) * max(1, int(dataset.dtype.itemsize))


def _read(dataset: h5py.Dataset) -> None:
    if not dataset.shape:
        dataset[()]
        return
    rows = max(1, AT_ONCE * len(dataset) // max(1, dataset.size * dataset.dtype.itemsize))
    for first in range(0, len(dataset), rows):
        dataset[first : first + rows]
