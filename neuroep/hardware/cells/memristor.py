"""The non-volatile synapse: a memristor that pulses move by linear steps."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, static, waves
from neuroep.hardware.cells.cell import KERNEL, ODE, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.parameters import DEVICE, Parameter, Range, Values
from neuroep.hardware.cells.pulses import height, width

TRAIN = np.concatenate([np.ones(50), -np.ones(90), np.tile([1.0, -1.0], 25)])
"""190 pulses on the bench: up, down, and turn by turn."""

PERIOD = 4.0
"""Of the pulses on the bench, in widths."""

EDGE = 0.1
"""Rise and fall of a pulse, in widths."""

READ = 0.1
"""V: at which the conductance is read."""

GAMMA = Range(-np.inf, 1.0)


def linear_step(p: Values, w: Reals, pulse: Reals) -> Reals:
    """Return the state after one pulse each: +1 up, -1 down, 0 none; no further than its bounds."""
    up = p["su"] * (1.0 - p["gammau"] * w)
    down = p["sd"] * (1.0 + p["gammad"] * w)
    step = np.where(pulse > 0, up, np.where(pulse < 0, -down, 0.0))
    return np.asarray(np.clip(w + step, -1.0, 1.0))


def state_slope(p: Values, w: Reals, up: Reals | float, dn: Reals | float) -> Reals:
    """Return dw/dt while the write lines stand at some voltages, 1/s.

    During a pulse of height vp and width tp it makes the step of :func:`linear_step`. At a bound
    only what leads away from it counts.
    """
    raised = _rate(p["su"], p["gammau"], p["tp"], w)
    lowered = _rate(p["sd"], p["gammad"], p["tp"], -w)
    slope = (up * raised - dn * lowered) / p["vp"]
    outward = np.where(slope > 0, w >= 1.0, w <= -1.0)
    return np.asarray(np.where(outward, 0.0, slope))


def _rate(step: float, gamma: float, width: float, w: Reals) -> Reals:
    """Return alpha - lambda w with exp(-lambda tp) = 1 - gamma step and alpha = lambda/gamma."""
    slope = -np.log1p(-gamma * step) / width
    return np.asarray((slope / gamma if gamma else step / width) - slope * w)


def conductance(p: Values, w: Reals) -> Reals:
    """Return the conductance at a state, S."""
    return np.asarray(p["gmin"] + 0.5 * (p["gmax"] - p["gmin"]) * (1.0 + w))


def _kernel(setup: Setup, x: Reals) -> Reals:
    states, w = [], np.zeros(())
    for pulse in TRAIN:
        w = linear_step(setup.values, w, pulse)
        states.append(float(w))
    return np.array(states)


def _lines(setup: Setup) -> tuple[waves.Wave, waves.Wave]:
    p = setup.values
    starts = (0.5 + PERIOD * np.arange(TRAIN.size)) * p["tp"]
    made = [waves.pulses(starts[sign * TRAIN > 0], p["tp"], EDGE * p["tp"]) for sign in (1.0, -1.0)]
    return made[0], made[1]


def _after(setup: Setup, x: Reals) -> Reals:
    """Return when the state after each pulse is looked at, s."""
    return np.asarray((PERIOD * x - 1.0) * setup.values["tp"])


def _ode(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    up, dn = _lines(setup)

    def slope(t: float, w: Reals) -> Reals:
        return state_slope(p, w, p["vp"] * up.at(t), p["vp"] * dn.at(t))

    looked = _after(setup, x)
    corners = np.unique(np.concatenate([[0.0], up.times, dn.times, looked]))
    states = waves.integrated(slope, np.zeros(1), corners, 1e-12)[:, 0]
    return np.asarray(states[np.searchsorted(corners, looked)])


def _spice(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    up, dn = (waves.Wave(line.times, p["vp"] * line.values) for line in _lines(setup))
    lines = [
        f"Vup up 0 {up.text}",
        f"Vdn dn 0 {dn.text}",
        bench.instance(setup, "cell", "0 0 up dn w"),
        ".ic v(w)=0",
        # Behind each corner ngspice begins with a method of first order; 190 pulses add that up.
        ".options reltol=1e-8",
    ]
    looked = _after(setup, x)
    time, volts = bench.waveforms(setup, lines, ("w",), float(looked[-1]), p["tp"] / 4)
    return np.interp(looked, time, volts["w"])


def _consistent(p: Values) -> str:
    if p["gmin"] >= p["gmax"]:
        return f"gmin = {p['gmin']:g} S must lie below gmax = {p['gmax']:g} S"
    for step, gamma in (("su", "gammau"), ("sd", "gammad")):
        if p[gamma] and abs(p[gamma]) < 1e-6:
            return f"{gamma} = {p[gamma]:g} is too small to tell from 0: say 0"
        if p[step] * (1.0 - min(p[gamma], 0.0)) > 1.0 or p[step] * p[gamma] >= 1.0:
            return f"{step} = {p[step]:g} with {gamma} = {p[gamma]:g}: one pulse crosses the range"
    return ""


def _step(symbol: str, way: str) -> Parameter:
    meaning = f"step of the state at w = 0, of a pulse {way}"
    return Parameter(
        symbol, "", meaning, 1 / 32, Range(0.0, 1.0, closed=False), "64 pulses a range"
    )


def _gamma(symbol: str, way: str) -> Parameter:
    meaning = f"how steps {way} shrink: 0 not at all, 1 to nothing at the bound, negative: grow"
    return Parameter(symbol, "", meaning, 1.0, GAMMA, "soft bounds")


MEMRISTOR = Cell(
    "memristor",
    "synapse: a non-volatile conductance that pulses move",
    {
        "a": "one end of the conductance",
        "b": "the other",
        "up": "write line that raises it",
        "dn": "write line that lowers it",
        "w": "state, 1 V per unit",
    },
    (
        Parameter("gmin", "siemens", "conductance at w = -1", 1e-6, DEVICE, common.DEVICES),
        Parameter("gmax", "siemens", "conductance at w = 1", 40e-6, DEVICE, common.DEVICES),
        _step("su", "up"),
        _step("sd", "down"),
        _gamma("gammau", "up"),
        _gamma("gammad", "down"),
        height(),
        width(),
    ),
    (
        Experiment(
            f"{TRAIN.size} pulses both ways",
            Axis("pulses", ""),
            Axis("state", ""),
            lambda s: np.linspace(1, TRAIN.size, TRAIN.size),
            {KERNEL: _kernel, ODE: _ode, SPICE: _spice},
            {ODE: 1e-9, SPICE: 2e-6},  # a millionth of the range
        ),
        static.sweep(
            f"conductance, read at {READ:g} V",
            Axis("state", ""),
            Axis("current from a to b", "A"),
            lambda s: np.linspace(-1.0, 1.0, 21),
            lambda s, x: READ * conductance(s.values, x),
            bench.wired(lambda x: {"w": x, "a": READ, "b": 0.0, "up": 0.0, "dn": 0.0}),
            ("i(vb)",),
            tolerance=1e-15,
        ),
    ),
    _consistent,
)
