"""Leaky integrate-and-fire neuron: exact between events, and held against three simulators.

Gerstner, Kistler, Naud & Paninski, Neuronal Dynamics (2014), section 1.3.
"""

from typing import Any

import numpy as np

from neuroep.core.hopfield import lif as kernel
from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, brian, common
from neuroep.hardware.cells.cell import BRIAN, KERNEL, ODE, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.parameters import ANY, Parameter, Values

SPIKES = 10
"""Spikes whose times are compared."""

STAIRS = (3.0, -0.5, 1.4, 0.9, 6.0)
"""Currents of the staircase, in units of the smallest one that makes the neuron fire."""


def spike_times(values: Values, edges: Reals, currents: Reals, start: Reals) -> list[Reals]:
    """Return the times at which neurons of one kind spike, s, exactly.

    ``values``: parameters of the cell, SI; ``edges`` (K + 1,): times between which the currents are
    constant, s, increasing; ``currents`` (K, n): into each neuron, A; ``start`` (n,): voltages at
    the first edge, V. A ValueError: times or currents are not finite or do not fit together.
    """
    edges = np.ascontiguousarray(edges, float)
    currents = np.ascontiguousarray(currents, float)
    if currents.ndim != 2 or currents.shape != (edges.size - 1, np.size(start)):
        raise ValueError(f"cell 'lif': currents {currents.shape} fit no {edges.size} edges")
    if not (
        np.isfinite(currents).all() and np.isfinite(edges).all() and (np.diff(edges) > 0).all()
    ):
        raise ValueError("cell 'lif': edges must increase, and edges and currents be finite")
    n = currents.shape[1]
    v, ready = np.array(start, float), np.full(n, edges[0])
    neurons = np.tile(_table(values), (n, 1))
    # No interval is shorter than that of the largest current, so this holds all spikes.
    shortest = interval(values, np.array([currents.max(initial=0.0)]))[0]
    times = np.empty((n, int((edges[-1] - edges[0]) / shortest) + 2))
    counts = np.empty(n, np.int64)
    kernel.lif_neurons(edges, currents, neurons, v, ready, times, counts)
    return [row[:count] for row, count in zip(times, counts, strict=True)]


def interval(values: Values, current: Reals) -> Reals:
    """Return the time between spikes at constant currents, s; infinite where there are none."""
    p = values
    settled = p["vl"] + current / p["g"]
    beyond = np.maximum(settled - p["vth"], 0.0)
    with np.errstate(divide="ignore"):
        decay = np.log1p((p["vth"] - p["vr"]) / beyond)
    return np.asarray(p["tref"] + p["c"] / p["g"] * decay)


def _table(values: Values) -> Reals:
    p = values
    return np.array([p["c"] / p["g"], p["g"], p["vl"], p["vth"], p["vr"], p["tref"]])


def rheobase(values: Values) -> float:
    """Return the smallest current that makes the neuron fire, A."""
    return values["g"] * (values["vth"] - values["vl"])


def _staircase(setup: Setup) -> tuple[Reals, Reals]:
    """Return edges (K + 1,), s, and currents (K,), A, long enough for all spikes compared."""
    p = setup.values
    currents = rheobase(p) * np.array(STAIRS)
    width = max(p["c"] / p["g"], 2.0 * p["tref"])
    edges = width * np.linspace(0, len(STAIRS), len(STAIRS) + 1)
    edges[-1] += SPIKES * interval(p, currents[-1:])[0]
    return edges, currents


def _first(times: Reals) -> Reals:
    """Return the first spike times, NaN where there are none."""
    found = np.full(SPIKES, np.nan)
    found[: min(times.size, SPIKES)] = times[:SPIKES]
    return found


def _exact(setup: Setup, x: Reals) -> Reals:
    edges, currents = _staircase(setup)
    rest = np.array([setup.values["vl"]])
    return _first(spike_times(setup.values, edges, currents[:, None], rest)[0])


def _until_spike(
    p: Values, current: float, v: float, start: float, end: float
) -> tuple[float, float, bool]:
    """Integrate a membrane from a voltage (V) and time (s) to its spike or to the end.

    Returns where and when that is, and whether it is a spike.
    """
    from scipy.integrate import solve_ivp

    def crossing(t: float, v: Reals) -> float:
        return float(v[0] - p["vth"])

    crossing.terminal, crossing.direction = True, 1  # type: ignore[attr-defined]
    run = solve_ivp(
        lambda _, v: (current - p["g"] * (v - p["vl"])) / p["c"],
        (start, end),
        [v],
        "LSODA",
        events=crossing,
        rtol=1e-10,
        atol=1e-13,
    )
    return float(run.y[0, -1]), float(run.t[-1]), run.status == 1


