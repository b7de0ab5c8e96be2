"""The transfer curves of a chip's own neurons and lines, measured by ngspice.

Every neuron of one chip, with the transistors that it has there, loaded as it is loaded in its
network: its virtual ground by the conductances that end there, its lines by those that they drive.
One current is swept through all of them.

What a pair of lines carries is its difference, the activity, and its mean, which should be zero.
The mean of a sender's lines flows through both conductances of a pair: every receiver gets 2 G_mid
times it, whatever the weight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.deck import NetworkDeck
from neuroep.hardware.hopfield.measuring import Mean, loads, mean_of, pairs, run
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.rows import Rows, measure_rows
from neuroep.hardware.netlist.deck import number
from neuroep.hardware.programs.rawfile import Plot
from neuroep.network.hopfield.curve import Curve

REACH = 10.0
"""Unit currents up to which a neuron is swept, both ways."""

POINTS = 401

WITHIN = 2.0
"""Unit currents within which the mean of a neuron's lines is averaged: where it is in use."""


@dataclass(frozen=True)
class Driven:
    """The lines of clamped units, (units,) each: activity = ``gain`` * value + ``offset``."""

    gain: Reals
    offset: Reals


@dataclass(frozen=True)
class Curves:
    """Of one chip: a curve of each layer of neurons, the lines of each clamped one, all means.

    ``rows``: of each layer of attention; ``targets`` (outputs,): by how far what the nudge pulls an
    output's line to lies off its target, normalised: offsets of the target's line and of its own.
    """

    neurons: Mapping[str, Curve]
    clamped: Mapping[str, Driven]
    means: Mapping[str, Mean]
    rows: Mapping[str, Rows] = field(default_factory=dict)
    targets: Reals = field(default_factory=lambda: np.zeros(1))


def tabulate(deck: NetworkDeck, *, timeout: float = 300.0) -> Curves:
    """Measure the neurons and the clamped lines of a chip.

    ``deck``: its netlist, of any example in the free phase.

    An InputError: ngspice is missing or fails. A ValueError: a curve that is not monotone.
    """
    board = deck.board
    settling = [n for n in board.network.settling if not board.network.layers[n].stored]
    driven = [n for n in board.network.clamped if f"x{board.unit(n, 0, 0)}" in board.deck.instances]
    plot = _swept(board, settling, timeout)
    signal = board.circuit.chip.signal
    potential = np.linspace(-REACH, REACH, POINTS)
    inside = np.abs(potential) <= WITHIN
    neurons, clamped, means = {}, {}, {}
    for name in settling:
        p, n = pairs(plot, board.units(name))
        neurons[name] = Curve(potential, 0.5 * (p - n) / signal)
        activity, mean = (0.5 * (p + sign * n)[:, inside] / signal for sign in (-1.0, 1.0))
        means[name] = mean_of(activity, mean)
    for name in driven:
        clamped[name], means[name] = _clamped(board, board.units(name), timeout)
    stored = [n for n in board.network.settling if board.network.layers[n].stored]
    rows = {name: measure_rows(board, name, timeout) for name in stored}
    means |= {name: found.readouts.mean for name, found in rows.items()}
    return Curves(neurons, clamped, means, rows, _targets(board, means, timeout))


def _lines(units: Sequence[str]) -> list[str]:
    return [line for unit in units for line in lines(unit)]


def _swept(board: Board, layers: Sequence[str], timeout: float) -> Plot:
    unit_current = board.circuit.chip.unit_current
    text, units = [], [unit for name in layers for unit in board.units(name)]
    into, load = loads(board)
    for unit in units:
        ground = f"{unit}_in"
        text.append(board.deck.line(f"x{unit}"))
        text.append(f"f{unit} 0 {ground} vsweep 1")
        text.append(f"rin_{unit} {ground} 0 {number(1.0 / into[ground])}")
        text += [f"rload_{node} {node} 0 {number(1.0 / load[node])}" for node in lines(unit)]
    step = 2.0 * REACH * unit_current / (POINTS - 1)
    reach = number(REACH * unit_current)
    text += ["isweep 0 sweep 0", "vsweep sweep 0 0"]
    text.append(f".dc isweep -{reach} {number(REACH * unit_current + 0.1 * step)} {number(step)}")
    return run(board, text, _lines(units), timeout)


def _clamped(board: Board, units: Sequence[str], timeout: float) -> tuple[Driven, Mean]:
    """Measure the lines of clamped units at both ends of the signal."""
    signal, found = board.circuit.chip.signal, []
    _, load = loads(board)
    for end in (-signal, signal):
        text = []
        for unit in units:
            words = board.deck.line(f"x{unit}").split()
            text.append(" ".join(f"v={number(end)}" if w.startswith("v=") else w for w in words))
            for node in lines(unit):
                ohms = 1.0 / load.get(node, board.circuit.chip.middle_conductance)
                text.append(f"rload_{node} {node} 0 {number(ohms)}")
        found.append(pairs(run(board, [*text, ".op"], _lines(units), timeout), units))
    p, n = np.concatenate(found, axis=-1) / signal
    ends = 0.5 * (p - n)
    driven = Driven(0.5 * (ends[:, 1] - ends[:, 0]), ends.mean(axis=1))
    return driven, mean_of(ends, 0.5 * (p + n))


def _targets(board: Board, means: Mapping[str, Mean], timeout: float) -> Reals:
    units = [f"target_{k}" for k in range(board.network.outputs)]
    cost = board.network.cost
    if cost is None or board.circuit.has_readout or f"x{units[0]}" not in board.deck.instances:
        return np.zeros(1)
    driven, mean = _clamped(board, units, timeout)
    return np.asarray(driven.offset + mean.level - means[str(cost.layer)].level)
