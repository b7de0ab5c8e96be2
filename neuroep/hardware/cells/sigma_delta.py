"""Sigma-delta neuron: clocked integrate-and-fire that keeps the remainder."""

import numpy as np

from neuroep.core.hopfield.spiking import encode
from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, brian, common
from neuroep.hardware.cells.cell import BRIAN, KERNEL, ODE, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.parameters import Parameter, Range

STEPS = 60
"""Periods of the clock that are compared."""

EDGE = 1e-3
"""Rise and fall of the clock, in periods."""

AXIS = Axis("period of the clock", "")
TOTAL = Axis("sum of the spikes", "")


def rates(setup: Setup) -> Reals:
    """Return the input of each period, in spikes per period: a sine, then both extremes.

    An unsigned neuron is given its upper half.
    """
    wave = 0.83 * np.sin(2.0 * np.pi * np.arange(STEPS) / 37.0)
    wave[-12:-6], wave[-6:] = 0.97, -0.91
    return np.asarray(wave if setup.values["signed"] else np.abs(wave))


def _kernel(setup: Setup, x: Reals) -> Reals:
    charge, spikes = np.zeros(1), np.zeros(1, np.int8)
    signed, one = setup.values["signed"] > 0, np.ones(1)
    raster = []
    for rate in rates(setup):
        encode(np.array([rate]), one, signed, charge, spikes)
        raster.append(int(spikes[0]))
    return np.cumsum(raster).astype(float)


def _ode(setup: Setup, x: Reals) -> Reals:
    from scipy.integrate import solve_ivp

    p = setup.values
    raster, v, packet = [], 0.0, 0.0
    for rate in rates(setup):
        # A packet leaves in the first half of the period after its spike.
        for current in (rate - 2.0 * packet, rate):
            amperes = current * p["q"] / p["t"]
            slope = amperes / p["c"]
            run = solve_ivp(lambda t, v, s=slope: [s], (0.0, 0.5 * p["t"]), [v], "Radau")
            v = float(run.y[0, -1])
        half = 0.5 * p["q"] / p["c"]
        packet = float(v >= half) - float(v < -half) * p["signed"]
        raster.append(packet)
    return np.cumsum(raster)


def _brian(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    with brian.code_target() as b2:
        dt = p["t"] * b2.second
        current = b2.TimedArray(rates(setup) * p["q"] / p["t"] * b2.amp, dt=dt)
        neuron = b2.NeuronGroup(
            1,
            "dv/dt = current(t)/c : volt",
            method="euler",  # exact: the current is constant within a step
            threshold="v >= 0.5*q/c",
            reset="v -= q/c",
            events={"down": "v < -0.5*q/c and signed > 0"},
            dt=dt,
            namespace={
                "c": p["c"] * b2.farad,
                "q": p["q"] * b2.coulomb,
                "signed": p["signed"],
                "current": current,
            },
        )
        neuron.run_on_event("down", "v += q/c")
        up = b2.SpikeMonitor(neuron)
        down = b2.EventMonitor(neuron, "down")
        b2.Network(neuron, up, down).run(STEPS * dt)
        raster = np.zeros(STEPS)
        for monitor, sign in ((up, 1.0), (down, -1.0)):
            raster[np.rint(np.asarray(monitor.t) / p["t"]).astype(int)] += sign
    return np.cumsum(raster)


def _spice(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    period = p["t"]
    corners: list[tuple[float, float]] = []
    for k, rate in enumerate(rates(setup)):
        start = (k + EDGE * (k > 0)) * period
        corners += [(start, rate), ((k + 1) * period, rate)]
    pairs = " ".join(f"{t:.12g} {r * p['q'] / period:.12g}" for t, r in corners)
    edge = f"{EDGE * period:.12g}"
    # High, from half edge to half edge, for half a period; the first period only integrates.
    clock = f"{period:.12g} {edge} {edge} {(0.5 - EDGE) * period:.12g} {period:.12g}"
    lines = [
        f"Iin 0 in PWL({pairs})",
        f"Vclk clk 0 PULSE(0 1 {clock})",
        bench.instance(setup, "cell", "in clk mem spike vdd vss"),
        ".ic v(mem)=0",
    ]
    end = (STEPS + 0.75) * period
    time, volts = bench.waveforms(setup, lines, ("spike",), end, period / 20)
    held = np.interp((np.arange(STEPS) + 1.25) * period, time, volts["spike"])
    return np.cumsum(held / p["vs"])


SIGMA_DELTA = Cell(
    "sigma_delta",
    "spiking neuron: sigma-delta, clocked",
    {
        "in": "current that the rate of spikes stands for, held at 0 V",
        "clk": "clock, 0 and 1 V, high for the first half of each period",
        "mem": "capacitor",
        "spike": "+vs or -vs while the clock is high after a spike, otherwise 0",
        **common.SUPPLIES,
    },
    (
        Parameter("c", "farad", "integrating capacitance", 1e-12, source=common.CHIP),
        Parameter("q", "coulomb", "charge of one quantum", 0.1e-12, source=common.CHIP),
        Parameter("t", "second", "period of the clock", 1e-6, source=common.CHIP),
        Parameter("vs", "volt", "height of a spike", 1.0, source=common.CHIP),
        Parameter(
            "signed",
            "",
            "1: spikes of both signs; 0: upward ones only",
            1.0,
            Range(0.0, 1.0),
            "the neuron's activity",
        ),
        common.quiescent(10e-9),
    ),
    (
        Experiment(
            "spikes of a varying current",
            AXIS,
            TOTAL,
            lambda s: np.linspace(1, STEPS, STEPS),
            {KERNEL: _kernel, ODE: _ode, BRIAN: _brian, SPICE: _spice},
            {ODE: 1e-9, BRIAN: 1e-9, SPICE: 1e-6},
        ),
    ),
    lambda p: "" if p["signed"] in (0.0, 1.0) else f"signed = {p['signed']:g} must be 0 or 1",
)
