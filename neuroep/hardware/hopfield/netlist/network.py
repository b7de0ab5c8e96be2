"""A network on a chip as a netlist that a person can read and ngspice can run by itself."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.constants import ZERO_CELSIUS
from neuroep.core.tables import Reals
from neuroep.hardware.cells import Cell
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.deck import NetworkDeck
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.netlist.cost import add_cost
from neuroep.hardware.hopfield.netlist.layers import (
    add_attention,
    add_clamped,
    add_coupling,
    add_neurons,
)
from neuroep.hardware.hopfield.transient import Transient
from neuroep.hardware.netlist.cells import NETWORK_CELLS, WIRED_CELLS, CellFile, read_cells
from neuroep.hardware.netlist.deck import Deck, measures, number, remarks, seconds, wrapped
from neuroep.hardware.netlist.options import OPTIONS, PROCESS_OPTIONS
from neuroep.hardware.neurons.catalogue import NEURON_CELLS
from neuroep.network.hopfield.drive import Drive

STEPS = 1000
"""A transient takes at least that many steps."""


WIRED = (
    "* Arrays have wires: a pair is two devices, xw_hidden_3_out_1_p and ..._n, at crossings of",
    "* neighbouring row lines with a column line; there0_0_w7_2 is the node of row line 7 at",
    "* column 2 of the first array of coupling 0, there0_0_b7_2 that of the column line. Its twin",
    "* back0_0 is driven at its columns.",
)
"""What a netlist with wires says of them."""


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
    note: str = "",
) -> NetworkDeck:
    """Wire up one example in one phase.

    ``cells``: the .cir file of every cell, by name; a neuron's cell may bring its own;
    ``duration``: of the transient, s, as in :class:`Transient` when it is zero; ``target``
    (outputs,): without it the nudge is not built; ``start``, ``guess``: membrane voltages (n,) by
    layer, V, from which the transient starts (0 V when absent), and near which the operating point
    is looked for; ``note``: what a reader must know, such as that this is a slice of a larger chip.

    An InputError: a cell's file does not fit. A ValueError: a weight beyond its devices' range, a
    nudge without target, no such example.
    """
    if not 0 <= example < drive.count:
        raise ValueError(f"example {example}: the drive holds {drive.count}")
    board = Board(
        circuit, drive, example, Deck(read_network_cells(circuit, cells), circuit.chip.number)
    )
    network, deck = circuit.network, board.deck
    duration = float(Transient(circuit, duration).time[-1])
    for name, layer in network.layers.items():
        if not layer.settles:
            add_clamped(board, name)
        elif layer.stored:
            add_attention(board, name)
        else:
            add_neurons(board, name)
    for coupling in network.couplings:
        add_coupling(board, coupling)
    add_cost(board, beta, target)
    # Every membrane has an initial voltage, or the transient would start from an operating point.
    rest = {name: np.zeros(network.size(name)) for name in network.settling}
    text = [
        *_header(board, beta, note),
        "",
        deck.text(),
        ".save v(vdd) i(vdd) v(vss) i(vss)",
        "",
        *_states(board, ".ic", rest | dict(start or {})),
        *_states(board, ".nodeset", guess or {}),
    ]
    if ".op" in analyses:
        text.append(".op")
    if ".tran" in analyses:
        step = seconds(duration / STEPS)
        rails = {"vdd": ("vdd", "-vdd"), "vss": ("vss", "vdd")}
        outputs = {unit: lines(unit)[0] for unit in board.outputs()}
        text += [f".tran {step} {seconds(duration)} 0 {step}", ""]
        text += measures("rail", rails, outputs, duration)
    wanted = np.zeros(0) if target is None else np.asarray(target, float).ravel()
    return NetworkDeck("\n".join([*text, ".end", ""]), board, wanted, beta)


def read_network_cells(
    circuit: Circuit, files: Mapping[str, Path], besides: Iterable[Cell] = ()
) -> dict[str, CellFile]:
    """Read the cells of networks, those of all neurons in use or with a file, and some besides."""
    own = {n.cell.name: n.file for n in NEURON_CELLS.values() if n.file is not None}
    known = own | dict(files)
    used = {values.cell for values in circuit.layers.values()}
    neurons = [n.cell for n in NEURON_CELLS.values() if n.cell.name in used | known.keys()]
    apart = WIRED_CELLS if circuit.chip.wires else ()
    return read_cells(known, [*neurons, *NETWORK_CELLS, *apart, *besides], circuit.chip.corner)


def _header(board: Board, beta: float, note: str) -> list[str]:
    chip = board.circuit.chip
    layers = ", ".join(
        f"{name} ({board.rows(name)} x {board.network.shape(name)[1]})"
        for name in board.network.layers
    )
    phase = "free phase" if beta == 0 else f"nudged phase, beta = {beta:g}"
    return [
        f"* a chip that learns by equilibrium propagation: {phase}, example {board.example}",
        *remarks(note),
        "*",
        "* Run it with   ngspice -b -r chip.raw chip.cir   (or without -r: tables and .meas).",
        *remarks(f"Layers (rows x units): {layers}"),
        "* Unit 3 of a layer `hidden` is xhidden_3; its nodes are hidden_3_in (virtual ground that",
        "* collects its currents), hidden_3_mem (membrane), hidden_3_p and hidden_3_n (lines that",
        "* carry its activity, +-vs a unit). Attention layer `heads`, row 0: heads_r0_2_mem,",
        "* scores heads_r0_s5, softmax shares heads_r0_w5_p, activities heads_r0_2_p.",
        "* A weight w is a pair of conductances gp - gn = gu w, once in each direction",
        "* (xw_hidden_3_out_1 and xw_out_1_hidden_3, equal because the same pulses write both).",
        *(WIRED if chip.wires else ()),
        f"* Rails stand at +{chip.supply:g} V (vdd) and -{chip.supply:g} V (vss), by .param vdd.",
        f"* Resistors are sized for {chip.design_temperature:g} K; .temp is where it is operated.",
        "* Set .param gscale to scale all programmed conductances at once (drift, corners).",
        "* Set .param beta to nudge: the elements for it are there in all phases.",
        "",
        *operated_by(board, beta),
    ]


def operated_by(board: Board, beta: float = 0.0) -> list[str]:
    """Return temperature, options, parameters and rails of a netlist."""
    chip = board.circuit.chip
    return [
        f".temp {number(round(chip.temperature - ZERO_CELSIUS, 9))}",
        PROCESS_OPTIONS if board.deck.of_process else OPTIONS,
        "",
        f".param vdd={number(chip.supply)}",
        f".param vmin={number(chip.least_supply)}",
        f".param gu={number(chip.unit_conductance)}",
        f".param gx={number(chip.pattern_conductance)}",
        ".param gscale=1",
        *(f".param {symbol}={number(value)}" for symbol, value in chip.shared.items()),
        f".param beta={number(beta)}",
        "",
        "vdd vdd 0 {vdd}",
        "vss vss 0 {-vdd}",
        "* What leaks: without its source a rail stands at 0 V.",
        "rdd vdd 0 1e12",
        "rss vss 0 1e12",
    ]


def _states(board: Board, keyword: str, given: Mapping[str, Reals]) -> list[str]:
    found = [
        f"v({unit}_mem)={number(value)}"
        for layer, volts in given.items()
        for unit, value in zip(board.units(layer), volts, strict=False)
    ]
    return wrapped(keyword, found)
