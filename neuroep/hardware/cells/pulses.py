"""Drivers of write lines, and packets of charge: what pulses pass through."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, static
from neuroep.hardware.cells.cell import Axis, Cell, Setup
from neuroep.hardware.cells.parameters import Parameter, Range

SHARE = Range(-1.0, 1.0, closed=False)


def height() -> Parameter:
    """Return the height of a pulse on a write line."""
    return Parameter("vp", "volt", "height of a pulse", 1.5, source=common.CHIP)


def width() -> Parameter:
    """Return the width of a pulse on a write line."""
    return Parameter("tp", "second", "width of a pulse", 50e-9, source=common.CHIP)


def _driven(setup: Setup, x: Reals) -> Reals:
    return np.array([0.0 * x, np.minimum(setup.values["vp"] * x, bench.SUPPLY)])


FIRE = Axis("voltage of fire", "V")
RISE = np.linspace(0.0, 1.0, 21)

PULSE_DRIVER = Cell(
    "pulse_driver",
    "plasticity: lets a pulse through to a write line",
    {
        "on": "whether to pulse, 0 or 1 V",
        "fire": "common line with the shape of a pulse, 0 to 1 V",
        "out": "write line",
        **common.SUPPLIES,
    },
    (height(), common.quiescent(1e-9)),
    static.driver(
        "transfer curve",
        FIRE,
        Axis("voltage of the write line", "V"),
        lambda s: RISE,
        _driven,
        bench.wired(
            lambda x: {"fire": x, "out": bench.ohms(bench.LOAD)},
            {"no": {"on": 0.0}, "yes": {"on": 1.0}},
        ),
        ("outno", "outyes"),
        tolerance=1e-9,
        lines=("off", "on"),
        drawn=lambda s, x: static.class_b(_driven(s, x) / bench.LOAD, 2.0 * s.values["iq"]),
    ),
)


def packet_current(p: dict[str, float], up: Reals, dn: Reals) -> Reals:
    """Return the current of a charge pump while its write lines stand at some voltages, A."""
    return np.asarray(p["q"] / (p["vp"] * p["tp"]) * (up - (1.0 + p["mis"]) * dn))


def _pumped(setup: Setup, x: Reals) -> Reals:
    return packet_current(setup.values, np.maximum(x, 0.0), np.maximum(-x, 0.0))


WRITE_LINE = Axis("voltage of up, negative: of dn", "V")
BOTH = np.linspace(-1.5, 1.5, 21)

CHARGE_PUMP = Cell(
    "charge_pump",
    "plasticity: packets of charge for pulses",
    {
        "up": "line whose pulses put a packet out",
        "dn": "line whose pulses take one in",
        "out": "current out of the cell",
        **common.SUPPLIES,
    },
    (
        Parameter("q", "coulomb", "charge of a packet", 10e-15, source="capacitance times step"),
        height(),
        width(),
        Parameter(
            "mis",
            "",
            "share by which the lower source is stronger than the upper one",
            0.0,
            SHARE,
            "ideal sources",
        ),
        common.quiescent(1e-9),
    ),
    static.driver(
        "transfer curve",
        WRITE_LINE,
        Axis("current out of the cell", "A"),
        lambda s: BOTH,
        _pumped,
        bench.wired(lambda x: {"up": max(x, 0.0), "dn": max(-x, 0.0), "out": 0.0}),
        ("i(vout)",),
        tolerance=1e-15,
    ),
)
