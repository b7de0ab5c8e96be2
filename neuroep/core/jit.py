"""How kernels are compiled and where their machine code is cached.

Numba notices an edit in the file that defines a kernel, but not in another file whose functions
that kernel has inlined, and would serve stale machine code. The cache folder is therefore named
after a hash of all of ``core/``: any edit there starts a fresh folder.
"""

import ctypes
import hashlib
import os
import warnings
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numba
from llvmlite.binding import Linkage, ModuleRef
from numba import types
from numba.core.caching import NullCache
from numba.core.ccallback import CFunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.core.sigutils import normalize_signature

from neuroep.core.kernel_cache import KernelCache
from neuroep.interrupts import interrupts_held
from neuroep.places import is_writable, private_folder, user_cache

SCALAR_FUNCTION = types.float64(types.float64, types.CPointer(types.float64))
"""Signature of a neuron's scalar functions: f(potential, constants) -> float64."""


FOR_PYTHON = ("_ZN7cpython", "cfunc.")
"""What numba's names begin with, of the functions by which Python and C call a compiled one."""


COMPILED = "kernels are compiled at the first run, which takes a minute or two"
"""What is said before kernels are called for the first time."""


def source_hash(folder: Path) -> str:
    """Return a hash of all Python files of a folder, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> str | None:
    """Return the folder that holds the compiled kernels of exactly this version of ``core/``.

    ``NUMBA_CACHE_DIR`` is honoured as the parent folder; otherwise it is the user's cache folder.
    Where that cannot be written, it is a temporary folder of the user's, which a warning names;
    None, where there is none either.
    """
    name = f"kernels-{source_hash(Path(__file__).parent)}"
    given, users = os.environ.get("NUMBA_CACHE_DIR"), user_cache()
    wanted = Path(given) if given else users and users / "neuroep"
    if wanted and is_writable(wanted / name):
        return str(wanted / name)
    private = private_folder()
    where = f"{wanted}: cannot be written" if wanted else "no folder of the user's for caches"
    if private and is_writable(private / name):
        warnings.warn(f"{where}; compiled kernels are kept in {private}", stacklevel=2)
        return str(private / name)
    warnings.warn(f"{where}; kernels are compiled anew by every process", stacklevel=2)
    return None


def _cached(function: Callable[..., Any]) -> Any:
    folder = cache_folder()
    return KernelCache(function, folder) if folder else NullCache()


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that Python calls, at its first call, cached on disk.

    It runs without the interpreter lock. Sums may be reordered and contracted, so that loops
    vectorise; NaN and infinity keep their meaning, because kernels report divergence by them.
    """
    return _compiled(function, _AloneLibrary)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function as :func:`kernel` does, for kernels to call.

    It is optimised once, where it stands in them, and not at each level of calls; sums may end in
    other last digits there than elsewhere. From Python it is slow. What has to come out the same
    wherever it is called, as a device's bounds do, is a :func:`kernel`.
    """
    return _compiled(function, _InlinedLibrary)


def _compiled(function: Callable[..., Any], library: type[JITCodeLibrary]) -> Callable[..., Any]:
    options = {"nogil": True, "error_model": "numpy"}
    compiled = numba.njit(fastmath={"reassoc", "contract", "nsz"}, **options)(function)
    compiled._cache = _cached(function)
    compiled.compile = _whole(compiled.compile, library)
    return compiled  # type: ignore[no-any-return]


class _AloneLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Machine code of a kernel that shares no function with that of other kernels.

    Numba's has every function that it calls under a name of the process, and the first one there
    under that name serves all. Which kernels came before would then decide which machine code runs:
    that of a process that has compiled them is not that of one that has loaded them, and sums that
    may be reordered end in other last digits. Private, not internal: an internal function is
    found by its name, too, while LLVM may have changed how it takes its arguments.
    """

    def _optimize_final_module(self) -> None:
        self._relink(self._final_module, Linkage.linkonce_odr, Linkage.private)
        super()._optimize_final_module()

    @staticmethod
    def _relink(
        module: ModuleRef, before: Linkage, after: Linkage, kept: tuple[str, ...] = ()
    ) -> None:
        """Change the linkage of functions that a module defines, but where a name begins so."""
        for function in module.functions:
            if function.is_declaration or function.name.startswith(kept):
                continue
            if function.linkage == before:
                function.linkage = after


class _InlinedLibrary(_AloneLibrary):
    """Machine code as it was written, of a function that kernels inline as it was written.

    Only Python and C find it by a name: functions that numba compiles elsewhere and that call it
    have their own copy of it, optimised.
    """

    def _optimize_final_module(self) -> None:
        self._shared_module = self._final_module.clone()
        self._relink(self._shared_module, Linkage.external, Linkage.linkonce_odr)
        self._relink(self._final_module, Linkage.linkonce_odr, Linkage.private)
        self._relink(self._final_module, Linkage.external, Linkage.private, kept=FOR_PYTHON)


def _whole(compile_: Callable[..., Any], library: type[JITCodeLibrary]) -> Callable[..., Any]:
    """Let one kernel be compiled, or read from disk, apart from others and from signals to end.

    LLVM calls Python back, and an exception that is raised there leaves it with null pointers.
    """
    codegen = cpu_target.target_context.codegen()

    @wraps(compile_)
    def compile_whole(*arguments: Any) -> Any:
        with interrupts_held(), global_compiler_lock:
            before, codegen._library_class = codegen._library_class, library
            try:
                return compile_(*arguments)
            finally:
                codegen._library_class = before

    return compile_whole


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
    compiled = CFunc(function, normalize_signature(SCALAR_FUNCTION), locals={}, options={})
    # Only core's functions are cached: its hash knows nothing of what a user's file imports.
    if function.__module__.startswith("neuroep.core."):
        compiled._cache = _cached(function)  # type: ignore[attr-defined]
    _whole(compiled.compile, _AloneLibrary)()
    _KEEP_ALIVE.append(compiled)
    return ctypes.cast(compiled.ctypes, ctypes.c_void_p).value or 0


_KEEP_ALIVE: list[Any] = []
