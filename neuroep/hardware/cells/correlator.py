"""The correlator: what a synapse senses of its two lines while a window is open."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, static
from neuroep.hardware.cells.cell import Axis, Cell, Setup
from neuroep.hardware.cells.parameters import ANY, Parameter, Values

POST = 0.3
"""V: the line beside the one that is swept."""

WINDOWS = {"plus": {"plus": 1.0, "minus": 0.0}, "minus": {"plus": 0.0, "minus": 1.0}}


def product_current(p: Values, pre: Reals, post: Reals) -> Reals:
    """Return the current behind the multiplier and before the gate, A."""
    scale = p["ik"] * (p["vl"] / p["vs"]) ** 2
    return np.asarray(scale * np.tanh(pre / p["vl"]) * np.tanh(post / p["vl"]) + p["ios"])


def _currents(setup: Setup, x: Reals) -> Reals:
    made = product_current(setup.values, x, np.asarray(POST))
    return np.array([(window["plus"] - window["minus"]) * made for window in WINDOWS.values()])


def _drawn(setup: Setup, x: Reals) -> Reals:
    return static.class_b(_currents(setup, x), 2.0 * setup.values["iq"])


AXIS = Axis(f"voltage of one line, the other at {POST:g} V", "V")
LINE = np.linspace(-0.5, 0.5, 21)

CORRELATOR = Cell(
    "correlator",
    "plasticity: the product of two lines, signed by its window",
    {
        "pre": "line whose product with the other is sensed",
        "post": "the other",
        "plus": "window that adds, 0 and 1 V",
        "minus": "window that subtracts, 0 and 1 V",
        "out": "current out of the cell",
        **common.SUPPLIES,
    },
    (
        Parameter(
            "ik",
            "amp",
            "current while both lines are at vs, without compression",
            150e-9,
            source=common.CHIP,
        ),
        common.line_volts(),
        Parameter(
            "vl",
            "volt",
            "input voltage over which a pair of transistors compresses",
            2.0,
            source=common.CHIP,
        ),
        Parameter("ios", "amp", "offset of the multiplier", 0.0, ANY, "an ideal multiplier"),
        common.quiescent(10e-9),
    ),
    static.driver(
        "transfer curve",
        AXIS,
        Axis("current out of the cell", "A"),
        lambda s: LINE,
        _currents,
        bench.wired(lambda x: {"pre": x, "post": POST, "out": 0.0}, WINDOWS),
        ("i(voutplus)", "i(voutminus)"),
        tolerance=1e-15,
        lines=("plus", "minus"),
        drawn=_drawn,
    ),
)
