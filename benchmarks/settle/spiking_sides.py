"""The sides of the spiking benchmark: neuroep's solver, and Brian2 with each of its targets.

All settle the same input by the free phase of the same network, in float64.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from numba import njit

from benchmarks.cases import POOLED
from benchmarks.sides import NeuroepSide
from neuroep.core.hopfield.exponential import exp_of_negative_32
from neuroep.core.hopfield.packets import add_rows
from neuroep.core.hopfield.products import readings_of, scores_with
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.core.threads import one_blas_thread
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.programs.brian.network import BrianNetwork
from neuroep.hardware.programs.brian.solver import Brian2
from neuroep.hardware.programs.spikes import SpikeAgreement, compare_spikes
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.settle import Record, Settled, Solver, settle
from neuroep.settle.hopfield.prepare import make_job
from neuroep.settle.hopfield.spiking import Spiking

SIZES = {32: (18, 10, 4), 1_000: (790, 200, 10), 10_000: (9_790, 200, 10)}
"""Neurons of the three layers, by their sum."""

INPUTS = 784
OPTIONS = Spiking()


def build(neurons: int) -> Network:
    """Return the network of a size: a clamped input and three layers, all dense."""
    network = Network()
    network.add(Clamped(INPUTS), "pixels")
    below = "pixels"
    for k, size in enumerate(SIZES[neurons]):
        network.add(HardSigmoid(size, gain=0.5, bias=0.2), f"layer_{k}")
        network.connect(below, f"layer_{k}", gain=0.5)
        below = f"layer_{k}"
    network.initialise(0, np.float64)
    return network


class Side:
    """What all sides share."""

    solver: Solver

    def __init__(self, neurons: int) -> None:
        rng = np.random.default_rng(0)
        self.network = build(neurons)
        # As handwritten digits are: a fifth of the pixels is lit.
        pixels = rng.uniform(0, 1, (1, INPUTS)) * (rng.random((1, INPUTS)) < 0.2)
        # As learning makes it: a sample of the parameters tells whether it is out of date.
        self.drive = make_drive(self.network, {"pixels": pixels}, sample=True)

    def settle(self, record: bool = False) -> Settled:
        """Settle the free phase from rest."""
        kept = Record((0,)) if record else None
        return settle(self.network, self.drive, solver=self.solver, record=kept)

    def time(self, repeats: int = 1) -> tuple[float, float]:
        """Return seconds of the steps alone where that is known, and of the whole call."""
        begin = time.perf_counter()
        for _ in range(repeats):
            self.settle()
        whole = (time.perf_counter() - begin) / repeats
        return whole, whole


class OwnSide(Side):
    """neuroep's kernel."""

    solver = OPTIONS

    def spikes(self) -> tuple[Reals, float]:
        """Return the spikes of every neuron, and their rate per neuron and step."""
        settled = self.settle()
        assert settled.spikes is not None
        steps = round(OPTIONS.free_duration / OPTIONS.time_step)
        return settled.spikes.astype(float), float(settled.spikes.mean() / steps)


class BrianSide(Side):
    """The Brian2 bridge with a run-time target, "numpy" or "cython"."""

    def __init__(self, neurons: int, target: str) -> None:
        super().__init__(neurons)
        self.solver = Brian2(chip=Chip(), target=target)  # type: ignore[arg-type]

    def agreement(self) -> SpikeAgreement:
        """Compare every spike with neuroep's."""
        ours = settle(self.network, self.drive, solver=OPTIONS, record=Record((0,)))
        return compare_spikes(ours, self.settle(record=True))

    def time(self, repeats: int = 1) -> tuple[float, float]:
        """Return seconds of the steps alone, by Brian2's own clock, and of the whole call."""
        from brian2 import device

        _, whole = super().time(repeats)
        return float(device._last_run_time), whole


class StandaloneSide(Side):
    """The same Brian2 network as a C++ program, compiled once."""

    def __init__(self, neurons: int) -> None:
        from brian2 import device, set_device

        super().__init__(neurons)
        self.folder = tempfile.TemporaryDirectory(prefix="neuroep-brian2-")
        set_device("cpp_standalone", directory=self.folder.name, build_on_run=False)
        plan, solver = self.drive.plan, Brian2(chip=Chip())
        circuit = Circuit(self.network, solver.chip)
        weighting = OPTIONS.weighting(OPTIONS.free_duration)
        self.brian = BrianNetwork(plan, circuit, OPTIONS, 1, weighting, {})
        job = make_job(self.drive, 0.0, None, None, None)
        current = solver._filtered_currents(job)
        self.brian.load(job, solver.quanta(job), np.zeros_like(current), current)
        self.brian.run()
        device.build(directory=self.folder.name, compile=True, run=True, with_output=False)

    def time(self, repeats: int = 1) -> tuple[float, float]:
        """Return seconds of the steps alone, by the program's own clock, and of the program."""
        from brian2 import device

        inside = 0.0
        begin = time.perf_counter()
        for _ in range(repeats):
            device.run(self.folder.name, with_output=False, run_args=[])
            inside += float(device._last_run_time)
        return inside / repeats, (time.perf_counter() - begin) / repeats

    def spikes(self) -> Reals:
        """Return the spikes of every neuron."""
        return np.concatenate([g.spike_count[:] for g in self.brian.groups.values()]).astype(float)


