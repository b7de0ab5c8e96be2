"""What the machine can do: the bounds that what a benchmark measures is held against.

    python -m benchmarks.roofline [--json FILE] [--write]      half a minute

Copies and cached reads, matrix products and exponentials of given sizes, each by every thread on
numbers of its own, with BLAS held to one thread each, as neuroep's kernels run.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import THREADS, Worker, run, table
from neuroep.runs.provenance import blas_libraries

BEST_OF = 7  # rounds; other programs can only slow one down
ROUND = 0.03  # seconds that one takes at the least
SMALL = 1 << 20  # multiplications of a product below which Python's part of a call would count
STACK = 16  # such products are made in one call
SEED = 0

Figures = dict[str, Any]
Call = Callable[[], object]


class Bound(Protocol):
    """A piece of work whose rate bounds others: ``amount`` of ``unit`` in each call."""

    @property
    def label(self) -> str:
        """Its name in tables."""

    @property
    def amount(self) -> float:
        """What a call of it gets done."""

    @property
    def unit(self) -> str:
        """What that is counted in: bytes, FLOP or numbers."""

    def make(self) -> Call:
        """Return what does it once, on numbers of its own."""


@dataclass(frozen=True)
class Copy:
    """Memory copied to memory: what is read and what is written both count."""

    megabytes: int = 256
    unit = "B"

    @property
    def label(self) -> str:
        """Its name in tables."""
        return "copy"

    @property
    def amount(self) -> float:
        """Bytes read and written."""
        return 2e6 * self.megabytes

    def make(self) -> Call:
        """Return what copies once."""
        source, target = np.ones((2, self.megabytes * 250_000), np.float32)
        return lambda: np.copyto(target, source)


@dataclass(frozen=True)
class CachedRead:
    """Two vectors read together from the cache next to the core, by their inner product."""

    kilobytes: int = 512
    unit = "B"

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"read of {self.kilobytes} kB in cache"

    @property
    def amount(self) -> float:
        """Bytes read."""
        return 1e3 * self.kilobytes

    def make(self) -> Call:
        """Return what reads once."""
        one, other = np.ones((2, self.kilobytes * 125), np.float32)
        return lambda: np.dot(one, other)


@dataclass(frozen=True)
class Product:
    """A float32 matrix product (rows, inner) x (inner, columns); one column is a matrix-vector one.

    A multiplication and an addition are two FLOP. By BLAS, or by neuroep's own loops for few rows.
    """

    rows: int
    inner: int
    columns: int
    by: str = "BLAS"
    unit = "FLOP"

    @property
    def label(self) -> str:
        """Its name in tables."""
        kind = "GEMV" if self.columns == 1 else "GEMM"
        sizes = (self.rows, self.inner, self.columns)[: 2 if self.columns == 1 else 3]
        return f"{kind} {' x '.join(map(str, sizes))}" + ", loops" * (self.by == "loops")

    @property
    def stack(self) -> int:
        """Products in one call."""
        return STACK if self.rows * self.inner * self.columns < SMALL else 1

    @property
    def amount(self) -> float:
        """FLOP."""
        return 2.0 * self.stack * self.rows * self.inner * self.columns

    def make(self) -> Call:
        """Return what multiplies once."""
        rng = np.random.default_rng(SEED)
        a = rng.random((self.stack, self.rows, self.inner), np.float32)
        b = rng.random((self.stack, self.inner, self.columns), np.float32)
        if self.stack == 1:
            a, b = a[0], b[0]
        product = a @ b
        if self.by == "BLAS":
            return lambda: np.matmul(a, b, out=product)
        kernel = _products()
        return lambda: kernel(a, b, product)


@dataclass(frozen=True)
class Exponentials:
    """exp of ``count`` float32 numbers below zero: neuroep's own kernel, or numpy's."""

    count: int
    by: str = "numba"
    unit = "exp"

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"exp of {self.count}, {self.by}"

    @property
    def amount(self) -> float:
        """Numbers."""
        return float(self.count)

    def make(self) -> Call:
        """Return what takes them once."""
        x = -10 * np.random.default_rng(SEED).random(self.count, np.float32)
        out = np.empty_like(x)
        if self.by == "numpy":
            return lambda: np.exp(x, out=out)
        kernel = _exponentials()
        return lambda: kernel(x, out)


@cache
def _products() -> Callable[[np.ndarray, np.ndarray, np.ndarray], None]:
    import numba  # only the process that measures loads it

    from neuroep.core.hopfield.products import readings_by_loops

    @numba.njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
    def products(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
        for i in range(a.shape[0]):
            readings_by_loops(a[i], b[i], out[i])

    return products  # type: ignore[no-any-return]


@cache
def _exponentials() -> Callable[[np.ndarray, np.ndarray], None]:
    import numba

    from neuroep.core.hopfield.exponential import exp_of_negative

    @numba.njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
    def exponentials(x: np.ndarray, out: np.ndarray) -> None:
        for i in range(x.size):
            out[i] = exp_of_negative(x[i])

    return exponentials  # type: ignore[no-any-return]


MEMORY: tuple[Bound, ...] = (Copy(), CachedRead())
LARGE = Product(2048, 2048, 2048)
GENERAL: tuple[Bound, ...] = (*MEMORY, LARGE)
"""What bounds any work; benchmarks whose sizes are known add products of these."""

STANDARD: tuple[Bound, ...] = (
    *GENERAL,
    Product(64, 400, 64),
    Product(4, 100, 230),
    Product(4, 100, 230, "loops"),
    Product(4, 230, 100),
    Product(4, 230, 100, "loops"),
    Product(100, 64, 100),
    Product(400, 64, 1),
    Product(4096, 4096, 1),
    Exponentials(920),
    Exponentials(920, "numpy"),
    Exponentials(1 << 16),
    Exponentials(1 << 16, "numpy"),
)


def seconds(bound: Bound, threads: int) -> float:
    """Return the seconds of one call while every thread makes one: the best of some rounds.

    Seconds are those that a thread had the processor, the mean of the threads: a busy machine
    makes caches and memory slower, but does not count itself.
    """
    calls = [bound.make() for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool, threadpool_limits(1):
        _round(pool, calls, 1)  # compiles, and has numbers near the core
        repeats = 1
        while (taken := _round(pool, calls, repeats)) < ROUND:
            repeats *= max(2, min(1000, int(1.2 * ROUND / max(taken, 1e-9))))
        best = min(_round(pool, calls, repeats) for _ in range(BEST_OF))
    return best / repeats


def _round(pool: ThreadPoolExecutor, calls: Sequence[Call], repeats: int) -> float:
    def repeat(call: Call) -> float:
        begin = time.thread_time()
        for _ in range(repeats):
            call()
        return time.thread_time() - begin

    return sum(pool.map(repeat, calls)) / len(calls)


class Machine:
    """A side of its own: measures in an empty process."""

    def measure(self, bounds: Sequence[Bound], threads: int) -> Figures:
        """Return what the machine does of each in a second, by all threads together."""
        rates = {}
        for bound in bounds:
            taken = seconds(bound, threads)
            rates[bound.label] = {
                "per_second": threads * bound.amount / taken,
                "unit": bound.unit,
                "seconds": taken,
            }
        return {"threads": threads, "blas": blas_libraries(), "rates": rates}


@cache
def measured(bounds: tuple[Bound, ...], threads: int = int(THREADS)) -> Figures:
    """Return what the machine does of each: ``rates`` by label, measured once in a process."""
    machine = Worker("benchmarks.roofline:Machine")
    try:
        return dict(machine("measure", bounds, threads))
    finally:
        machine.close()


def rate(figures: Figures, bound: Bound) -> float:
    """Return how much of a bound's unit a second takes, out of what :func:`measured` gave."""
    return float(figures["rates"][bound.label]["per_second"])


def lines(figures: Figures) -> str:
    """Write what the machine does as a sentence."""
    told = "; ".join(f"{label} {_readable(one)}" for label, one in figures["rates"].items())
    return f"What the machine does in {figures['threads']} threads: {told}."


def _readable(one: Figures) -> str:
    return f"{1e-9 * one['per_second']:.3g} G{one['unit']}/s"


def measure() -> tuple[Figures, str]:
    """Measure the standard sizes with one thread and with all."""
    alone, together = measured(STANDARD, 1), measured(STANDARD)
    rows = [
        [label, *(_readable(figures["rates"][label]) for figures in (alone, together))]
        for label in alone["rates"]
    ]
    header = ["", "one thread", f"{together['threads']} threads"]
    return {"one_thread": alone, "roofline": together}, table(header, rows)


def main() -> None:
    """Measure, print, and store where asked."""
    run("roofline", "What the machine can do.", measure, bounds=STANDARD)


if __name__ == "__main__":
    from benchmarks import roofline  # the module that `run` asks, not this copy of it

    roofline.main()
