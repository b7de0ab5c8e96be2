"""Energy of a learning example on a chip of layers, from the circuit's own equations."""

import numpy as np

from neuroep.core.tables import Floats
from neuroep.hardware.energy import Energies
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.transient import Transient
from neuroep.network.hopfield.drive import Drive
from neuroep.settle import settle

TOLERANCE = 1e-6
"""Estimated error of one step, V: a millionth of a line's signal is enough of an energy."""


def energies(
    circuit: Circuit,
    drive: Drive,
    target: Floats,
    beta: float,
    durations: tuple[float, float],
    capacitance: float,
) -> Energies:
    """Return what the examples of a drive, in float64, take on the average.

    What the supplies deliver is integrated along with the circuit's equations; see
    :mod:`neuroep.hardware.hopfield.supply`. Lines that spike are taken for the analog lines that
    they stand for. A ValueError: a device cannot hold its weight or pattern.

    ``target`` (B, outputs); ``beta``: the phases are free, +beta and -beta, as a chip learns;
    ``durations``: of the free and of a nudged phase, s, 0 is 80 of the slowest time constant;
    ``capacitance``: of a line's sampling capacitor, F.
    """
    network = circuit.network
    free_solver, nudged_solver = (
        Transient(circuit, duration, TOLERANCE, points=2) for duration in durations
    )
    free = settle(network, drive, solver=free_solver)
    nudged = settle(
        network, drive, solver=nudged_solver, beta=[beta, -beta], target=target, start=free
    )
    assert free.drawn is not None
    assert nudged.drawn is not None
    squares = sum(
        float(np.square(nudged.activity(name), dtype=float).sum()) for name in network.settling
    )
    sampled = capacitance * circuit.chip.signal**2 * squares / drive.count
    return Energies(
        float(free.drawn.mean()),
        float(nudged.drawn.sum(axis=0).mean()),
        sampled,
        f"integrated along the circuit's equations, phases of {free_solver.time[-1]:.3g} and "
        f"{nudged_solver.time[-1]:.3g} s",
    )
