"""The netlist of a network, and how to read what a SPICE program answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Ints, Reals
from neuroep.hardware.hopfield.netlist.arrays import device_name
from neuroep.hardware.hopfield.netlist.board import Board
from neuroep.hardware.netlist.cells import CellFile
from neuroep.hardware.netlist.deck import changed
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.views.bench import Reading, Synapse, Volts
from neuroep.hardware.views.view import Waveform


@dataclass(frozen=True)
class NetworkDeck:
    """One phase of one example: ``board`` names the units of each layer; ``target`` (outputs,)."""

    text: str
    board: Board
    target: Reals
    beta: float = 0.0

    @property
    def used(self) -> Mapping[str, CellFile]:
        """The cells in it, by name."""
        return self.board.deck.used

    @property
    def names(self) -> dict[str, float]:
        """The netlist's own parameters, by name."""
        chip = self.board.circuit.chip
        return {
            "vdd": chip.supply,
            "vmin": chip.least_supply,
            "gu": chip.unit_conductance,
            "gx": chip.pattern_conductance,
            "gscale": 1.0,
            "beta": self.beta,
            **chip.shared,
        }

    @property
    def units(self) -> list[str]:
        """All units of settling layers that are built, layer by layer."""
        board = self.board
        return [unit for name in board.network.settling for unit in board.units(name)]

    @property
    def places(self) -> Ints:
        """Where these units stand among all of a state, padding included."""
        plan = self.board.drive.plan
        built = [
            plan.offsets[k] + np.arange(len(self.board.units(n))) for n, k in plan.index.items()
        ]
        return np.concatenate(built)

    def _volts(self, suffix: str, values: Mapping[str, Reals]) -> Volts:
        """Return (T, n) voltages of a node, ``mem`` or ``p``, of every unit of settling layers.

        Units of padding, not built, are at 0.
        """
        points = len(next(iter(values.values())))
        found = {}
        for layer in self.board.network.settling:
            array = np.zeros((points, self.board.network.size(layer)))
            for k, unit in enumerate(self.board.units(layer)):
                array[:, k] = values[f"{unit}_{suffix}"]
            found[layer] = array
        return found

    def read(self, plot: Plot) -> Reading:
        """Return waveforms, activities, what both supplies deliver, and the balance at the end."""
        values, signal = plot.values, self.board.circuit.chip.signal
        time = np.zeros(1) if plot.time is None else plot.time
        return Reading(
            Waveform(time, self._volts("mem", values)),
            {name: v[-1] / signal for name, v in self._volts("p", values).items()},
            _delivered(values, "vdd") + _delivered(values, "vss"),
            self.board.ledger.balance(values, plot.time),
        )

    def cost(self, plot: Plot) -> float:
        """Return the cost of the free state: a cross-entropy where classes have lines."""
        board = self.board
        units = board.outputs()
        lines = np.array([plot.values[f"{unit}_p"][-1] for unit in units])
        found = lines / board.circuit.chip.signal
        if board.circuit.has_readout:
            return -float(self.target @ np.log(found))
        return 0.5 * float(np.square(found - self.target).sum())

    def nudge(self, synapse: Synapse, change: float) -> str:
        """Return the netlist with one weight changed in both directions, in every row's array."""
        name, i, j = synapse
        board = self.board
        coupling = next(c for c in board.network.couplings if c.name == name)
        source, target = board.units(coupling.source), board.units(coupling.target)
        wide, rows = (len(source), len(target)), 1
        if coupling.shared:
            wide = board.network.shape(coupling.source)[1], board.network.shape(coupling.target)[1]
            rows = min(board.rows(coupling.source), board.rows(coupling.target))
        half = 0.5 * board.circuit.chip.unit_conductance * change
        text, wired = self.text, board.circuit.chip.wires is not None
        for row in range(rows):
            a, b = source[row * wide[0] + i], target[row * wide[1] + j]
            for sender, receiver in ((a, b), (b, a)):
                if wired:
                    for side, step in enumerate((half, -half)):
                        device = f"x{device_name(sender, receiver, side)}"
                        text = _stepped(text, device, {"g": step})
                else:
                    text = _stepped(text, f"xw_{sender}_{receiver}", {"gp": half, "gn": -half})
        return text


def _stepped(text: str, element: str, steps: Mapping[str, float]) -> str:
    """Return a netlist with some conductances of one element changed."""
    for key, step in steps.items():
        text = re.sub(
            rf"^({element} .* {key}=)(\S+)",
            lambda m, step=step: m[1] + changed(m[2], step),  # type: ignore[misc]
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
