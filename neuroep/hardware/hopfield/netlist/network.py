"""A network on a chip as a netlist that a person can read and ngspice can run by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.constants import ZERO_CELSIUS
from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.netlist.attention import add_attention
from neuroep.hardware.hopfield.netlist.board import Board
from neuroep.hardware.hopfield.netlist.cost import add_cost
from neuroep.hardware.hopfield.netlist.layers import add_clamped, add_coupling, add_neurons
from neuroep.hardware.hopfield.transient import Transient
from neuroep.hardware.netlist.cells import NETWORK_CELLS, read_cells
from neuroep.hardware.netlist.deck import Deck, number
from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import Drive

OPTIONS = ".options reltol=1e-6 vntol=1e-12 abstol=1e-18 gmin=1e-18"
"""Tight enough that ngspice's own error does not show; a leak of gmin at every transistor would."""

STEPS = 1000
"""A transient takes at least that many steps."""


@dataclass(frozen=True)
class NetworkNetlist:
    """A netlist, and what its nodes are: ``board`` names the units of each layer."""

    text: str
    board: Board

    def volts(self, suffix: str, values: Mapping[str, Reals]) -> dict[str, Reals]:
        """Return (T, n) voltages of every settling layer; units of padding, not built, are at 0.

        ``suffix`` says which node of a unit: ``mem`` or ``p``.
        """
        points = len(next(iter(values.values())))
        found = {}
        for layer in self.board.network.settling:
            array = np.zeros((points, self.board.network.size(layer)))
            for k, unit in enumerate(self.board.units(layer)):
                array[:, k] = values[f"{unit}_{suffix}"]
            found[layer] = array
        return found


def network_netlist(
    circuit: Circuit,
    drive: Drive,
    cells: Mapping[str, Path],
    *,
    duration: float = 0.0,
    example: int = 0,
    beta: float = 0.0,
    target: ArrayLike | None = None,
    start: Mapping[str, Reals] | None = None,
    guess: Mapping[str, Reals] | None = None,
    analyses: Sequence[str] = (".op", ".tran"),
) -> NetworkNetlist:
    """Wire up one example in one phase.

    Parameters
    ----------
    circuit : Circuit
    drive : Drive
        Clamped inputs.
    cells : dict of Path
        The .cir file of every cell, by name.
    duration : float
        Of the transient, s; as in :class:`Transient` when it is zero.
    example : int
        Which of the drive's examples.
    beta : float
        Nudging strength; 0 is the free phase.
    target : (outputs,), optional
        What the cost compares with; without it the nudge is not built.
    start : dict of (n,), optional
        Membrane voltages that the transient starts from, by layer, V; 0 V when absent.
    guess : dict of (n,), optional
        Membrane voltages near which the operating point is looked for, V.
    analyses : sequence of str
        ``.op`` and ``.tran``, or one of them.

    Raises
    ------
    InputError
        A cell's file does not fit.
    ValueError
        A weight beyond its devices' range, a nudge without target, no such example.
    """
    if not 0 <= example < drive.count:
        raise ValueError(f"example {example}: the drive holds {drive.count}")
    board = Board(circuit, drive, example, Deck(read_cells(cells, NETWORK_CELLS)))
    network, deck = circuit.network, board.deck
    duration = float(Transient(circuit, duration).time[-1])
    for name, layer in network.layers.items():
        if isinstance(layer, Clamped):
            add_clamped(board, name)
        elif isinstance(layer, Attention):
            add_attention(board, name)
        else:
            add_neurons(board, name)
    for coupling in network.couplings:
        add_coupling(board, coupling)
    add_cost(board, beta, target)
    lines = [
        *_header(board, beta),
        "",
        deck.text(),
        ".save v(vdd) i(vdd) v(vss) i(vss)",
        "",
        *_states(board, ".ic", start or {}, needed=True),
        *_states(board, ".nodeset", guess or {}, needed=False),
    ]
    if ".op" in analyses:
        lines.append(".op")
    if ".tran" in analyses:
        step = number(duration / STEPS)
        lines.append(f".tran {step} {number(duration)} 0 {step}")
    return NetworkNetlist("\n".join([*lines, ".end", ""]), board)


def _header(board: Board, beta: float) -> list[str]:
    chip = board.circuit.chip
    layers = ", ".join(
        f"{name} ({board.rows(name)} x {board.network.shape(name)[1]})"
        for name in board.network.layers
    )
    phase = "free phase" if beta == 0 else f"nudged phase, beta = {beta:g}"
    return [
        f"* a chip that learns by equilibrium propagation: {phase}, example {board.example}",
        "*",
        "* Run it with   ngspice -b -r chip.raw chip.cir   (or without -r for a table).",
        f"* Layers (rows x units): {' '.join(layers.split())}",
        "* Unit 3 of a layer `hidden` is xhidden_3; its nodes are hidden_3_in (virtual ground that",
        "* collects its currents), hidden_3_mem (membrane), hidden_3_p and hidden_3_n (lines that",
        "* carry its activity, +-vs a unit). Attention layer `heads`, row 0: heads_r0_2_mem,",
        "* scores heads_r0_s5, softmax shares heads_r0_w5_p, activities heads_r0_2_p.",
        "* A weight w is a pair of conductances gp - gn = gu w, once in each direction",
        "* (xw_hidden_3_out_1 and xw_out_1_hidden_3, equal because the same pulses write both).",
        "* Set .param beta to nudge: the elements for it are there in all phases.",
        "",
        f".temp {number(round(chip.temperature - ZERO_CELSIUS, 9))}",
        OPTIONS,
        "",
        f".param vdd={number(chip.supply)}",
        f".param vs={number(chip.signal)}",
        f".param gu={number(chip.unit_conductance)}",
        f".param gx={number(chip.pattern_conductance)}",
        f".param ib={number(chip.tail_current)}",
        f".param iq={number(chip.quiescent_current)}",
        f".param kappa={number(chip.slope_factor)}",
        f".param beta={number(beta)}",
        "",
        "vdd vdd 0 {vdd}",
        "vss vss 0 {-vdd}",
    ]


def _states(board: Board, keyword: str, given: Mapping[str, Reals], *, needed: bool) -> list[str]:
    # Every membrane has an initial voltage, or the transient would start from an operating point.
    found = []
    for layer in board.network.settling:
        if not needed and layer not in given:
            continue
        volts = given.get(layer, np.zeros(board.network.size(layer)))
        found += [
            f"v({unit}_mem)={number(value)}"
            for unit, value in zip(board.units(layer), volts, strict=False)
        ]
    return [f"{keyword} " + " ".join(found[k : k + 6]) for k in range(0, len(found), 6)]
