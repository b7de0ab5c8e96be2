"""The nudge as lines of a netlist."""

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import READOUT
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.netlist.layers import add_softmax


def add_cost(board: Board, beta: float, target: ArrayLike | None) -> None:
    """Add what nudges the output layer; nothing nudges where there is no target."""
    cost = board.network.cost
    if cost is None or target is None:
        if beta != 0:
            raise ValueError(f"a nudge needs a {'cost' if cost is None else 'target'}")
        if cost is not None and board.circuit.has_readout:
            _add_readout(board, str(cost.layer))
        return
    wanted = np.asarray(target, float).ravel()
    if wanted.size != board.network.outputs:
        raise ValueError(f"target of {wanted.size} values instead of {board.network.outputs}")
    layer = str(cost.layer)
    if board.circuit.has_readout:
        _add_softmax_nudge(board, layer, wanted, _add_readout(board, layer))
    else:
        _add_squared_error(board, layer, beta, wanted)


def _add_targets(board: Board, wanted: Reals) -> None:
    board.deck.comment("target")
    for k, y in enumerate(wanted):
        board.deck.add(f"target_{k}", "clamp", *lines(f"target_{k}"), v=_volts(board, y))
        board.deck.save(*lines(f"target_{k}"))


def _volts(board: Board, value: float) -> float:
    return board.circuit.chip.signal * float(value)


def _add_squared_error(board: Board, layer: str, beta: float, wanted: Reals) -> None:
    _add_targets(board, wanted)
    board.deck.comment("nudge: beta gu (V(target) - V(output)) into every output")
    siemens = beta * board.circuit.chip.unit_conductance
    for k, unit in enumerate(board.units(layer)):
        line, y, ground = lines(unit)[0], lines(f"target_{k}")[0], f"{unit}_in"
        board.deck.add(f"nudge_{k}", "nudge", line, y, ground, gm="{beta*gu}")
        board.ledger.conductances += [(ground, y, siemens), (ground, line, -siemens)]


def _pairs(board: Board) -> tuple[Reals, Reals]:
    return board.circuit.pair(board.network.parameters[READOUT], READOUT)


def _add_readout(board: Board, layer: str) -> list[str]:
    """Add read-out weights and the softmax over classes; return the classes' units."""
    siemens = _pairs(board)
    count = board.network.outputs
    board.deck.comment(f"read-out of {layer}: softmax over {count} classes")
    scores = [f"readout_s{k}" for k in range(count)]
    classes = board.outputs()
    for i, unit in enumerate(board.units(layer)):
        for k, score in enumerate(scores):
            board.pair(f"w_{unit}_{classes[k]}", lines(unit), f"{score}_in", siemens, (i, k))
    bias = board.network.parameters["readout.bias"].astype(float)
    for k, score in enumerate(scores):
        current = board.circuit.chip.unit_current * float(bias[k])
        board.bias(f"b_{classes[k]}", f"{score}_in", current)
    resistance = board.circuit.logit_volts / board.circuit.chip.unit_current
    add_softmax(board, "readout", scores, classes, resistance)
    return classes


def _add_softmax_nudge(board: Board, layer: str, wanted: Reals, classes: list[str]) -> None:
    if abs(wanted.sum() - 1.0) > 1e-6:
        raise ValueError(f"target of a softmax must add up to 1, got {wanted.sum():g}")
    siemens = _pairs(board)
    _add_targets(board, wanted)
    board.deck.comment("nudge: beta (p - y) back through the read-out weights, inverted")
    for k, unit in enumerate(classes):
        error = f"error_{k}"
        share, y = lines(unit)[0], lines(f"target_{k}")[0]
        board.deck.add(error, "error", share, y, *lines(error), beta="{beta}")
        board.deck.save(*lines(error))
    for i, unit in enumerate(board.units(layer)):
        for k in range(len(classes)):
            inverted = (lines(f"error_{k}")[1], lines(f"error_{k}")[0])
            board.pair(f"w_error_{k}_{unit}", inverted, f"{unit}_in", siemens, (i, k))
