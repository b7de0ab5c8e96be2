"""Attention: scores, a soft winner-take-all, and what reads the stored values out."""

import numpy as np

from neuroep.core.hopfield.layers import softmax_rows
from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, static
from neuroep.hardware.cells.cell import Axis, Cell, Setup
from neuroep.hardware.cells.parameters import Parameter

CURRENT = Axis("current into in", "A")
FULL_SCALE = 2e-6
"""A: sweep of the currents into a virtual ground."""

SWEEP = np.linspace(-FULL_SCALE, FULL_SCALE, 21)

RIVALS = (0.0, 0.02)
"""V: gates of the two branches beside the one that is swept."""


INTO = bench.wired(lambda x: {"in": bench.amperes(x)})

SCORE = Cell(
    "score",
    "attention: the current of a stored pattern becomes a gate voltage",
    {
        "in": "current of one stored pattern, held at 0 V",
        "gate": "gate of a branch of the winner-take-all",
        **common.SUPPLIES,
    },
    (
        Parameter("r", "ohm", "transresistance", 20e3, source="c U_T/(kappa gp V_k)"),
        common.quiescent(),
    ),
    (
        static.sweep(
            "transfer curve",
            CURRENT,
            Axis("gate voltage", "V"),
            lambda s: SWEEP,
            lambda s, x: s.values["r"] * x,
            INTO,
            ("gate",),
            tolerance=1e-9,
        ),
    ),
)


def _shares(setup: Setup, x: Reals) -> Reals:
    """Return the shares of the swept branch and its rivals (3, points), by attention's kernel."""
    gates = np.array([[v, *RIVALS] for v in x])
    softmax_rows(gates, setup.values["kappa"] / setup.thermal_voltage)
    return gates.T


def _branch_lines(setup: Setup, x: Reals) -> Reals:
    first, *others = setup.values["vs"] * _shares(setup, x)
    return np.array([first, -first, *others])


def _branches(setup: Setup, s: str, volts: float, supplies: str = "vdd vss") -> list[str]:
    lines = [
        f"Vgate{s} gate{s} 0 {volts:.17g}",
        bench.instance(setup, s, f"gate{s} tail{s} outp{s} outn{s} {supplies}"),
        f"Xtail{s} tail{s} vdd vss wta_tail ib={setup.values['ib']:.17g}",
    ]
    for k, rival in enumerate(RIVALS):
        nodes = f"gate{k}{s} tail{s} rival{k}{s} inverse{k}{s} vdd vss"
        lines += [
            f"Vgate{k}{s} gate{k}{s} 0 {rival}",
            bench.instance(setup, f"rival{k}{s}", nodes),
        ]
    return lines


def _branch_supplies(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    share = _shares(setup, x)[0]
    line = p["vs"] * share / bench.LOAD
    drawn = static.class_b(np.array([line, -line]), p["iq"])
    drawn[0] += p["ib"] * share
    return drawn


def _gates(setup: Setup) -> Reals:
    return np.linspace(-4.0, 4.0, 25) * setup.thermal_voltage / setup.values["kappa"]


WTA_BRANCH = Cell(
    "wta_branch",
    "attention: a branch of a soft winner-take-all",
    {
        "gate": "score",
        "tail": "source node common to all branches of a row",
        **common.LINES,
        **common.SUPPLIES,
    },
    (
        common.tail(),
        common.line_volts(),
        common.kappa(),
        Parameter(
            "rel",
            "",
            "current of its transistor, of what it is designed for",
            1.0,
            source=common.MISMATCH,
            needed=False,
        ),
        common.quiescent(),
    ),
    static.driver(
        "softmax of three branches",
        Axis("gate voltage of one of three branches", "V"),
        Axis("line voltage", "V"),
        _gates,
        _branch_lines,
        _branches,
        ("outp", "outn", "rival0", "rival1"),
        drawn=_branch_supplies,
        beside=("wta_tail",),
        tolerance=1e-7,
        lines=("outp", "outn", "outp at 0 V", "outp at 20 mV"),
    ),
)


WTA_TAIL = Cell(
    "wta_tail",
    "attention: the tail current of a soft winner-take-all",
    {"tail": "source node common to all branches of a row", **common.SUPPLIES},
    (common.tail(),),
    (
        static.sweep(
            "output characteristic",
            Axis("voltage of the tail", "V"),
            Axis("current out of the branches", "A"),
            lambda s: np.linspace(-1.0, 0.0, 11),
            lambda s, x: np.full(x.size, s.values["ib"]),
            bench.wired(lambda x: {"tail": x}),
            ("-i(vtail)",),
            tolerance=1e-13,
        ),
    ),
)


READOUT = Cell(
    "readout",
    "attention: the current of a column of stored values becomes an activity",
    {
        "in": "current of one column, held at 0 V",
        **common.LINES,
        **common.SUPPLIES,
    },
    (
        Parameter("r", "ohm", "transresistance", 250e3, source="1/gp, the pattern conductance"),
        common.quiescent(),
    ),
    static.driver(
        "transfer curve",
        CURRENT,
        Axis("line voltage", "V"),
        lambda s: SWEEP,
        lambda s, x: np.array([s.values["r"] * x, -s.values["r"] * x]),
        INTO,
        static.LINES,
        tolerance=1e-9,
        lines=static.LINES,
    ),
)
