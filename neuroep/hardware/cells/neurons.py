"""Neurons that settle, and the membrane of an attention layer."""

import numpy as np

from neuroep.core.hopfield import activations
from neuroep.core.tables import Reals
from neuroep.hardware.cells import common
from neuroep.hardware.cells.cell import Cell
from neuroep.hardware.cells.membranes import Readout, experiments
from neuroep.hardware.cells.parameters import Parameter, UnitValues

PINS = {
    "in": "synaptic current, held at 0 V",
    "mem": "membrane",
    **common.LINES,
    **common.SUPPLIES,
}
UNIT = Parameter("vu", "volt", "membrane voltage of one unit of potential", 0.5, source=common.CHIP)
GAIN = Parameter(
    "gain", "", "slope of the activity, per unit of potential", 1.0, source="the network's layer"
)


def hard_sigmoid_line(p: UnitValues, ut: float, v: Reals) -> Reals:
    """Return vs clip(gain (v + vos)/vu, 0, sat), V."""
    x = p["gain"] * (v + p.get("vos", 0.0)) / p["vu"]
    return np.asarray(p["vs"] * np.clip(x, 0.0, p.get("sat", 1.0)))


def linear_line(p: UnitValues, ut: float, v: Reals) -> Reals:
    """Return vs gain (v + vos)/vu, V."""
    return np.asarray(p["vs"] * p["gain"] * (v + p.get("vos", 0.0)) / p["vu"])


def tanh_line(p: UnitValues, ut: float, v: Reals) -> Reals:
    """Return vs sat tanh(kappa (v + vos)/(2 U_T)), V."""
    x = p["kappa"] * (v + p.get("vos", 0.0)) / (2.0 * ut)
    return np.asarray(p["vs"] * p.get("sat", 1.0) * np.tanh(x))


def sigmoid_line(p: UnitValues, ut: float, v: Reals) -> Reals:
    """Return vs sat/(1 + exp(-kappa (v + vos - vref)/U_T)), V."""
    x = 0.5 * p["kappa"] * (v + p.get("vos", 0.0) - p["vref"]) / ut
    return np.asarray(0.5 * p["vs"] * p.get("sat", 1.0) * (1.0 + np.tanh(x)))


HARD_SIGMOID = Cell(
    "hard_sigmoid",
    "neuron: an amplifier between two rails",
    PINS,
    (
        common.capacitance(),
        common.leak(4e-6),
        UNIT,
        common.line_volts(),
        GAIN,
        common.offset("the amplifier"),
        common.saturation(),
        common.quiescent(),
    ),
    experiments(
        Readout(
            # The upper rail moves, and not the slope.
            kernel=lambda s, v: (
                s.values["vs"]
                * s.values["sat"]
                * activations.hard_sigmoid(
                    (v + s.values["vos"]) / s.values["vu"],
                    (s.values["gain"] / s.values["sat"],),
                )
            ),
            formula=lambda s, v: hard_sigmoid_line(s.values, s.thermal_voltage, v),
            equation="vs*clip(gain*(v + vos)/vu, 0, sat)",
            unit=lambda s: s.values["vu"] / s.values["gain"],
            low=-0.5,
            high=1.5,
            corner=True,
        )
    ),
)

LINEAR = Cell(
    "linear",
    "neuron: an amplifier without rails",
    PINS,
    (
        common.capacitance(),
        common.leak(4e-6),
        UNIT,
        common.line_volts(),
        GAIN,
        common.offset("the amplifier"),
        common.quiescent(),
    ),
    experiments(
        Readout(
            kernel=lambda s, v: (
                s.values["vs"]
                * activations.linear((v + s.values["vos"]) / s.values["vu"], (s.values["gain"],))
            ),
            formula=lambda s, v: linear_line(s.values, s.thermal_voltage, v),
            equation="vs*gain*(v + vos)/vu",
            unit=lambda s: s.values["vu"] / s.values["gain"],
            low=-1.5,
            high=1.5,
        )
    ),
)

TANH = Cell(
    "tanh",
    "neuron: a differential pair of sub-threshold transistors",
    PINS,
    (
        common.capacitance(),
        common.leak(27e-6),
        common.line_volts(),
        common.tail(),
        common.kappa(),
        common.offset("the pair"),
        common.saturation(),
        common.quiescent(),
    ),
    experiments(
        Readout(
            kernel=lambda s, v: (
                s.values["vs"]
                * s.values["sat"]
                * activations.tanh(
                    v + s.values["vos"], (0.5 * s.values["kappa"] / s.thermal_voltage,)
                )
            ),
            formula=lambda s, v: tanh_line(s.values, s.thermal_voltage, v),
            equation="vs*sat*tanh(kappa*(v + vos)/(2*ut))",
            unit=lambda s: 2.0 * s.thermal_voltage / s.values["kappa"],
            low=-3.0,
            high=3.0,
            idle=lambda p: p["iq"] + p["ib"] * p["sat"],
        )
    ),
)

SIGMOID = Cell(
    "sigmoid",
    "neuron: one side of a differential pair of sub-threshold transistors",
    PINS,
    (
        common.capacitance(),
        common.leak(13.5e-6),
        Parameter(
            "vref",
            "volt",
            "membrane voltage of activity 1/2",
            0.074,
            source="vu/2 = 2 gain U_T/kappa",
        ),
        common.line_volts(),
        common.tail(),
        common.kappa(),
        common.offset("the pair"),
        common.saturation(),
        common.quiescent(),
    ),
    experiments(
        Readout(
            # One unit of potential is 2 vref on the membrane; the kernel is centred at 1/2.
            kernel=lambda s, v: (
                s.values["vs"]
                * s.values["sat"]
                * activations.sigmoid(
                    0.5 * (v + s.values["vos"]) / s.values["vref"],
                    (0.5 * s.values["vref"] * s.values["kappa"] / s.thermal_voltage,),
                )
            ),
            formula=lambda s, v: sigmoid_line(s.values, s.thermal_voltage, v),
            equation="vs*sat/(1 + exp(-kappa*(v + vos - vref)/ut))",
            unit=lambda s: 2.0 * s.values["vref"],
            low=-1.5,
            high=2.5,
            idle=lambda p: p["iq"] + p["ib"] * p["sat"],
        )
    ),
)

MEMBRANE = Cell(
    "membrane",
    "element of a row of an attention layer",
    {**PINS, "outp": "line at +V(mem)", "outn": "line at -V(mem)"},
    (common.capacitance(), common.leak(4e-6), common.offset("the buffer"), common.quiescent()),
    experiments(
        Readout(
            kernel=lambda s, v: activations.linear(v + s.values["vos"], (1.0,)),
            formula=lambda s, v: v + s.values["vos"],
            equation="v + vos",
            unit=lambda s: 0.5,
            low=-1.5,
            high=1.5,
        )
    ),
)
