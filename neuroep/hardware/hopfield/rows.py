"""Rows of attention on a chip, measured by ngspice: gains, offsets, and the softmax they make.

Membranes and read-outs are linear, a gain and an offset each. Of a row's winner-take-all the shares
are fitted by  line_j = g_j softmax(b + k x)_j + o_j  over scores x that are put in one after the
other: k is how sharp its transistors are over what the design counts on, b what mismatch adds to
the scores, g and o what their lines make of the shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.measuring import Mean, loads, mean_of, pairs, pairs_of, run
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.netlist.deck import number
from neuroep.network.hopfield.attention import Attention

FOLDS = 2.0
"""How far scores are moved, both ways, in folds of the design's softmax."""


@dataclass(frozen=True)
class Linear:
    """Lines of some units, (units,) each: ``gain`` * input + ``offset``, over the signal."""

    gain: Reals
    offset: Reals
    mean: Mean


@dataclass(frozen=True)
class Rows:
    """One layer of attention, (rows, ...) each.

    ``membranes``, ``readouts``: (rows * width,); ``sharpness`` (rows,); ``bias``, ``gain``,
    ``offset`` (rows, patterns) of the shares; ``mean``: of their lines, (rows, patterns).
    """

    membranes: Linear
    readouts: Linear
    sharpness: Reals
    bias: Reals
    gain: Reals
    offset: Reals
    mean: Mean

    def shares(self, scores: Reals) -> Reals:
        """Return what share lines carry, (rows, patterns), of scores in folds of the design."""
        return shares(scores, self.sharpness[:, None], self.bias, self.gain, self.offset)


def shares(scores: Reals, sharpness: Reals, bias: Reals, gain: Reals, offset: Reals) -> Reals:
    """Return g softmax(b + k x) + o over the last axis."""
    exponent = bias + sharpness * scores
    odds = np.exp(exponent - exponent.max(axis=-1, keepdims=True))
    return np.asarray(gain * odds / odds.sum(axis=-1, keepdims=True) + offset)


def measure_rows(board: Board, name: str, timeout: float) -> Rows:
    """Measure a layer of attention as it stands in a network.

    An InputError: ngspice is missing or fails.
    """
    layer = cast(Attention, board.network.layers[name])
    signal = board.circuit.chip.signal
    stems = [f"{board.names[name]}_r{row}" for row in range(board.rows(name))]
    count = len(board.patterns(layer.stored))
    still = np.zeros((len(stems), count))
    found = {end: _driven(board, name, stems, still, end, timeout) for end in (-1.0, 0.0, 1.0)}

    def linear(what: str) -> Linear:
        low, high = (found[end][what] for end in (-1.0, 1.0))
        p, n = np.concatenate([low, high], axis=-1) / signal
        ends = 0.5 * (p - n)
        offset = ends.mean(axis=1)
        return Linear(0.5 * (ends[:, 1] - ends[:, 0]), offset, mean_of(ends, 0.5 * (p + n)))

    scores = [still]
    answers = [found[0.0]["shares"]]
    for j in range(count):
        for sign in (1.0, -1.0):
            moved = still.copy()
            moved[:, j] = sign * FOLDS
            scores.append(moved)
            answers.append(_driven(board, name, stems, moved, 0.0, timeout)["shares"])
    p, n = np.concatenate(answers, axis=-1).reshape(2, len(stems), count, -1) / signal
    activity, mean = 0.5 * (p - n), 0.5 * (p + n)
    fits = [_fitted(np.array([x[r] for x in scores]), activity[r].T) for r in range(len(stems))]
    sharpness, bias, gain, offset = (np.array(part) for part in zip(*fits, strict=True))
    level, slope = np.zeros((2, *still.shape))
    for r in range(len(stems)):
        one = mean_of(activity[r], mean[r])
        level[r], slope[r] = one.level, one.slope
    return Rows(
        linear("membranes"), linear("readouts"), sharpness, bias, gain, offset, Mean(level, slope)
    )


def _fitted(scores: Reals, answers: Reals) -> tuple[float, Reals, Reals, Reals]:
    """Fit one row, of scores and answers (settings, patterns)."""
    from scipy.optimize import least_squares

    count = scores.shape[1]

    def parts(p: Reals) -> tuple[Reals, Reals, Reals, Reals]:
        return p[0], np.concatenate([[0.0], p[1:count]]), p[count : 2 * count], p[2 * count :]

    start = np.concatenate([[1.0], np.zeros(count - 1), np.ones(count), np.zeros(count)])
    best = least_squares(lambda p: (shares(scores, *parts(p)) - answers).ravel(), start).x
    sharpness, bias, gain, offset = parts(best)
    return float(sharpness), bias, gain, offset


def _driven(
    board: Board, name: str, stems: Sequence[str], scores: Reals, end: float, timeout: float
) -> dict[str, tuple[Reals, Reals]]:
    """Return the lines of membranes, read-outs and shares under given currents.

    ``scores`` (rows, patterns): in folds of the design; ``end``: of the signal, at membranes and
    read-outs.
    """
    chip, units = board.circuit.chip, board.units(name)
    values, layer = board.circuit.layers[name], cast(Attention, board.network.layers[name])
    into, load = loads(board)
    per_fold = chip.pattern_conductance * values.volts / layer.inverse_temperature
    text, kept = [], []

    def add(instance: str, ground: str, amperes: float, *pair: str) -> None:
        text.append(board.deck.line(f"x{instance}"))
        text.append(f"i_{instance} 0 {ground} {number(amperes)}")
        text.append(f"rin_{instance} {ground} 0 {number(1.0 / into[ground])}")
        for node in pair:
            kept.append(node)
            text.append(f"rload_{node} {node} 0 {number(1.0 / load[node])}")

    for unit in units:
        add(unit, f"{unit}_in", end * float(values.leak) * chip.signal, f"{unit}_qp", f"{unit}_qn")
        current = end * chip.pattern_conductance * chip.signal
        add(f"r_{unit}", f"{unit}_read", current, *lines(unit))
    for stem, own in zip(stems, scores, strict=True):
        text.append(board.deck.line(f"x{stem}_tail"))
        for j, folds in enumerate(own):
            score, share = f"{stem}_s{j}", f"{stem}_w{j}"
            add(score, f"{score}_in", folds * per_fold)
            text.append(board.deck.line(f"x{share}"))
            for node in lines(share):
                kept.append(node)
                text.append(f"rload_{node} {node} 0 {number(1.0 / load[node])}")
    plot = run(board, [*text, ".op"], kept, timeout)
    branches = [f"{stem}_w{j}" for stem in stems for j in range(scores.shape[1])]
    asking_lines = [(f"{unit}_qp", f"{unit}_qn") for unit in units]
    return {
        "membranes": pairs_of(plot, asking_lines),
        "readouts": pairs(plot, units),
        "shares": pairs(plot, branches),
    }
