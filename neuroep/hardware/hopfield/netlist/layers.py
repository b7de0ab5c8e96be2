"""Layers and couplings of a network as lines of a netlist."""

from collections.abc import Mapping
from typing import cast

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.netlist.arrays import Block, add_back, add_there
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.netlist.deck import number
from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.network import Coupling


def add_neurons(board: Board, layer: str) -> None:
    """Add a layer of plain neurons and their biases."""
    add_units(board, layer)
    add_biases(board, layer)


def add_units(board: Board, layer: str) -> None:
    """Add a layer of plain neurons."""
    values, shared = board.circuit.layers[layer], board.circuit.chip.shared
    given: dict[str, str | float] = {}
    for parameter in board.deck.cells[values.cell].cell.parameters:
        if parameter.symbol in shared and parameter.symbol not in values.own:
            given[parameter.symbol] = f"{{{parameter.symbol}}}"
    board.deck.comment(f"layer {layer}: {board.network.size(layer)} x {values.cell}")
    for place, unit in enumerate(board.units(layer)):
        _add_membrane(board, layer, place, unit, lines(unit), given)


def _add_membrane(
    board: Board,
    layer: str,
    place: int,
    unit: str,
    ends: tuple[str, str],
    given: Mapping[str, str | float],
) -> None:
    """Add the cell of a unit, from its virtual ground by its membrane to a pair of lines."""
    values, nodes = board.circuit.layers[layer], (f"{unit}_in", f"{unit}_mem", *ends)
    own = values.of_unit(place)
    board.deck.add(unit, values.cell, *nodes, **own, **given)
    board.ledger.drains.append((nodes[0], nodes[1], own["g"], own["c"]))
    board.deck.save(*nodes[1:])


def add_biases(board: Board, layer: str) -> None:
    """Add the constant currents of a layer: biases of neurons, queries of pooled attention."""
    key = board.network.layers[layer].constant
    if key not in board.network.parameters:
        return
    currents = board.circuit.chip.unit_current * board.network.parameters[key].astype(float)
    for unit, amperes in zip(board.units(layer), currents.ravel(), strict=False):
        board.bias(f"b_{unit}", f"{unit}_in", float(amperes))


def add_clamped(board: Board, layer: str) -> None:
    """Add the drivers of a clamped layer, if anything but attention reads it."""
    if all(c.source != layer for c in board.network.couplings):
        return
    board.deck.comment(f"layer {layer}: clamped")
    values = board.circuit.chip.signal * board.patterns(layer).ravel()
    for unit, volts in zip(board.units(layer), values, strict=True):
        board.deck.add(unit, "clamp", *lines(unit), v=float(volts))
        board.deck.save(*lines(unit))


def add_coupling(board: Board, coupling: Coupling) -> None:
    """Add the pairs of a coupling: one array each way, one each row where it is shared."""
    network, source = board.network, coupling.source
    siemens, returning = board.both_ways(coupling)
    kind = "shared by rows, written by the same pulses" if coupling.shared else "dense"
    board.deck.comment(f"coupling {coupling.name}: {kind}; gp - gn = gscale x {{gu}} x weight")
    both_ways, wires = source in network.settling, board.circuit.chip.wires
    if wires is not None:
        number = network.couplings.index(coupling)
        for row, (senders, receivers) in enumerate(_blocks(board, coupling, padded=True)):
            suffix = f"_r{row}" if coupling.shared else ""
            there = Block(senders, receivers, siemens)
            add_there(board, f"there{number}{suffix}", wires, there)
            if both_ways:
                twin = Block(senders, receivers, returning)
                add_back(board, f"back{number}{suffix}", wires, twin)
        return
    for senders, receivers in _blocks(board, coupling):
        for i, sender in enumerate(senders):
            for j, receiver in enumerate(receivers):
                way, back = f"w_{sender}_{receiver}", f"w_{receiver}_{sender}"
                board.pair(way, lines(sender), f"{receiver}_in", siemens, (i, j))
                if both_ways:
                    board.pair(back, lines(receiver), f"{sender}_in", returning, (i, j))


def _blocks(
    board: Board, coupling: Coupling, padded: bool = False
) -> list[tuple[list[str], list[str]]]:
    """Return the units that each array of a coupling leads from and to: one a row if it is shared.

    ``padded``: an array is as large as its weights, with "" for units that are not built.
    """
    source, target, network = coupling.source, coupling.target, board.network
    if coupling.shared:
        rows = min(board.rows(source), board.rows(target))
        n_from, n_to = network.parameters.shapes[coupling.name]
        return [
            (
                [board.unit(source, t, i) for i in range(n_from)],
                [board.unit(target, t, j) for j in range(n_to)],
            )
            for t in range(rows)
        ]
    ends = [board.units(name) for name in (source, target)]
    if padded:
        for units, name in zip(ends, (source, target), strict=True):
            units += [""] * (network.size(name) - len(units))
    return [(ends[0], ends[1])]


