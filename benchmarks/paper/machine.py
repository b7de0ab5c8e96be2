"""What the machine can do, and how much memory a piece of work takes at its peak."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import numpy as np
from threadpoolctl import threadpool_limits

STATUS = Path("/proc/self/status")
ORDER = 3072  # of the matrices whose product tells the peak
STREAM = 1 << 27  # float32 numbers copied to tell the bandwidth


class Peak:
    """The largest resident size of this process while a piece of work runs, MB.

    Linux forgets the peak up to now where a 5 is written to clear_refs.
    """

    def __enter__(self) -> "Peak":
        Path("/proc/self/clear_refs").write_text("5")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        line = next(k for k in STATUS.read_text().splitlines() if k.startswith("VmHWM"))
        self.megabytes = int(line.split()[1]) * 1024 / 1e6


class Machine:
    """A side of its own: measures in an empty process."""

    def gemm_peak(self, threads: int) -> float:
        """Return the rate of a large float32 matrix product, FLOP/s: the best of five."""
        rng = np.random.default_rng(0)
        a, b = rng.random((2, ORDER, ORDER), np.float32)
        with threadpool_limits(threads):
            seconds = min(_timed(lambda: a @ b) for _ in range(5))
        return 2 * ORDER**3 / seconds

    def bandwidth(self, threads: int) -> float:
        """Return the bytes read and written each second while memory is copied: best of five."""
        source, target = np.ones((2, STREAM), np.float32)
        ranges = np.linspace(0, STREAM, threads + 1).astype(int)

        def copy(i: int) -> None:
            part = slice(ranges[i], ranges[i + 1])
            np.copyto(target[part], source[part])

        with ThreadPoolExecutor(threads) as pool:
            seconds = min(_timed(lambda: list(pool.map(copy, range(threads)))) for _ in range(5))
        return 2 * source.nbytes / seconds


def _timed(work: object) -> float:
    begin = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begin
