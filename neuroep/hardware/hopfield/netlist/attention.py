"""Attention as lines of a netlist: stored-pattern crossbar, softmax, read-out crossbar."""

from typing import cast

from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.netlist.layers import add_biases
from neuroep.network.hopfield.attention import Attention


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
    for row in range(rows):
        _add_membranes(board, layer, row, width)
    plus, minus = board.circuit.pattern_pair(patterns, found.stored)
    for row in range(rows):
        stem = f"{board.names[layer]}_r{row}"
        units = [board.unit(layer, row, i) for i in range(width)]
        for j in range(len(patterns)):
            for i, unit in enumerate(units):
                board.pair(
                    f"k_{unit}_s{j}",
                    (f"{unit}_qp", f"{unit}_qn"),
                    f"{stem}_s{j}_in",
                    float(plus[j, i]),
                    float(minus[j, i]),
                )
        scores = [f"{stem}_s{j}" for j in range(len(patterns))]
        shares = [f"{stem}_w{j}" for j in range(len(patterns))]
        add_softmax(board, stem, scores, shares, board.circuit.score_resistance(layer))
        for i, unit in enumerate(units):
            for j, share in enumerate(shares):
                gp, gn = float(plus[j, i]), float(minus[j, i])
                board.pair(f"v_{unit}_w{j}", lines(share), f"{unit}_read", gp, gn)
            read, per_volt = f"{unit}_read", board.circuit.chip.pattern_conductance
            board.deck.add(f"r_{unit}", "readout", read, *lines(unit), r="{1/gx}", iq="{iq}")
            board.ledger.drains.append((read, lines(unit)[0], per_volt, 0.0))
            board.deck.save(*lines(unit))
    add_biases(board, layer)


def _add_membranes(board: Board, layer: str, row: int, width: int) -> None:
    values = board.circuit.layers[layer]
    for i in range(width):
        unit = board.unit(layer, row, i)
        nodes = (f"{unit}_in", f"{unit}_mem", f"{unit}_qp", f"{unit}_qn")
        board.deck.add(unit, "membrane", *nodes, c=values.capacitance, g=values.leak, iq="{iq}")
        board.ledger.drains.append((nodes[0], nodes[1], values.leak, values.capacitance))
        board.deck.save(*nodes[1:])


def add_softmax(
    board: Board, stem: str, scores: list[str], shares: list[str], resistance: float
) -> None:
    """Add score amplifiers and a soft winner-take-all: NAME_in collects, NAME is the gate."""
    tail, signal = f"{stem}_tail", board.circuit.chip.signal
    for score, share in zip(scores, shares, strict=True):
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
        )
        board.deck.save(score, *lines(share))
        current = board.circuit.chip.tail_current
        board.ledger.drains.append((tail, lines(share)[0], current / signal, 0.0))
    board.deck.add(tail, "wta_tail", tail, ib="{ib}")
    board.ledger.constants.append((tail, board.circuit.chip.tail_current))
