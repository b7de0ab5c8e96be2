"""The netlist of a network, and how to read what a SPICE program answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.netlist.network import NetworkNetlist
from neuroep.hardware.netlist.deck import changed
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.views.bench import Reading, Synapse
from neuroep.hardware.views.view import Waveform


@dataclass(frozen=True)
class NetworkDeck:
    """One phase of one example; ``target`` (outputs,)."""

    netlist: NetworkNetlist
    target: Reals

    @property
    def text(self) -> str:
        """The netlist."""
        return self.netlist.text

    def read(self, plot: Plot) -> Reading:
        """Return waveforms, activities, what both supplies deliver, and the balance at the end."""
        values, signal = plot.values, self.netlist.board.circuit.chip.signal
        waves = self.netlist.volts("mem", values)
        time = np.zeros(1) if plot.time is None else plot.time
        lines = self.netlist.volts("p", values)
        power = _delivered(values, "vdd") + _delivered(values, "vss")
        return Reading(
            Waveform(time, waves),
            {name: v[-1] / signal for name, v in lines.items()},
            power,
            self.netlist.board.ledger.balance(values, plot.time),
        )

    def cost(self, plot: Plot) -> float:
        """Return the cost of the free state: a cross-entropy where classes have lines."""
        board = self.netlist.board
        classes = [f"readout_{k}_p" for k in range(self.target.size)]
        if classes[0] in plot.values:
            shares = (
                np.array([plot.values[line][-1] for line in classes]) / board.circuit.chip.signal
            )
            return -float(self.target @ np.log(shares))
        units = board.units(str(board.network.cost.layer)) if board.network.cost else []
        lines = np.array([plot.values[f"{unit}_p"][-1] for unit in units])
        return 0.5 * float(np.square(lines / board.circuit.chip.signal - self.target).sum())

    def nudge(self, synapse: Synapse, change: float) -> str:
        """Return the netlist with one weight changed in both directions, in every row's array."""
        name, i, j = synapse
        board = self.netlist.board
        coupling = next(c for c in board.network.couplings if c.name == name)
        source, target = board.units(coupling.source), board.units(coupling.target)
        wide, rows = (len(source), len(target)), 1
        if coupling.shared:
            wide = board.network.shape(coupling.source)[1], board.network.shape(coupling.target)[1]
            rows = min(board.rows(coupling.source), board.rows(coupling.target))
        half = 0.5 * board.circuit.chip.unit_conductance * change
        text = self.text
        for row in range(rows):
            a, b = source[row * wide[0] + i], target[row * wide[1] + j]
            for pair in (f"xw_{a}_{b}", f"xw_{b}_{a}"):
                text = re.sub(
                    rf"^({pair} .* gp=)(\S+)( gn=)(\S+)$",
                    lambda m: m[1] + changed(m[2], half) + m[3] + changed(m[4], -half),
                    text,
                    count=1,
                    flags=re.MULTILINE,
                )
        return text


def _delivered(values: Mapping[str, Reals], rail: str) -> Reals:
    """Return what the source of a rail delivers at the voltage that it really has, W."""
    # A voltage source's current is counted from its plus to its minus pin, through the source.
    volts = values[rail]
    return -volts * values.get(f"i({rail})", np.zeros_like(volts))
