"""What an update by pulses costs: against an Adam step, in memory, and against its bandwidth.

    python -m benchmarks.devices.cost [--json FILE] [--write]   3 minutes and 4 GB, one idle core

Arrays of 24 and of 100 million synapses, float32, one thread: Adam's kernel and ``accumulate`` with
pairs of noisy six-bit devices in turns, so that both see the same machine, at several sizes of
requests; too large for a processor's caches, as arrays are that matter. And numpy's sum of two such
arrays in place, whose bandwidth says what the bytes of either would take at least. Seconds are
those that the thread had the processor; ratios are of medians. Exit code 1 where updates of up to
5e-4 pulses a synapse cost more than Adam's.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.measure import run, table
from neuroep.core.pulses.accumulate import accumulate
from neuroep.core.pulses.arrays import BOOKS, UP
from neuroep.core.tables import Floats
from neuroep.core.updates import adam
from neuroep.devices.array import DeviceArray, key_of
from neuroep.devices.card import read_card
from neuroep.devices.schemes.scheme import Rows

SYNAPSES = (24_000_000, 100_000_000)
COLUMNS = 1000
REQUESTS = (0.0, 2e-5, 2e-4, 1.25e-3, 2e-2)  # rms, in pulses
BOUND = 5e-4  # pulses a synapse and update, up to which the cost must stay below Adam's
ROUNDS = 9
BYTES_ADAM = 7 * 4  # of a synapse: gradient read, weight and both moments read and written
BYTES_SUM = 3 * 4  # both read, one written
BYTES_ACCUMULATE = 3 * 4  # gradient read, charge read and written; devices only where one fires


def seconds(task: Callable[[], object]) -> float:
    """Return for how long a task has the processor (s)."""
    begun = time.thread_time()
    task()
    return time.thread_time() - begun


class Case:
    """An array of synapses, what Adam remembers of it, and what is asked of it."""

    def __init__(self, synapses: int) -> None:
        rng = np.random.default_rng(0)
        shape = (synapses // COLUMNS, COLUMNS)
        real = np.float32
        self.slope: Floats = rng.standard_normal(shape, real)
        self.weights: Floats = 0.1 * rng.standard_normal(shape, real)
        self.moments: list[Floats] = [np.zeros(shape, real), np.zeros(shape, real)]
        self.total: Floats = np.zeros(shape, real)
        values = self.weights.copy()
        self.array = DeviceArray(read_card("soft_64"), values, "pair", -0.5, 0.5, key_of(0, "w"))
        # As in the middle of a training: charges are anywhere below the threshold.
        self.charge: Floats = rng.uniform(-1, 1, shape).astype(real)
        self.books, self.counter = np.zeros(BOOKS), 0

    def adam(self) -> None:
        """Take a step of Adam."""
        real = np.float32
        flat = (x.reshape(-1) for x in (self.weights, self.slope, *self.moments))
        self.counter += 1
        adam(*flat, 1e-3, real(0.9), real(0.999), self.counter, real(1e-8))

    def accumulate(self, size: float) -> None:
        """Grant requests of a size by pulses."""
        rows, columns = self.slope.shape
        on_rows = np.full(rows, np.float32(size))
        asked = Rows(
            self.array, "w", 0, self.slope.size, self.slope, on_rows, np.ones(columns, np.float32)
        )
        self.counter += 1
        accumulate(
            self.slope, on_rows, asked.on_columns, self.charge, np.float32(1.0), 0.0, 16,
            asked.synapses(), asked.pulsing(self.counter, self.books),
        )  # fmt: skip

    def add(self) -> None:
        """Read two arrays, and write one of them."""
        np.add(self.total, self.slope, out=self.total)

    @property
    def bytes_a_synapse(self) -> float:
        """Bytes that pulses keep of a synapse: two devices and a charge."""
        kept = [self.charge, *(v for k, v in self.array.to_arrays().items() if k != "ends")]
        return sum(array.nbytes for array in kept) / self.slope.size


def measure_array(synapses: int) -> dict[str, Any]:
    """Return times, ratios, memory and shares of the bandwidth."""
    case = Case(synapses)
    for task in (case.adam, case.add, lambda: case.accumulate(2e-4)):
        task()  # compiled, and in memory
    rows = []
    for size in REQUESTS:
        pulses, times = float(case.books[UP]), []
        for _ in range(ROUNDS):
            ours = seconds(lambda size=size: case.accumulate(size))  # type: ignore[misc]
            times.append((ours, seconds(case.adam), seconds(case.add)))
        pulses = (float(case.books[UP]) - pulses) / ROUNDS / synapses
        ours, theirs, adding = map(statistics.median, zip(*times, strict=True))
        bandwidth = BYTES_SUM * synapses / adding
        rows.append(
            {
                "pulses_a_synapse": pulses,
                "nanoseconds_a_synapse": 1e9 * ours / synapses,
                "adam_nanoseconds_a_synapse": 1e9 * theirs / synapses,
                "ratio_to_adam": ours / theirs,
                "bandwidth_gigabytes_a_second": 1e-9 * bandwidth,
                "share_of_bandwidth": BYTES_ACCUMULATE * synapses / bandwidth / ours,
                "adam_share_of_bandwidth": BYTES_ADAM * synapses / bandwidth / theirs,
            }
        )
    return {"synapses": synapses, "bytes_a_synapse": case.bytes_a_synapse, "rows": rows}


def dear(figures: dict[str, Any]) -> bool:
    """Return whether an update within the bound costs more than Adam's."""
    return any(
        row["pulses_a_synapse"] <= BOUND and row["ratio_to_adam"] > 1.0
        for array in figures["arrays"]
        for row in array["rows"]
    )


def measure() -> tuple[dict[str, Any], str]:
    """Measure all sizes."""
    arrays = [measure_array(synapses) for synapses in SYNAPSES]
    rows = [
        [
            f"{array['synapses'] / 1e6:.0f} million",
            f"{row['pulses_a_synapse']:.1e}",
            f"{row['nanoseconds_a_synapse']:.2f}",
            f"{row['adam_nanoseconds_a_synapse']:.2f}",
            f"{row['ratio_to_adam']:.2f}",
            f"{row['share_of_bandwidth']:.0%}",
            f"{row['adam_share_of_bandwidth']:.0%}",
        ]
        for array in arrays
        for row in array["rows"]
    ]
    header = ["synapses", "pulses a synapse and update", "ns a synapse", "Adam, ns", "ratio"]
    header += ["of the bandwidth", "Adam, of the bandwidth"]
    kept = arrays[0]["bytes_a_synapse"]
    note = f"{kept:.0f} bytes a synapse, counts of its pulses among them, beside its weight."
    return {"arrays": arrays}, f"{table(header, rows)}\n\n{note}"


if __name__ == "__main__":
    raise SystemExit(dear(run("pulses", "What an update by pulses costs.", measure)))
