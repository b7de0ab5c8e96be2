"""The nudge of a chip that runs through its phases by itself: one line turns all of them."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, static
from neuroep.hardware.cells.cell import Axis, Cell, Setup
from neuroep.hardware.cells.drivers import LINE, NUDGE, TARGET
from neuroep.hardware.cells.parameters import ANY, Parameter

BETAS = {"beta = 0.5": 0.5, "free": 0.0, "beta = -0.5": -0.5}


def _currents(setup: Setup, x: Reals) -> Reals:
    return np.array([setup.values["gm"] * beta * (TARGET - x) for beta in BETAS.values()])


PREDICTION = Axis(f"line of the neuron, target at {TARGET:g} V", "V")

GATED_NUDGE = Cell(
    "gated_nudge",
    "nudge: a current towards the target, as strong as a line says",
    {
        "out": NUDGE.pins["out"],
        "y": NUDGE.pins["y"],
        "beta": "line of the phase, 1 V for beta = 1",
        "in": NUDGE.pins["in"],
        **common.SUPPLIES,
    },
    (Parameter("gm", "siemens", "transconductance, beta at 1 V", 4e-6, ANY, "gu"),),
    static.driver(
        "transfer curve",
        PREDICTION,
        Axis("current into in", "A"),
        lambda s: LINE,
        _currents,
        bench.wired(
            lambda x: {"out": x, "y": TARGET, "in": 0.0},
            {f"{k}": {"beta": beta} for k, beta in enumerate(BETAS.values())},
        ),
        [f"i(vin{k})" for k in range(len(BETAS))],
        tolerance=1e-15,
        lines=tuple(BETAS),
    ),
)
