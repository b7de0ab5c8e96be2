"""How kernels are compiled and where their machine code is cached.

Numba notices an edit in the file that defines a kernel, but not in another file whose functions
that kernel has inlined, and would serve stale machine code. The cache folder is therefore named
after a hash of all of ``core/``: any edit there starts a fresh folder.
"""

import ctypes
import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba import types

SCALAR_FUNCTION = types.float64(types.float64, types.CPointer(types.float64))
"""Signature of a neuron's scalar functions: f(potential, constants) -> float64."""


def source_hash(folder: Path) -> str:
    """Return a hash of all Python files of a folder, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> str:
    """Return the folder that holds the compiled kernels of exactly this version of ``core/``.

    ``NUMBA_CACHE_DIR`` is honoured as the parent folder; otherwise it is the user's cache folder.
    """
    parent = os.environ.get("NUMBA_CACHE_DIR")
    if not parent:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        parent = str(Path(home) / "neuroep")
    return str(Path(parent) / f"kernels-{source_hash(Path(__file__).parent)}")


def _with_cache_folder(decorate: Callable[[], Any]) -> Any:
    # Numba fixes a function's cache folder when it is decorated, so the process-wide setting is
    # changed for that moment only and other users of numba keep theirs.
    previous = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = cache_folder()
    try:
        return decorate()
    finally:
        numba.config.CACHE_DIR = previous


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function on its first call, without the interpreter lock, cached on disk.

    Sums may be reordered and contracted, so that loops vectorise; NaN and infinity keep their
    meaning, because kernels report divergence by them.
    """
    options = {"cache": True, "nogil": True, "error_model": "numpy"}
    return _with_cache_folder(  # type: ignore[no-any-return]
        lambda: numba.njit(fastmath={"reassoc", "contract", "nsz"}, **options)(function)
    )


@cache
def scalar_address(function: Callable[..., float]) -> int:
    """Compile a scalar function of a neuron type and return its machine address.

    Kernels reach neurons by address, so a new neuron type needs no new kernel and no
    recompilation of the existing ones.

    Parameters
    ----------
    function : callable
        ``f(potential, constants) -> float`` in scalar Python that numba can compile;
        ``constants`` is indexed like an array of float64.
    """
    # Only core's functions are cached: its hash knows nothing of what a user's file imports.
    ours = function.__module__.startswith("neuroep.core.")
    compiled = _with_cache_folder(lambda: numba.cfunc(SCALAR_FUNCTION, cache=ours)(function))
    _KEEP_ALIVE.append(compiled)
    return ctypes.cast(compiled.ctypes, ctypes.c_void_p).value or 0


_KEEP_ALIVE: list[Any] = []
