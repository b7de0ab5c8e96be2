"""What drives a network from outside: inputs, biases, and the nudge towards a target."""

import numpy as np

from neuroep.hardware.cells import bench, common, static
from neuroep.hardware.cells.cell import Axis, Cell
from neuroep.hardware.cells.parameters import ANY, Parameter

LINE = np.linspace(-0.5, 0.5, 21)
TARGET = 0.3
"""V: the target's line, where a prediction is swept."""

VOLTS = Axis("line voltage", "V")


CLAMP = Cell(
    "clamp",
    "driver: an input on its pair of lines",
    {"outp": "line at +v", "outn": "line at -v", **common.SUPPLIES},
    (Parameter("v", "volt", "voltage of the input", 0.5, ANY, "vs times the input"),),
    static.driver(
        "transfer curve",
        Axis("input v", "V"),
        VOLTS,
        lambda s: LINE,
        lambda s, x: np.array([x, -x]),
        bench.wired(lambda x: {"v": x}),
        static.LINES,
        tolerance=1e-9,
        lines=static.LINES,
    ),
)

BIAS = Cell(
    "bias",
    "driver: a constant current into a neuron",
    {"in": "virtual ground of the neuron", **common.SUPPLIES},
    (Parameter("i", "amp", "current into in", 1e-6, ANY, "unit current times the bias"),),
    static.driver(
        "transfer curve",
        Axis("parameter i", "A"),
        Axis("current into in", "A"),
        lambda s: np.linspace(-1e-6, 1e-6, 21),
        lambda s, x: x,
        bench.wired(lambda x: {"in": 0.0, "i": x}),
        ("i(vin)",),
        tolerance=1e-15,
    ),
)

NUDGE = Cell(
    "nudge",
    "nudge: a current towards the target",
    {
        "out": "line of the neuron, +vs s",
        "y": "line of the target, +vs y",
        "in": "virtual ground of the neuron",
        **common.SUPPLIES,
    },
    (Parameter("gm", "siemens", "transconductance, of either sign", 4e-6, ANY, "beta gu"),),
    static.driver(
        "transfer curve",
        Axis(f"line of the neuron, target at {TARGET:g} V", "V"),
        Axis("current into in", "A"),
        lambda s: LINE,
        lambda s, x: s.values["gm"] * (TARGET - x),
        bench.wired(lambda x: {"out": x, "y": TARGET, "in": 0.0}),
        ("i(vin)",),
        tolerance=1e-15,
    ),
)

ERROR = Cell(
    "error",
    "nudge: the difference of prediction and target on a pair of lines",
    {
        "p": "line of the prediction",
        "y": "line of the target",
        "outp": "line of the error",
        "outn": "the same with the opposite sign",
        **common.SUPPLIES,
    },
    (Parameter("beta", "", "nudging strength, of either sign", 0.1, ANY, "the training rule"),),
    static.driver(
        "transfer curve",
        Axis(f"line of the prediction, target at {TARGET:g} V", "V"),
        VOLTS,
        lambda s: LINE,
        lambda s, x: s.values["beta"] * np.array([x - TARGET, TARGET - x]),
        bench.wired(lambda x: {"p": x, "y": TARGET}),
        static.LINES,
        tolerance=1e-9,
        lines=static.LINES,
    ),
)