def _ode(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    edges, currents = _staircase(setup)
    spikes: list[float] = []
    v, t = p["vl"], 0.0
    for current, end in zip(currents, edges[1:], strict=True):
        while t < end:
            v, t, fired = _until_spike(p, current, v, t, end)
            if fired:
                spikes.append(t)
                v, t = p["vr"], t + p["tref"]
    return _first(np.array(spikes))


def _brian(setup: Setup, x: Reals) -> Reals:
    edges, currents = _staircase(setup)
    width = edges[1]
    with brian.code_target() as b2:
        dt = _step(setup) * b2.second
        namespace: dict[str, Any] = {
            **brian.with_units(setup),
            "stairs": b2.TimedArray(currents * b2.amp, dt=width * b2.second),
        }
        neuron = b2.NeuronGroup(
            1,
            "dv/dt = (stairs(t) - g*(v - vl))/c : volt (unless refractory)",
            threshold="v >= vth",
            reset="v = vr",
            refractory="tref",
            method="exponential_euler",
            dt=dt,
            namespace=namespace,
        )
        neuron.v = setup.values["vl"] * b2.volt
        monitor = b2.SpikeMonitor(neuron)
        b2.Network(neuron, monitor).run(edges[-1] * b2.second)
        return _first(np.asarray(monitor.t))


def _step(setup: Setup) -> float:
    # A whole number of steps a stair, so that currents change on Brian2's grid.
    return float(_staircase(setup)[0][1] / 2000)


def _spice(setup: Setup, x: Reals) -> Reals:
    edges, currents = _staircase(setup)
    corners = [(0.0, currents[0])]
    for t, before, after in zip(edges[1:-1], currents, currents[1:], strict=False):
        corners += [(t, before), (t + 1e-6 * edges[1], after)]
    pairs = " ".join(f"{t:.12g} {i:.12g}" for t, i in corners)
    lines = [
        f"Iin 0 in PWL({pairs})",
        bench.instance(setup, "cell", "in mem spike vdd vss"),
        f".ic v(mem)={setup.values['vl']:.12g}",
    ]
    time, volts = bench.waveforms(setup, lines, ("spike",), edges[-1], _longest(setup))
    return _first(rises(time, volts["spike"], 0.5 * setup.values["vs"]))


def _longest(setup: Setup) -> float:
    return min(setup.values["c"] / setup.values["g"], setup.values["tref"]) / 40


def rises(time: Reals, volts: Reals, level: float) -> Reals:
    """Return when a waveform rises through a level, s."""
    before = np.flatnonzero((volts[:-1] < level) & (volts[1:] >= level))
    share = (level - volts[before]) / (volts[before + 1] - volts[before])
    return np.asarray(time[before] + share * (time[before + 1] - time[before]))


def _sweep(setup: Setup) -> Reals:
    return rheobase(setup.values) * np.array([0.5, 0.9, 1.3, 2.0, 3.0, 4.5])


def _rate(setup: Setup, x: Reals) -> Reals:
    return np.asarray(1.0 / interval(setup.values, x))


def _rate_ode(setup: Setup, x: Reals) -> Reals:
    p = setup.values
    found = (_until_spike(p, current, p["vr"], 0.0, 20.0 * p["c"] / p["g"]) for current in x)
    return np.array([1.0 / (p["tref"] + t) if fired else 0.0 for _, t, fired in found])


def _rate_spice(setup: Setup, x: Reals) -> Reals:
    lines = []
    for k, current in enumerate(x):
        nodes = f"in{k} mem{k} spike{k} vdd vss"
        lines += [
            f"Iin{k} 0 in{k} {current:.17g}",
            bench.instance(setup, f"cell{k}", nodes),
            f".ic v(mem{k})={setup.values['vr']:.12g}",
        ]
    slowest = interval(setup.values, x[_rate(setup, x) > 0]).max()
    names = [f"spike{k}" for k in range(x.size)]
    time, volts = bench.waveforms(setup, lines, names, 2.2 * slowest, _longest(setup))
    rates = np.zeros(x.size)
    for k, name in enumerate(names):
        times = rises(time, volts[name], 0.5 * setup.values["vs"])
        if times.size > 1:
            rates[k] = (times.size - 1) / (times[-1] - times[0])
    return rates


def _wrong(values: Values) -> str:
    p = values
    if p["vr"] >= p["vth"]:
        return f"vr = {p['vr']:g} V must lie below vth = {p['vth']:g} V"
    if p["vl"] >= p["vth"]:
        return f"vl = {p['vl']:g} V must lie below vth = {p['vth']:g} V: it would never rest"
    return ""


LIF = Cell(
    "lif",
    "spiking neuron: leaky integrate-and-fire",
    {
        "in": "synaptic current, held at 0 V",
        "mem": "membrane",
        "spike": "0, and vs for the time tref that begins with a spike",
        **common.SUPPLIES,
    },
    (
        common.capacitance(),
        Parameter("g", "siemens", "conductance of the leak", 10e-9, source=common.CHIP),
        Parameter("vl", "volt", "voltage that it leaks to", 0.0, ANY, common.CHIP),
        Parameter("vth", "volt", "threshold", 0.3, ANY, common.CHIP),
        Parameter("vr", "volt", "reset", 0.0, ANY, common.CHIP),
        Parameter("tref", "second", "refractory time", 10e-6, source=common.CHIP),
        Parameter("vs", "volt", "height of a spike", 1.0, source=common.CHIP),
        common.quiescent(10e-9),
    ),
    (
        Experiment(
            "rate of spikes",
            Axis("current into in", "A"),
            Axis("spikes per second", "Hz"),
            _sweep,
            {KERNEL: _rate, ODE: _rate_ode, SPICE: _rate_spice},
            {
                ODE: lambda s: 1e-7 / s.values["tref"],
                SPICE: lambda s: 2e-3 * _rate(s, _sweep(s)).max(),
            },
        ),
        Experiment(
            "spikes at a staircase of currents",
            Axis("spike", ""),
            Axis("time", "s"),
            lambda s: np.linspace(1, SPIKES, SPIKES),
            {KERNEL: _exact, ODE: _ode, BRIAN: _brian, SPICE: _spice},
            {
                ODE: lambda s: 1e-7 * s.values["c"] / s.values["g"],
                # Brian2's spikes, and the ends of its refractory times, are each up to a step late.
                BRIAN: lambda s: 2 * SPIKES * _step(s),
                SPICE: lambda s: 2e-3 * (s.values["c"] / s.values["g"] + s.values["tref"]),
            },
        ),
    ),
    _wrong,
)
