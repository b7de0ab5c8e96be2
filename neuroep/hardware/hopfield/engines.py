"""Solvers that need the circuit of a network: they stand beside those of the catalogue.

An engine is made for one circuit and its cells.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.in_spice import InSpice
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.on_curves import OnCurves
from neuroep.hardware.hopfield.tabulate import Curves, tabulate
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.solver import Solver

Cells = Mapping[str, Path]


def on_curves(circuit: Circuit, cells: Cells) -> OnCurves:
    """Return the solver "measured" of a chip."""

    def measure(drive: Drive) -> Curves:
        return tabulate(network_netlist(circuit, drive, cells, analyses=()))

    return OnCurves(circuit, measure)


ENGINES: dict[str, Callable[[Circuit, Cells], Solver]] = {
    "ngspice": InSpice,
    "measured": on_curves,
}
"""By the name that a design's ``solver`` takes."""
