"""The volatile synapse: a capacitor whose voltage sets a conductance, and which leaks."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, static, waves
from neuroep.hardware.cells.cell import KERNEL, ODE, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.memristor import EDGE, READ
from neuroep.hardware.cells.parameters import NOT_NEGATIVE, Parameter
from neuroep.hardware.cells.pulses import CHARGE_PUMP, height, packet_current, width

START = 0.5
"""V: the gate before the first pulse on the bench."""

TRAIN = np.concatenate([np.ones(40), -np.ones(60)])
PERIOD = 0.02
"""Of the pulses on the bench, in time constants of the leak, or 4 widths if that is more."""


def _lines(setup: Setup) -> tuple[waves.Wave, waves.Wave]:
    p = setup.values
    starts = _period(setup) * np.arange(TRAIN.size) + p["tp"]
    made = [waves.pulses(starts[sign * TRAIN > 0], p["tp"], EDGE * p["tp"]) for sign in (1.0, -1.0)]
    return made[0], made[1]


def _period(setup: Setup) -> float:
    p = setup.values
    forgets = p["c"] / p["gl"] if p["gl"] else 0.0
    return max(min(PERIOD * forgets, 1e3 * p["tp"]), 4.0 * p["tp"])


def _current(setup: Setup) -> waves.Wave:
    up, dn = _lines(setup)
    corners = np.unique(np.concatenate([[0.0], up.times, dn.times]))
    vp = setup.values["vp"]
    return waves.Wave(
        corners, packet_current(setup.values, vp * up.at(corners), vp * dn.at(corners))
    )


def _looked(setup: Setup, x: Reals) -> Reals:
    return np.asarray(_period(setup) * x)


def _kernel(setup: Setup, x: Reals) -> Reals:
    p, current = setup.values, _current(setup)
    volts, before, found = np.array([START]), 0.0, []
    for time in map(float, _looked(setup, x)):
        volts = waves.charged(current, np.ones(1), p["c"], p["gl"], (before, time), volts)
        found.append(float(volts[0]))
        before = time
    return np.array(found)


def _ode(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    up, dn = _lines(setup)

    def slope(t: float, v: Reals) -> Reals:
        pumped = packet_current(p, p["vp"] * up.at(t), p["vp"] * dn.at(t))
        return np.asarray((pumped - p["gl"] * v) / p["c"])

    looked = _looked(setup, x)
    corners = np.unique(np.concatenate([[0.0], up.times, dn.times, looked]))
    volts = waves.integrated(slope, np.array([START]), corners, 1e-12)[:, 0]
    return np.asarray(volts[np.searchsorted(corners, looked)])


def _spice(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    up, dn = (waves.Wave(line.times, p["vp"] * line.values) for line in _lines(setup))
    lines = [
        f"Vup up 0 {up.text}",
        f"Vdn dn 0 {dn.text}",
        bench.instance(setup, "cell", "0 0 up dn w vdd vss"),
        f".ic v(w)={START}",
    ]
    looked = _looked(setup, x)
    longest = max(p["tp"] / 4, _period(setup) / 400)
    time, volts = bench.waveforms(setup, lines, ("w",), float(looked[-1]), longest)
    return np.interp(looked, time, volts["w"])


CAPACITOR_SYNAPSE = Cell(
    "capacitor_synapse",
    "synapse: a conductance that a leaking capacitor sets",
    {
        "a": "one end of the conductance",
        "b": "the other",
        "up": "line whose pulses raise it",
        "dn": "line whose pulses lower it",
        "w": "gate",
        **common.SUPPLIES,
    },
    (
        Parameter("c", "farad", "capacitance of the gate", 100e-15, source=common.CHIP),
        Parameter("q", "coulomb", "charge of a packet", 0.5e-15, source="5 mV on 100 fF"),
        height(),
        width(),
        CHARGE_PUMP.parameters[3],
        Parameter("gl", "siemens", "conductance of the leak", 10e-12, NOT_NEGATIVE, common.CHIP),
        Parameter(
            "kp",
            "siemens",
            "conductance per volt of overdrive, at 1 V",
            40e-6,
            source=common.CHIP,
        ),
        Parameter("vt", "volt", "threshold of the transistor", 0.2, source=common.CHIP),
        common.quiescent(1e-9),
    ),
    (
        Experiment(
            f"{TRAIN.size} pulses both ways, and the leak",
            Axis("pulses", ""),
            Axis("voltage of the gate", "V"),
            lambda s: np.linspace(1, TRAIN.size, TRAIN.size),
            {KERNEL: _kernel, ODE: _ode, SPICE: _spice},
            {ODE: 1e-9, SPICE: lambda s: 0.01 * s.values["q"] / s.values["c"]},
        ),
        static.sweep(
            f"conductance, read at {READ:g} V",
            Axis("voltage of the gate", "V"),
            Axis("current from a to b", "A"),
            lambda s: np.linspace(0.0, 1.2, 25),
            lambda s, x: READ * s.values["kp"] * np.maximum(x - s.values["vt"], 0.0),
            bench.wired(lambda x: {"w": x, "a": READ, "b": 0.0, "up": 0.0, "dn": 0.0}),
            ("i(vb)",),
            tolerance=1e-15,
        ),
    ),
    parts=("charge_pump",),
)
