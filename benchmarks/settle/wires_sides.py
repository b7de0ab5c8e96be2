"""The sides of the benchmark of wires: the same network with and without, and arrays alone."""

import time

import numpy as np

from neuroep.hardware.chip import Chip
from neuroep.hardware.crossbar import Crossbar, Wires
from neuroep.hardware.hopfield.pairs import with_wires
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.settle import Stop, settle
from neuroep.settle.hopfield.settled import Settled

BATCH, SIZES = 64, (784, 128, 10)
WIRES = Wires(2.0, 2.0, 20.0, 20.0, lines=196)
SWEEPS = 10
"""Of each phase, with wires and without: they are to cost the same, whatever they settle to."""

REPEATS = 20

ARRAYS = ((1568, 32, 0), (1568, 32, 196), (1568, 128, 196), (512, 512, 0))
"""Rows, columns, rows of an array at most."""

SLOPES = 1 << 27
"""Rows times columns squared up to which slopes are timed, too: they are taken once an update."""


class SettleSide:
    """Settles of one network; its arrays are reduced before the clock starts."""

    def __init__(self, wired: bool) -> None:
        rng = np.random.default_rng(0)
        self.network = Network()
        self.network.add(Clamped(SIZES[0]), "pixels")
        self.network.add(HardSigmoid(SIZES[1]), "hidden")
        self.network.add(HardSigmoid(SIZES[2], bias=0.1), "out")
        self.network.connect("pixels", "hidden")
        self.network.connect("hidden", "out", gain=0.5)
        self.network.set_cost(SquaredError("out"))
        self.network.initialise(0)
        if wired:
            with_wires(self.network, Chip(wires=WIRES))
        self.drive = make_drive(self.network, {"pixels": rng.uniform(0, 1, (BATCH, SIZES[0]))})
        self.target = np.eye(SIZES[2])[rng.integers(0, SIZES[2], BATCH)]
        self.free = self._settle()[0]

    def _settle(self) -> tuple[Settled, Settled]:
        stop = Stop(0.0, SWEEPS)
        free = settle(self.network, self.drive, stop=stop)
        nudged = settle(
            self.network, self.drive, beta=[0.5, -0.5], target=self.target, start=free, stop=stop
        )
        return free, nudged

    def time(self) -> float:
        """Return the seconds of processor time of some settles."""
        begun = time.process_time()
        for _ in range(REPEATS):
            self._settle()
        return time.process_time() - begun


class ArraySide:
    """Arrays by themselves."""

    def __init__(self) -> None:
        self._once(8, 4, 0)  # compiles

    def _once(self, rows: int, columns: int, lines: int) -> tuple[float, float]:
        g = np.random.default_rng(0).uniform(1e-6, 40e-6, (rows, columns))
        begun = time.process_time()
        crossbar = Crossbar(g, Wires(2.0, 2.0, 20.0, 20.0, lines))
        slope = crossbar.transfer
        between = time.process_time()
        if rows * columns**2 >= SLOPES:
            return between - begun, 0.0
        crossbar.slopes(slope)
        return between - begun, time.process_time() - between

    def time(self, rows: int, columns: int, lines: int) -> tuple[float, float]:
        """Return the seconds of a reduction and of all slopes; the least of three."""
        found = [self._once(rows, columns, lines) for _ in range(3)]
        return min(a for a, _ in found), min(b for _, b in found)
