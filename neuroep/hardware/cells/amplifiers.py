"""Cells around the nodes of a resistive network: capacitance, amplifier, nudge."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, brian, common, static
from neuroep.hardware.cells.cell import BRIAN, KERNEL, ODE, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.diode import KENDALL, SOURCE_CONDUCTANCE
from neuroep.hardware.cells.parameters import ANY, Parameter

STEP = 0.5
"""V: the source that charges a node on the bench."""


def _charging(setup: Setup, x: Reals) -> Reals:
    return -STEP * np.expm1(-x * SOURCE_CONDUCTANCE / setup.values["c"])


def _charging_ode(setup: Setup, x: Reals) -> Reals:
    from scipy.integrate import solve_ivp

    rate = SOURCE_CONDUCTANCE / setup.values["c"]
    solved = solve_ivp(
        lambda t, v: rate * (STEP - v),
        (0.0, float(x[-1])),
        [0.0],
        "Radau",
        t_eval=x,
        rtol=1e-10,
        atol=1e-12,
    )
    return np.asarray(solved.y)


def _charging_brian(setup: Setup, x: Reals) -> Reals:
    with brian.code_target() as b2:
        dt = float(x[0]) * b2.second
        quantities = {
            **brian.with_units(setup),
            "gs": SOURCE_CONDUCTANCE * b2.siemens,
            "source": STEP * b2.volt,
        }
        node = b2.NeuronGroup(
            1, "dv/dt = gs*(source - v)/c : volt", method="exact", dt=dt, namespace=quantities
        )
        monitor = b2.StateMonitor(node, "v", record=True, dt=dt)
        b2.Network(node, monitor).run((x.size + 1) * dt)
        return np.asarray(monitor.v)[:, 1:]


def _charging_spice(setup: Setup, x: Reals) -> Reals:
    lines = [
        f"Vsource source 0 {STEP}",
        f"Rsource source node {1 / SOURCE_CONDUCTANCE:.17g}",
        bench.instance(setup, "cell", "node 0"),
        ".ic v(node)=0",
    ]
    tau = setup.values["c"] / SOURCE_CONDUCTANCE
    time, volts = bench.waveforms(setup, lines, ("node",), float(x[-1]), tau / 500)
    return np.interp(x, time, volts["node"])


NODE_CAPACITANCE = Cell(
    "node_capacitance",
    "resistive network: the capacitance of a node",
    {"a": "node", "b": "ground"},
    (Parameter("c", "farad", "capacitance", 1e-12, source=common.CHIP),),
    (
        Experiment(
            f"charged through {SOURCE_CONDUCTANCE * 1e6:g} µS",
            Axis("time", "s"),
            Axis("voltage of the node", "V"),
            lambda s: np.linspace(0.1, 6.0, 60) * (s.values["c"] / SOURCE_CONDUCTANCE),
            {
                KERNEL: _charging,
                ODE: _charging_ode,
                BRIAN: _charging_brian,
                SPICE: _charging_spice,
            },
            {ODE: 1e-8, BRIAN: 1e-9, SPICE: 1e-6},
        ),
    ),
)


BIDIRECTIONAL_AMPLIFIER = Cell(
    "bidirectional_amplifier",
    "resistive network: voltage forward times a, current back over a",
    {"node": "node of the layer before", "out": "voltage source for the synapses behind"},
    (
        Parameter("a", "", "voltage gain", 4.0, source=KENDALL),
        Parameter(
            "back",
            "",
            "current that is taken back, of what it should be",
            1.0,
            source=common.MISMATCH,
            needed=False,
        ),
    ),
    (
        static.sweep(
            "voltage forward",
            Axis("voltage of the node", "V"),
            Axis("voltage at out", "V"),
            lambda s: np.linspace(-0.3, 0.3, 21),
            lambda s, x: s.values["a"] * x,
            bench.wired(lambda x: {"node": x, "out": bench.ohms(bench.LOAD)}),
            ("out",),
            tolerance=1e-9,
        ),
        static.sweep(
            "current back",
            Axis("current that leaves at out", "A"),
            Axis("current taken from the node", "A"),
            lambda s: np.linspace(-1e-5, 1e-5, 21),
            lambda s, x: s.values["back"] * x / s.values["a"],
            bench.wired(lambda x: {"node": 0.2, "out": bench.amperes(-x)}),
            ("-i(vnode)",),
            tolerance=1e-13,
        ),
    ),
)

TARGET = 0.2
"""V: the target's line, where a prediction is swept."""


def _nudge_current(setup: Setup, x: Reals) -> Reals:
    pull = setup.values["gm"] * (TARGET - x)
    return np.array([pull, -pull])


DIFFERENTIAL_NUDGE = Cell(
    "differential_nudge",
    "resistive network: currents that pull an output towards its target",
    {"p": "positive node of the output", "n": "negative node", "y": "line of the target"},
    (
        Parameter(
            "gm",
            "siemens",
            "transconductance, of either sign",
            0.0,
            ANY,
            "beta times a conductance",
        ),
    ),
    (
        static.sweep(
            "transfer curve",
            Axis(f"V(p) - V(n), target at {TARGET:g} V", "V"),
            Axis("current into p, into n", "A"),
            lambda s: np.linspace(-0.5, 0.5, 21),
            _nudge_current,
            bench.wired(lambda x: {"y": TARGET, "p": 0.1 + 0.5 * x, "n": 0.1 - 0.5 * x}),
            ("i(vp)", "i(vn)"),
            tolerance=1e-15,
            lines=("into p", "into n"),
        ),
    ),
)
