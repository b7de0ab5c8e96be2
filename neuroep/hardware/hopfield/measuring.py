"""What measurements of a chip's own cells share: loads, runs, pairs of lines and their means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.netlist.network import operated_by
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.rawfile import Plot


@dataclass(frozen=True)
class Mean:
    """The mean of both lines of some units, over the signal, an array each.

    It is ``level`` + ``slope`` * activity.
    """

    level: Reals
    slope: Reals


def mean_of(activity: Reals, mean: Reals) -> Mean:
    """Fit a line to means over activities, (units, points) each."""
    middle = activity.mean(axis=1, keepdims=True)
    off = activity - middle
    slope = (off * mean).sum(axis=1) / np.square(off).sum(axis=1)
    return Mean(mean.mean(axis=1) - slope * middle[:, 0], slope)


def pairs(plot: Plot, units: Sequence[str]) -> tuple[Reals, Reals]:
    """Return the voltages of both lines of units, (units, points)."""
    return pairs_of(plot, [lines(unit) for unit in units])


def pairs_of(plot: Plot, of: Sequence[tuple[str, str]]) -> tuple[Reals, Reals]:
    """Return the voltages of pairs of lines, (pairs, points)."""
    p, n = ([plot.values[pair[side]] for pair in of] for side in (0, 1))
    return np.array(p), np.array(n)


def loads(board: Board) -> tuple[dict[str, float], dict[str, float]]:
    """Return the conductance that ends at each virtual ground, and that hangs on each line, S."""
    into: dict[str, float] = {}
    load: dict[str, float] = {}
    for ground, line, siemens in board.ledger.conductances:
        if siemens:
            into[ground] = into.get(ground, 0.0) + siemens
            load[line] = load.get(line, 0.0) + siemens
    least = board.circuit.chip.middle_conductance
    for unit in (u for name in board.network.layers for u in board.units(name)):
        into.setdefault(f"{unit}_in", least)
        for line in lines(unit):
            load.setdefault(line, least)
    return into, load


def run(board: Board, text: Iterable[str], nodes: Iterable[str], timeout: float) -> Plot:
    """Run lines of a netlist among the rails of a chip; record some nodes."""
    save = ".save " + " ".join(f"v({node})" for node in nodes)
    deck = [*operated_by(board), board.deck.subcircuits(), *text, save, ".end\n"]
    (plot,) = run_deck("\n".join(deck), timeout=timeout)
    return plot
