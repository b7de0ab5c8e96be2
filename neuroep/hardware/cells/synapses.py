"""Synapses: a passive conductance, a pair of them as a signed weight, and where a line ends."""

import numpy as np

from neuroep.hardware.cells import bench, common, static
from neuroep.hardware.cells.cell import Axis, Cell
from neuroep.hardware.cells.parameters import DEVICE, Parameter

VOLTS = np.linspace(-0.5, 0.5, 21)


DIFFERENTIAL_PAIR = Cell(
    "differential_pair",
    "synapse: a signed weight as the difference of two conductances",
    {
        "inp": "line at +V",
        "inn": "line at -V",
        "out": "virtual ground of the receiver",
    },
    (
        Parameter("gp", "siemens", "conductance from inp to out", 22.5e-6, DEVICE, common.DEVICES),
        Parameter("gn", "siemens", "conductance from inn to out", 18.5e-6, DEVICE, common.DEVICES),
    ),
    (
        static.sweep(
            "transfer curve",
            Axis("line voltage", "V"),
            Axis("current into the receiver", "A"),
            lambda s: VOLTS,
            lambda s, x: (s.values["gp"] - s.values["gn"]) * x,
            bench.wired(lambda x: {"inp": x, "inn": -x, "out": 0.0}),
            ("i(vout)",),
            tolerance=1e-15,
        ),
    ),
)

CONDUCTANCE = Cell(
    "conductance",
    "synapse: a passive conductance",
    {"a": "one node", "b": "the other"},
    (Parameter("g", "siemens", "conductance", 10e-6, DEVICE, common.DEVICES),),
    (
        static.sweep(
            "transfer curve",
            Axis("voltage from a to b", "V"),
            Axis("current from a to b", "A"),
            lambda s: VOLTS,
            lambda s, x: s.values["g"] * x,
            bench.wired(lambda x: {"a": x, "b": 0.0}),
            ("i(vb)",),
            tolerance=1e-15,
        ),
    ),
)

CURRENT_INVERTER = Cell(
    "current_inverter",
    "wires: the current of a line, inverted",
    {"in": "end of a line, held at 0 V", "out": "virtual ground of the receiver"},
    (),
    (
        static.sweep(
            "transfer curve",
            Axis("current into in", "A"),
            Axis("current taken from the receiver", "A"),
            lambda s: np.linspace(-20e-6, 20e-6, 21),
            lambda s, x: x,
            bench.wired(lambda x: {"in": bench.amperes(x), "out": 0.0}),
            ("-i(vout)",),
            tolerance=1e-15,
        ),
    ),
)
