"""The sides of the benchmark of resistive chips with wires: the same chip with and without."""

import time

import numpy as np

from neuroep.hardware.crossbar import Wires
from neuroep.hardware.resistive.arrays import with_wires
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.result import Stop

CHIPS = {
    "784-32-10, ideal diodes": (32, None),
    "784-128-10, ideal diodes": (128, None),
    "784-32-10, exponential diodes": (32, ExponentialDiode(5e-12, 1.05, rail=0.45)),
    "784-128-10, exponential diodes": (128, ExponentialDiode(5e-12, 1.05, rail=0.45)),
}
"""Hidden nodes and diodes."""

BATCH, REPEATS = 64, 10
STOP = Stop(1e-7, 200)
"""V; inputs are 1 V."""


class Side:
    """Settles of one chip."""

    def __init__(self, name: str, wired: bool) -> None:
        rng = np.random.default_rng(0)
        hidden, diode = CHIPS[name]
        self.network = ResistiveNetwork(
            784,
            (hidden,),
            10,
            input_gain=1.0,
            output_gain=0.01,
            conductance_range=(0.0, 100e-6),
            nudge_conductance=1e-7 * hidden,
            diode=diode,
            dtype=np.float64,
        )
        self.network.initialise(0, (2.5e-6, 3e-6))
        if wired:
            with_wires(self.network, Wires(2.0, 2.0, 20.0, 20.0, lines=394))
        self.drive = make_resistive_drive(self.network, rng.uniform(0, 1, (BATCH, 784)))
        self.target = np.eye(10)[rng.integers(0, 10, BATCH)]
        self.settled = self._settle()

    def _settle(self) -> tuple[ResistiveSettled, ResistiveSettled]:
        free = settle_resistive(self.network, self.drive, stop=STOP)
        nudged = settle_resistive(
            self.network, self.drive, beta=[0.5, -0.5], target=self.target, start=free, stop=STOP
        )
        return free.require_converged(), nudged.require_converged()

    def time(self) -> float:
        """Return the seconds of processor time of some settles."""
        begun = time.process_time()
        for _ in range(REPEATS):
            self._settle()
        return time.process_time() - begun

    def steps(self) -> float:
        """Return how many steps a settle took, the mean of all phases."""
        return float(np.concatenate([s.steps for s in self.settled]).mean())
