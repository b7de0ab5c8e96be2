"""The circuit of a synapse that learns: correlator, capacitor, comparators, pulse and packet."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, waves
from neuroep.hardware.cells.cell import KERNEL, ODE, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.comparator import COMPARATOR
from neuroep.hardware.cells.correlator import CORRELATOR, product_current
from neuroep.hardware.cells.parameters import NOT_NEGATIVE, Parameter, Values
from neuroep.hardware.cells.pulses import height, packet_current, width

EXAMPLES, SLOTS = 12, 6
"""On the bench."""

SWING = 6.0
"""Of the capacitor on the bench, in thresholds: one window while both lines are at vs."""


def decision(p: Values, acc: Reals) -> Reals:
    """Return what the comparators say of capacitors at some voltages: +1 up, -1 down, 0 nothing.

    An offset moves both thresholds away from zero or towards it.
    """
    threshold = p["vth"] + p["vos"]
    return np.asarray((acc >= threshold).astype(float) - (-acc >= threshold))


def capacitor_current(p: Values, product: Reals, window: Reals | float, pulse: Reals) -> Reals:
    """Return the current onto the capacitor beside its leak, A.

    Parameters
    ----------
    product : (n,)
        Current of the correlator before its gate, A.
    window : float
        V(plus) - V(minus).
    pulse : (n,)
        V(up) - V(down): each pulse takes its packet off.
    """
    pump = {"q": p["c"] * p["vth"], "vp": p["vp"], "tp": p["tp"], "mis": 0.0}
    return window * product - packet_current(pump, pulse, np.zeros(()))


def _consistent(p: Values) -> str:
    if p["vth"] + p["vos"] <= 0:
        return f"vos = {p['vos']:g} V takes the threshold of {p['vth']:g} V away"
    return ""


@dataclass(frozen=True)
class Timing:
    """The bench: lines (examples, 2) in both phases, and when what happens, s."""

    plus: Reals
    minus: Reals
    edge: float
    window: float
    slot: float
    cycle: float

    def starts(self, offset: float) -> list[float]:
        """Return a moment of every example, s."""
        return [k * self.cycle + offset for k in range(len(self.plus))]

    @property
    def windows(self) -> tuple[waves.Wave, waves.Wave]:
        """The window of +beta, and the one of -beta."""
        each, edge = self.window, self.edge
        found = [
            waves.pulses(self.starts(begin), each, edge) for begin in (4 * edge, each + 12 * edge)
        ]
        return found[0], found[1]

    def line(self, which: int, scale: float) -> waves.Wave:
        """Return a line, whose value changes between the windows, V."""
        both = np.stack([self.plus[:, which], self.minus[:, which]], axis=1) * scale
        half = self.window + 8 * self.edge
        starts = [t for begin in self.starts(0.0) for t in (begin, begin + half)]
        return waves.levels(starts, list(both.ravel()), self.edge)

    def slots(self, offset: float) -> Reals:
        """Return a moment of every slot (examples, slots), s."""
        first = 2 * self.window + 24 * self.edge + offset
        return np.array([first + self.slot * np.arange(SLOTS) + t for t in self.starts(0.0)])


def _timing(setup: Setup) -> Timing:
    """Return random activities at +beta, and not far from them at -beta."""
    p, rng = setup.values, np.random.default_rng(1)
    plus = rng.uniform(0, 1, (EXAMPLES, 2))
    minus = np.clip(plus - rng.normal(0, 0.25, (EXAMPLES, 2)), 0, 1)
    tp, edge = p["tp"], 0.1 * p["tp"]
    window = SWING * p["c"] * p["vth"] / p["ik"]
    slot = 4.0 * tp
    return Timing(plus, minus, edge, window, slot, 2 * window + 40 * edge + SLOTS * slot)


def _fires(setup: Setup, t: Timing) -> Reals:
    """Return when the pulse of each slot may begin to rise (examples, slots), s."""
    return t.slots(2.0 * setup.values["tp"])


def _kernel(setup: Setup) -> tuple[Reals, Reals]:
    """Return the capacitor behind each example, V, and the pulses of each: up less down."""
    p, t = setup.values, _timing(setup)
    scale, leak = p["vs"], (p["c"], p["gl"])
    volts, now, acc, pulses = 0.0, 0.0, [], []
    fires = _fires(setup, t)
    for k, (plus, minus) in enumerate(zip(t.plus, t.minus, strict=True)):
        for sign, values, window in ((1.0, plus, t.windows[0]), (-1.0, minus, t.windows[1])):
            # Four corners a window; the lines are at rest within it.
            own = slice(4 * k + 1, 4 * k + 5)
            made = product_current(p, scale * values[0], scale * values[1])
            current = waves.Wave(window.times[own], sign * float(made) * window.values[own])
            end = float(current.times[-1])
            volts, now = waves.charged(current, *leak, now, volts, end), end
        count = 0.0
        for fire in map(float, fires[k]):
            volts = waves.charged(_SILENT, *leak, now, volts, fire)
            way = float(decision(p, np.asarray(volts)))
            shape = waves.pulses([fire], p["tp"], t.edge)
            packet = capacitor_current(p, np.zeros(()), 0.0, np.asarray(way * p["vp"]))
            current = waves.Wave(shape.times[1:], float(packet) * shape.values[1:])
            now = float(current.times[-1])
            volts = waves.charged(current, *leak, fire, volts, now)
            count += way
        end = (k + 1) * t.cycle
        volts, now = waves.charged(_SILENT, *leak, now, volts, end), end
        acc.append(volts)
        pulses.append(count)
    return np.array(acc), np.array(pulses)


_SILENT = waves.Wave(np.zeros(1), np.zeros(1))


def _ode(setup: Setup) -> tuple[Reals, Reals]:
    p, t = setup.values, _timing(setup)
    pre, post = (t.line(k, p["vs"]) for k in (0, 1))
    plus, minus = t.windows
    fires = _fires(setup, t)
    fire = waves.pulses(fires.ravel(), p["tp"], t.edge)
    corners = np.unique(
        np.concatenate([w.times for w in (pre, post, plus, minus, fire)] + [t.starts(t.cycle)])
    )
    way, volts, acc, pulses = 0.0, np.zeros(1), [], np.zeros(EXAMPLES)

    def slope(now: float, v: Reals) -> Reals:
        product = product_current(p, pre.at(now), post.at(now))
        window = float(plus.at(now) - minus.at(now))
        pulse = np.asarray(way * p["vp"] * fire.at(now))
        return (capacitor_current(p, product, window, pulse) - p["gl"] * v) / p["c"]

    for begin, end in pairwise(corners):
        if begin in fires:
            way = float(decision(p, volts)[0])
            pulses[int(np.argwhere(fires == begin)[0, 0])] += way
        volts = waves.integrated(slope, volts, (begin, end), 1e-13)[-1]
        if end in t.starts(t.cycle):
            acc.append(float(volts[0]))
    return np.array(acc), pulses


def _spice(setup: Setup) -> tuple[Reals, Reals]:
    p, t = setup.values, _timing(setup)
    fires = _fires(setup, t)
    sources = {
        "pre": t.line(0, p["vs"]),
        "post": t.line(1, p["vs"]),
        "plus": t.windows[0],
        "minus": t.windows[1],
        "sample": waves.pulses(t.slots(0.0).ravel(), p["tp"], t.edge),
        "fire": waves.pulses(fires.ravel(), p["tp"], t.edge),
    }
    lines = [f"V{name} {name} 0 {wave.text}" for name, wave in sources.items()]
    nodes = "pre post plus minus sample fire up down acc vdd vss"
    # As for the device: first-order steps behind corners add up.
    lines += [bench.instance(setup, "cell", nodes), ".ic v(acc)=0", ".options reltol=1e-7"]
    ends = np.array(t.starts(t.cycle))
    time, volts = bench.waveforms(
        setup, lines, ("acc", "up", "down"), float(ends[-1]), min(p["tp"] / 4, t.window / 20)
    )
    top = (fires + 0.5 * (t.edge + p["tp"])).ravel()
    way = np.interp(top, time, volts["up"]) - np.interp(top, time, volts["down"])
    pulses = (way / p["vp"]).reshape(EXAMPLES, SLOTS).sum(axis=1)
    return np.interp(ends, time, volts["acc"]), pulses


NUMBERS = Axis("example", "")


def _experiment(name: str, y: Axis, which: int, spice: float) -> Experiment:
    return Experiment(
        name,
        NUMBERS,
        y,
        lambda s: np.linspace(1, EXAMPLES, EXAMPLES),
        {
            KERNEL: lambda s, x: _kernel(s)[which],
            ODE: lambda s, x: _ode(s)[which],
            SPICE: lambda s, x: _spice(s)[which],
        },
        {ODE: 1e-9, SPICE: spice},
    )


PLASTICITY = Cell(
    "plasticity",
    "plasticity: the circuit of a synapse that learns",
    {
        "pre": "line of the synapse",
        "post": "the other",
        "plus": "window of the phase +beta, 0 and 1 V",
        "minus": "window of the phase -beta, 0 and 1 V",
        "sample": "clock of the comparators, 0 to 1 V",
        "fire": "shape of a pulse, 0 to 1 V, after each clock",
        "up": "write line to the device of the pair that is raised",
        "down": "write line to the other device",
        "acc": "capacitor",
        **common.SUPPLIES,
    },
    (
        Parameter("c", "farad", "capacitance", 100e-15, source=common.CHIP),
        COMPARATOR.parameters[0],
        *CORRELATOR.parameters[:4],
        COMPARATOR.parameters[1],
        Parameter(
            "gl",
            "siemens",
            "conductance of the capacitor's leak",
            0.0,
            NOT_NEGATIVE,
            "an ideal capacitor",
        ),
        height(),
        width(),
    ),
    (
        _experiment("capacitor after each example", Axis("voltage of acc", "V"), 0, 1e-5),
        _experiment("pulses of each example", Axis("pulses, up less down", ""), 1, 1e-3),
    ),
    _consistent,
    parts=("correlator", "comparator", "pulse_driver", "charge_pump"),
)
