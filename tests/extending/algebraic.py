"""A neuron of one's own: the one file, and its .cir, that it costs (docs/extending.md)."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.hardware.cells import Cell, common
from neuroep.hardware.cells.membranes import Readout, experiments
from neuroep.hardware.cells.neurons import GAIN, PINS, UNIT
from neuroep.hardware.neurons import NeuronCell
from neuroep.network.hopfield.neurons import Neurons


def activity(u, constants):
    x = constants[0] * u
    return x / math.sqrt(1.0 + x * x)


def slope(u, constants):
    x = constants[0] * u
    return constants[0] / (1.0 + x * x) ** 1.5


def lagrangian(u, constants):
    x = constants[0] * u
    return math.sqrt(1.0 + x * x) / constants[0]


@dataclass(frozen=True)
class Algebraic(Neurons):
    """g u / sqrt(1 + (g u)^2): signed, smooth."""

    activity = staticmethod(activity)
    slope = staticmethod(slope)
    lagrangian = staticmethod(lagrangian)
    low = -1.0
    high = 1.0


CIR = """* algebraic: a neuron whose amplifier saturates as x/sqrt(1 + x^2)
.subckt algebraic in mem outp outn vdd vss c=1p g=4u vu=0.5 vs=0.5 gain=1 iq=1u
Vin    in   0     0
Fcopy  0    mem   Vin 1
Cmem   mem  0     {c}
Rleak  mem  0     {1/g}
Ex     x    0     mem 0 {gain/vu}
Bp     p    0     V = {vs}*v(x)/sqrt(1 + v(x)*v(x))
Vp     p    outp  0
En     n    0     p 0 -1
Vn     n    outn  0
Bdd    vdd  0     I = {iq} + max(i(Vin), 0) + max(i(Vp), 0) + max(i(Vn), 0)
Bss    0    vss   I = {iq} + max(-i(Vin), 0) + max(-i(Vp), 0) + max(-i(Vn), 0)
.ends algebraic
"""


def line(p, ut, v):
    """Volts on the line at membrane volts v."""
    x = p["gain"] * v / p["vu"]
    return p["vs"] * x / np.sqrt(1.0 + x * x)


CELL = Cell(
    "algebraic",
    "neuron: an amplifier that saturates slowly",
    PINS,
    (common.capacitance(), common.leak(4e-6), UNIT, common.line_volts(), GAIN, common.quiescent()),
    experiments(
        Readout(
            kernel=lambda s, v: s.values["vs"] * activity(v / s.values["vu"], (s.values["gain"],)),
            formula=lambda s, v: line(s.values, s.thermal_voltage, v),
            equation="vs*(gain*v/vu)/sqrt(1 + (gain*v/vu)**2)",
            unit=lambda s: s.values["vu"] / s.values["gain"],
            low=-3.0,
            high=3.0,
        )
    ),
)


def neuron(folder: Path) -> NeuronCell:
    """Write the .cir into a folder; return what a chip needs to know of the neuron."""
    file = folder / "algebraic.cir"
    file.write_text(CIR)
    return NeuronCell(
        CELL,
        line,
        own=lambda layer, volts: {"vu": volts, "gain": layer.gain},
        activity="gain * {x} / sqrt(1 + (gain * {x})**2)",
        slope="gain * (1 - s_x**2)**1.5",
        file=file,
    )
