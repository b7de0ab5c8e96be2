"""The sides of the spiking benchmark: neuroep's solver, and Brian2 with each of its targets.

All settle the same input by the free phase of the same network, in float64.
"""

import tempfile
import time

import numpy as np

from neuroep.core.tables import Reals
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
        self.drive = make_drive(self.network, {"pixels": pixels})

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
