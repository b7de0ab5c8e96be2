"""Solvers that need the circuit of a network: they stand beside those of the catalogue.

An engine is made for one circuit, its cells and its phases.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.in_spice import InSpice
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.on_curves import OnCurves
from neuroep.hardware.hopfield.tabulate import Curves, tabulate
from neuroep.hardware.hopfield.transient import Transient
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.solver import Solver

Cells = Mapping[str, Path]

POINTS = 101
"""Of the waveforms that traces keep of a training: more would be shorter steps of noise."""


def in_spice(circuit: Circuit, cells: Cells, _duration: float) -> InSpice:
    """Let ngspice run the circuit, example by example, from phase to phase."""
    return InSpice(circuit, cells)


def in_time(circuit: Circuit, _cells: Cells, duration: float) -> Transient:
    """Let the circuit's own equations run in time, with the noise of its chip."""
    return Transient(circuit, duration, points=POINTS, noise=circuit.chip.noise)


def on_curves(circuit: Circuit, cells: Cells, _duration: float) -> OnCurves:
    """Return the solver "measured" of a chip."""

    def measure(drive: Drive) -> Curves:
        # With any target, so that its lines are there to be measured.
        outputs = circuit.network.outputs
        target = np.full(outputs, 1.0 / outputs)
        return tabulate(network_netlist(circuit, drive, cells, target=target, analyses=()))

    return OnCurves(circuit, measure)


ENGINES: dict[str, Callable[[Circuit, Cells, float], Solver]] = {
    "ngspice": in_spice,
    "measured": on_curves,
    "transient": in_time,
}
"""By the name that a design's ``solver`` takes: what makes it, of a circuit, its cells and how long
a phase lasts, s, 0 where the design does not say."""