class SilentSide(OwnSide):
    """neuroep's kernel where a share of the neurons of both large layers never spikes."""

    def __init__(self, neurons: int, share: float) -> None:
        super().__init__(neurons)
        for name in ("layer_0", "layer_1"):
            biases = self.network.parameters[f"{name}.bias"]
            biases[: round(share * biases.size)] = -10.0
        values = {name: rows[None] for name, rows in self.drive.values.items()}
        self.drive = make_drive(self.network, values, sample=True)
        self.settle()

    def processor(self, repeats: int) -> float:
        """Return the seconds of processor time of a whole call."""
        begin = time.process_time()
        for _ in range(repeats):
            self.settle()
        return (time.process_time() - begin) / repeats


class ArithmeticSide:
    """A batch of reviews that settles freely, and the arithmetic of that alone, in one thread.

    The arithmetic: two products and an exponential a share for each reading of the stored patterns,
    a row of W for each spike, a multiplication a line and step for the filter.
    """

    def __init__(self) -> None:
        os.environ["NEUROEP_THREADS"] = "1"
        with tempfile.TemporaryDirectory() as folder:
            self.side = NeuroepSide(POOLED, Path(folder))
            self.side.warm_up()
        self.drive = self.side._drive(0)
        self.settled = self.settle()
        self.steps = round(OPTIONS.free_duration / OPTIONS.time_step)

    def settle(self) -> Settled:
        """Settle the free phase of the batch."""
        return settle(self.side.network, self.drive, solver=OPTIONS)

    def seconds(self) -> dict[str, float]:
        """Return seconds of processor time a review: of a settle, and of each piece alone."""
        count = self.drive.count
        with one_blas_thread():
            pieces = {
                "settle": self.settle,
                "readings": self._readings,
                "rows of W": self._rows,
                "filter": self._filter,
            }
            found = {}
            for name, work in pieces.items():
                begin = time.process_time()
                work()
                found[name] = (time.process_time() - begin) / count
        return found

    def spikes(self) -> dict[str, float]:
        """Return the spikes of a layer in a step."""
        names = self.side.network.settling
        counts = {name: self.settled.spike_counts(name)[0].sum(axis=-1) for name in names}
        return {name: float(each.mean()) / self.steps for name, each in counts.items()}

    def _readings(self) -> None:
        readings = -(-self.steps // OPTIONS.attention_stride)
        queries = self.settled.potential("heads")[0].reshape(self.drive.count, -1, POOLED.dim)
        for example in range(self.drive.count):
            read_alone(readings, queries[example], self.drive.rows_of("words", example))

    def _rows(self) -> None:
        (coupling,) = (c for c in self.side.network.couplings if c.source == "heads")
        w = self.side.network.parameters[coupling.name]
        spikes = self.spikes()
        for matrix, sending in ((w, "heads"), (np.ascontiguousarray(w.T), "hidden")):
            lines = np.linspace(0, len(matrix) - 1, round(spikes[sending])).astype(np.int64)
            rows_alone(self.drive.count * self.steps, lines, matrix)

    def _filter(self) -> None:
        filter_alone(self.drive.count * self.steps, np.ones(self.drive.plan.units, np.float32))


@njit(nogil=True)
def read_alone(times: int, queries: Floats, patterns: Floats) -> None:
    """Make the products and exponentials of some readings, and nothing else."""
    shares = np.empty((queries.shape[0], patterns.shape[0]), queries.dtype)
    read = np.empty_like(queries)
    flat = shares.reshape(shares.size)
    for _ in range(times):
        scores_with(queries, patterns, shares)
        for j in range(flat.size):
            flat[j] = exp_of_negative_32(min(flat[j], np.float32(0.0)))
        readings_of(shares, patterns, read)


@njit(nogil=True)
def rows_alone(times: int, lines: Ints, matrix: Floats) -> None:
    """Add the rows of some lines up, so often."""
    current = np.zeros(matrix.shape[1], matrix.dtype)
    packets = np.full(matrix.shape[0], matrix.dtype.type(1e-3))
    flat = matrix.reshape(matrix.size)
    for _ in range(times):
        add_rows(lines, packets, 0, matrix.shape[1], flat, 0, current)


@njit(nogil=True)
def filter_alone(times: int, current: Floats) -> None:
    """Let currents decay, so often; by so little that they remain."""
    keep = current.dtype.type(0.9999999)
    for _ in range(times):
        for i in range(current.size):
            current[i] *= keep
