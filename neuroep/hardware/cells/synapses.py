"""Synapses: a passive conductance, and a pair of them as a signed weight."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, static
from neuroep.hardware.cells.cell import Axis, Cell, Setup
from neuroep.hardware.cells.parameters import DEVICE, Parameter

VOLTS = np.linspace(-0.5, 0.5, 21)


def _pair_current(setup: Setup, x: Reals) -> Reals:
    return (setup.values["gp"] - setup.values["gn"]) * x


def _pair_wiring(setup: Setup, s: str, volts: float) -> list[str]:
    return [
        f"Vp{s} inp{s} 0 {volts:.17g}",
        f"Vn{s} inn{s} 0 {-volts:.17g}",
        f"Vsense{s} out{s} 0 0",
        bench.instance(setup, s, f"inp{s} inn{s} out{s}"),
    ]


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
            _pair_current,
            _pair_wiring,
            ("i(vsense)",),
            tolerance=1e-15,
        ),
    ),
)


def _through_wiring(setup: Setup, s: str, volts: float) -> list[str]:
    return [
        f"Va{s} a{s} 0 {volts:.17g}",
        f"Vsense{s} b{s} 0 0",
        bench.instance(setup, s, f"a{s} b{s}"),
    ]


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
            _through_wiring,
            ("i(vsense)",),
            tolerance=1e-15,
        ),
    ),
)
