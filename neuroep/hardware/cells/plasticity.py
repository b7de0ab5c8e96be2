"""The circuit of a synapse that learns: correlator, capacitor, comparators, pulse and packet."""

from itertools import pairwise

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, waves
from neuroep.hardware.cells.cell import KERNEL, ODE, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.comparator import COMPARATOR
from neuroep.hardware.cells.correlator import CORRELATOR, product_current
from neuroep.hardware.cells.parameters import NOT_NEGATIVE, Parameter, Values
from neuroep.hardware.cells.pulses import height, packet_current, width
from neuroep.hardware.cells.schedule import Schedule

EXAMPLES, SLOTS = 12, 6
"""On the bench."""

SWING = 12.0
"""Of the capacitor on the bench, in thresholds: one window while both lines are at vs."""


def decision(p: Values, acc: Reals) -> Reals:
    """Return what the comparators say of capacitors at some voltages: +1 up, -1 down, 0 nothing.

    An offset moves both thresholds away from zero or towards it.
    """
    threshold = p["vth"] + p["vos"]
    return np.asarray((acc >= threshold).astype(float) - (-acc >= threshold))


def capacitor_current(p: Values, product: Reals, window: Reals | float, pulse: Reals) -> Reals:
    """Return the current onto the capacitor beside its leak, A.

    ``product`` (n,): current of the correlator before its gate, A; ``window``: V(plus) - V(minus);
    ``pulse`` (n,): V(up) - V(down), each pulse takes its packet off.
    """
    pump = {"q": p["c"] * p["vth"], "vp": p["vp"], "tp": p["tp"], "mis": 0.0}
    return window * product - packet_current(pump, pulse, np.zeros(()))


def one_example(
    p: Values, schedule: Schedule, example: int, products: tuple[Reals, Reals], acc: Reals
) -> tuple[Reals, Reals, Reals]:
    """Return what synapses do in one example, in closed form, whose lines are at rest in windows.

    ``products``: currents (n,) of the correlators before their gates, at +beta and at -beta, A;
    ``acc`` (n,): capacitors before, V. Returned are the capacitors when the write phase begins, V,
    pulses (slots, n), and capacitors behind the example, V.
    """
    now = float(schedule.starts("free")[example])

    def charge(shape: waves.Wave, amperes: Reals, end: float) -> None:
        nonlocal acc, now
        acc, now = waves.charged(shape, amperes, p["c"], p["gl"], (now, end), acc), end

    for phase, made in zip(("plus", "minus"), (products[0], -products[1]), strict=True):
        end = float(schedule.starts(phase)[example]) + schedule.nudged
        charge(schedule.window_of(phase), made, end)
    request, pulses, none = acc, [], np.zeros(())
    for start in map(float, schedule.fires[example]):
        charge(schedule.fire, none, start)
        pulses.append(decision(p, acc))
        packet = capacitor_current(p, none, 0.0, p["vp"] * pulses[-1])
        charge(schedule.fire, packet, start + schedule.width + schedule.edge)
    charge(schedule.fire, none, float(schedule.ends[example]))
    return request, np.array(pulses), acc


def _consistent(p: Values) -> str:
    if p["vth"] + p["vos"] <= 0:
        return f"vos = {p['vos']:g} V takes the threshold of {p['vth']:g} V away"
    return ""


def _bench(setup: Setup) -> tuple[Schedule, Reals, Reals]:
    """Return a schedule, activities (examples, 2) at +beta, and others near them at -beta."""
    p, rng = setup.values, np.random.default_rng(1)
    plus = rng.uniform(0, 1, (EXAMPLES, 2))
    minus = np.clip(plus - rng.normal(0, 0.25, (EXAMPLES, 2)), 0, 1)
    window = SWING * p["c"] * p["vth"] / p["ik"]
    edge = 0.1 * p["tp"]
    schedule = Schedule(EXAMPLES, edge, window + 20 * edge, window, SLOTS, p["tp"], edge)
    return schedule, plus, minus


def _lines(setup: Setup) -> tuple[waves.Wave, waves.Wave]:
    """Return the synapse's lines: from phase to phase, at rest within each window."""
    schedule, plus, minus = _bench(setup)
    pre, post = (
        schedule.by_phase(setup.values["vs"] * np.stack([plus, plus, minus, minus], axis=1)[..., k])
        for k in (0, 1)
    )
    return pre, post


def _kernel(setup: Setup) -> tuple[Reals, Reals]:
    """Return the capacitor behind each example, V, and the pulses of each: up less down."""
    p, (schedule, plus, minus) = setup.values, _bench(setup)
    seen = [product_current(p, p["vs"] * s[:, :1], p["vs"] * s[:, 1:]) for s in (plus, minus)]
    volts, acc, pulses = np.zeros(1), [], []
    for k in range(EXAMPLES):
        _, fired, volts = one_example(p, schedule, k, (seen[0][k], seen[1][k]), volts)
        acc.append(float(volts[0]))
        pulses.append(float(fired.sum()))
    return np.array(acc), np.array(pulses)


def _ode(setup: Setup) -> tuple[Reals, Reals]:
    p, (schedule, _, _) = setup.values, _bench(setup)
    pre, post = _lines(setup)
    plus, minus, fire = schedule.window_of("plus"), schedule.window_of("minus"), schedule.fire
    lines = (pre, post, plus, minus, fire)
    corners = np.unique(
        np.concatenate([*(w.times for w in lines), schedule.fires.ravel(), schedule.ends])
    )
    way, volts, acc, pulses = 0.0, np.zeros(1), [], np.zeros(EXAMPLES)

    def slope(now: float, v: Reals) -> Reals:
        product = product_current(p, pre.at(now), post.at(now))
        window = float(plus.at(now) - minus.at(now))
        pulse = np.asarray(way * p["vp"] * fire.at(now))
        return (capacitor_current(p, product, window, pulse) - p["gl"] * v) / p["c"]

    for begin, end in pairwise(corners):
        if begin in schedule.fires:
            way = float(decision(p, volts)[0])
            pulses[int(np.argwhere(schedule.fires == begin)[0, 0])] += way
        volts = waves.integrated(slope, volts, (begin, end), 1e-13)[-1]
        if end in schedule.ends:
            acc.append(float(volts[0]))
    return np.array(acc), pulses


def _spice(setup: Setup) -> tuple[Reals, Reals]:
    p, (schedule, _, _) = setup.values, _bench(setup)
    pre, post = _lines(setup)
    sources = {
        "pre": pre,
        "post": post,
        "plus": schedule.window_of("plus"),
        "minus": schedule.window_of("minus"),
        "sample": schedule.sample,
        "fire": schedule.fire,
    }
    lines = [f"V{name} {name} 0 {wave.text}" for name, wave in sources.items()]
    nodes = "pre post plus minus sample fire up down acc vdd vss vdd vss"
    # As for the device: first-order steps behind corners add up.
    lines += [bench.instance(setup, "cell", nodes), ".ic v(acc)=0", ".options reltol=1e-7"]
    longest = min(p["tp"] / 4, schedule.window / 20)
    outputs = ("acc", "up", "down")
    time, volts = bench.waveforms(setup, lines, outputs, schedule.end, longest)
    top = schedule.fires + 0.5 * (schedule.edge + p["tp"])
    way = np.interp(top, time, volts["up"]) - np.interp(top, time, volts["down"])
    return np.interp(schedule.ends, time, volts["acc"]), (way / p["vp"]).sum(axis=1)


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
        "vdds": "positive supply of the correlator",
        "vsss": "its negative supply",
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
