"""A chip of layers in ngspice with an ammeter in the supplies of each kind of cell."""

import re
from collections.abc import Mapping

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.deck import NetworkDeck
from neuroep.hardware.hopfield.netlist.board import Board
from neuroep.hardware.netlist.cells import REFERENCE
from neuroep.hardware.netlist.metering import metered, watts
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.views.bench import Metered

PAIR = re.compile(r"^x(\S+) (\S+) (\S+) (\S+) \S+ gp=(\S+) gn=(\S+)$", re.MULTILINE)


def run_metered(deck: NetworkDeck, timeout: float) -> Metered:
    """Run the transient of one phase and add up what each kind of cell and array takes, J.

    An InputError: ngspice is missing, hangs or fails.
    """
    board = deck.board
    text, groups = metered(deck.text, board.deck, lambda name, cell: _cells(board, name, cell))
    plots = run_deck(text, timeout=timeout)
    plot = next(plot for plot in plots if plot.time is not None)

    def joules(power: Reals) -> float:
        return float(np.trapezoid(power, plot.time))

    drawn = {
        "chip: reference" if of == REFERENCE else of: joules(watts(plot.values, k))
        for k, of in enumerate(groups)
    }
    heat = {name: joules(power) for name, power in _arrays(board, deck.text, plot).items()}
    delivered = joules(deck.read(plot).power)
    assert plot.time is not None
    return Metered(float(plot.time[-1]), delivered, drawn, heat)


def _cells(board: Board, element: str, cell: str) -> str:
    """Return which part of an account a placed cell belongs to."""
    stem = element.removeprefix("x")
    if cell == "nudge" or re.fullmatch(r"target_\d+", stem):
        return f"target: {cell}"
    if cell in ("bias", "readout"):  # b_UNIT, r_UNIT
        stem = stem[2:]
    return f"{_layer(board, stem)}: {cell}"


def _layer(board: Board, node: str) -> str:
    """Return the layer that a unit, line or virtual ground is of; of none, it is of classes."""
    fits = [n for n, stem in board.names.items() if re.match(rf"{stem}_(r\d+_|\d)", node)]
    return max(fits, key=lambda name: len(board.names[name]), default="classes")


def _arrays(board: Board, text: str, plot: Plot) -> Mapping[str, Reals]:
    """Return G V^2 of all devices over time, by array, W."""
    found: dict[str, Reals] = {}
    for name, plus, minus, into, *siemens in PAIR.findall(text):
        here, there = _layer(board, plus), _layer(board, into)
        array = {"k": f"{here}: keys", "v": f"{here}: values"}.get(name[0], f"{here} -> {there}")
        if here == "classes":
            array = "errors"
        for written, line in zip(siemens, (plus, minus), strict=True):
            power = _siemens(written) * np.square(plot.values[line])
            found[array] = np.asarray(found.get(array, 0.0) + power)
    return found


def _siemens(written: str) -> float:
    return float(written.removeprefix("{gscale*").removesuffix("}"))