def add_attention(board: Board, layer: str) -> None:
    """Add a layer of attention, row by row.

    Row t of a layer ``heads``: membranes heads_rT_I, whose lines heads_rT_I_qp and _qn read the
    stored patterns; the score of pattern j at heads_rT_sJ, the gate of branch j of the softmax,
    whose lines heads_rT_wJ_p and _n carry its share; the read-out's lines heads_rT_I_p and _n carry
    the activity.
    """
    found = cast(Attention, board.network.layers[layer])
    patterns = board.patterns(found.stored)
    rows, (_, width) = board.rows(layer), board.network.shape(layer)
    board.deck.comment(
        f"layer {layer}: attention, {rows} rows over {len(patterns)} patterns of {found.stored}, "
        f"c = {found.inverse_temperature:g}"
    )
    for place, unit in enumerate(board.units(layer)):
        ends = (f"{unit}_qp", f"{unit}_qn")
        _add_membrane(board, layer, place, unit, ends, {"iq": "{iq}"})
    differing = board.circuit.layers[layer].rows
    siemens = board.circuit.pattern_pair(patterns, found.stored)
    for row in range(rows):
        stem = f"{board.names[layer]}_r{row}"
        units = [board.unit(layer, row, i) for i in range(width)]
        for j in range(len(patterns)):
            for i, unit in enumerate(units):
                asking = (f"{unit}_qp", f"{unit}_qn")
                board.pair(f"k_{unit}_s{j}", asking, f"{stem}_s{j}_in", siemens, (j, i))
        scores = [f"{stem}_s{j}" for j in range(len(patterns))]
        shares = [f"{stem}_w{j}" for j in range(len(patterns))]
        resistance = board.circuit.score_resistance(layer)
        if differing is None:
            add_softmax(board, stem, scores, shares, resistance)
        else:
            gate, tail = differing.gate[row], float(differing.tail[row])
            add_softmax(board, stem, scores, shares, resistance, gate, tail)
        for i, unit in enumerate(units):
            for j, share in enumerate(shares):
                board.pair(f"v_{unit}_w{j}", lines(share), f"{unit}_read", siemens, (j, i))
            read, per_volt = f"{unit}_read", board.circuit.chip.pattern_conductance
            factor = 1.0 if differing is None else float(differing.read[row * width + i])
            ohms = "{1/gx}" if differing is None else f"{{{number(factor)}/gx}}"
            board.deck.add(f"r_{unit}", "readout", read, *lines(unit), r=ohms, iq="{iq}")
            board.ledger.drains.append((read, lines(unit)[0], per_volt / factor, 0.0))
            board.deck.save(*lines(unit))
    add_biases(board, layer)


def add_softmax(
    board: Board,
    stem: str,
    scores: list[str],
    shares: list[str],
    resistance: float,
    gate: Reals | None = None,
    factor: float = 1.0,
) -> None:
    """Add score amplifiers and a soft winner-take-all: NAME_in collects, NAME is the gate.

    ``gate``: what stands at the gate of each branch besides, V; ``factor``: on the tail current.
    """
    tail, chip = f"{stem}_tail", board.circuit.chip
    ib = "{ib}" if factor == 1.0 else f"{{{number(factor)}*ib}}"
    for place, (score, share) in enumerate(zip(scores, shares, strict=True)):
        strength = {}
        if gate is not None:
            strength = {"rel": float(np.exp(gate[place] / chip.volts_per_fold))}
        board.deck.add(score, "score", f"{score}_in", score, r=resistance, iq="{iq}")
        board.ledger.drains.append((f"{score}_in", score, 1.0 / resistance, 0.0))
        board.deck.add(
            share,
            "wta_branch",
            score,
            tail,
            *lines(share),
            ib="{ib}",
            vs="{vs}",
            kappa="{kappa}",
            iq="{iq}",
            **strength,
        )
        board.deck.save(score, *lines(share))
        board.ledger.drains.append((tail, lines(share)[0], chip.tail_current / chip.signal, 0.0))
    board.deck.add(tail, "wta_tail", tail, ib=ib)
    board.ledger.constants.append((tail, factor * chip.tail_current))
