"""Run kernels over chunks of examples in Python threads, with BLAS held to one thread each.

Kernels release the interpreter lock, so threads scale like a parallel loop, without the compile
time and the global thread settings of numba's own. A chunk's size never depends on the number of
threads: neither does a result.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from pathlib import Path

from threadpoolctl import ThreadpoolController


def thread_count() -> int:
    """Return the number of threads: ``NEUROEP_THREADS``, or the processors at hand.

    Raises
    ------
    ValueError
        The variable is no whole number, or below 1.
    """
    given = os.environ.get("NEUROEP_THREADS", "").strip()
    if not given:
        return len(os.sched_getaffinity(0))
    if not given.isdecimal() or not 0 < int(given) < 10_000:
        raise ValueError(f"NEUROEP_THREADS: must be a whole number, 1 or more, not {given!r}")
    return int(given)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_count(), thread_name_prefix="neuroep")


@cache
def _controller() -> ThreadpoolController:
    # Kernels multiply matrices by scipy's BLAS, which numba loads when the first of them is
    # called; a controller knows only of what is loaded already.
    import_module("scipy.linalg.cython_blas")
    return ThreadpoolController()


def chunks(count: int, size: int) -> list[tuple[int, int]]:
    """Return consecutive ranges (first, last) of at most ``size`` that cover ``count``."""
    return [(first, min(first + size, count)) for first in range(0, count, size)]


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which numpy and scipy multiply matrices in one thread.

    The products of a training step are small: threads of their own cost more than they bring, and
    fight with the threads that chunks run in.
    """
    limit: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limit


def multiplies_in_place() -> bool:
    """Return whether the BLAS that kernels call multiplies small matrices without a copy first.

    OpenBLAS has such routines for processors with AVX-512, for products of up to a million
    multiplications.
    """
    able = {"SkylakeX", "Cooperlake", "SapphireRapids"}
    return any(
        library.get("architecture") in able and "numpy" not in Path(library["filepath"]).parent.name
        for library in _controller().info()  # kernels call scipy's BLAS, not numpy's own
    )


def run_chunks(work: Callable[[int, int], None], ranges: Iterable[tuple[int, int]]) -> None:
    """Call ``work(first, last)`` for every range, in threads; exceptions are passed on.

    The calling thread works with the others: to wake one takes as long as a small chunk.
    """
    ranges = list(ranges)
    left = iter(ranges)

    def work_on() -> None:
        try:
            for first, last in left:
                work(first, last)
        except BaseException:
            for _ in left:  # nobody begins another chunk
                pass
            raise

    with one_blas_thread():
        others = min(thread_count(), len(ranges)) - 1
        called = [_pool().submit(work_on) for _ in range(others)]
        try:
            work_on()
        finally:
            begun = [one for one in called if not one.cancel()]
            wait(begun)
        for one in begun:
            one.result()
