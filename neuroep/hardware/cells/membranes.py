"""The experiments of every cell that is a conveyor, a leaky membrane and a pair of line drivers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, brian
from neuroep.hardware.cells.cell import (
    BRIAN,
    KERNEL,
    ODE,
    SPICE,
    Axis,
    Experiment,
    Setup,
    Tolerance,
)
from neuroep.hardware.cells.static import LINES, class_b, supplies

LONG = 40.0
"""Time constants after which a membrane is where it settles: exp(-40) = 4e-18."""

INTO = bench.wired(lambda x: {"in": bench.amperes(x)})


@dataclass(frozen=True)
class Readout:
    """How the voltage of a membrane becomes that of its lines.

    Attributes
    ----------
    kernel : callable
        (setup, membrane voltage) -> line voltage, by the kernel that training uses.
    formula : callable
        The same of an array, written again from the cell's equation.
    equation : str
        The same once more for Brian2, of ``v``.
    unit : callable
        Setup -> membrane voltage of one unit of potential, V.
    low, high : float
        Sweep of the potential, in units.
    idle : callable
        Values -> what the cell draws from vdd to vss without a signal, A.
    corner : bool
        Whether the activity has a corner, which waveforms round off.
    """

    kernel: Callable[[Setup, float], float]
    formula: Callable[[Setup, Reals], Reals]
    equation: str
    unit: Callable[[Setup], float]
    low: float
    high: float
    idle: Callable[[dict[str, float]], float] = lambda p: p["iq"]
    corner: bool = False

    def lines(self, setup: Setup, volts: Reals) -> Reals:
        """Return both lines (2, n) of membrane voltages (n,), by the kernel."""
        out = np.array([self.kernel(setup, float(v)) for v in volts])
        return np.array([out, -out])

    def step_current(self, setup: Setup) -> float:
        """Return the current of the step, A: past the upper end of the sweep's linear part."""
        return 1.3 * setup.values["g"] * self.unit(setup)


def experiments(readout: Readout) -> tuple[Experiment, ...]:
    """Return transfer curve, step response and supply currents of such a cell."""
    current = Axis("current into in", "A")
    volts = Axis("line voltage", "V")

    def sweep(setup: Setup) -> Reals:
        unit = setup.values["g"] * readout.unit(setup)
        return np.linspace(readout.low * unit, readout.high * unit, 33)

    def settled(setup: Setup, x: Reals) -> Reals:
        return readout.lines(setup, x / setup.values["g"])

    def rising(setup: Setup, x: Reals) -> Reals:
        p = setup.values
        level = readout.step_current(setup) / p["g"]
        return readout.lines(setup, -level * np.expm1(-x * p["g"] / p["c"]))

    def transfer_ode(setup: Setup, x: Reals) -> Reals:
        tau = setup.values["c"] / setup.values["g"]
        return _ode(readout, setup, x, np.array([LONG * tau]))[:, :, 0]

    def step_ode(setup: Setup, x: Reals) -> Reals:
        return _ode(readout, setup, np.array([readout.step_current(setup)]), x)[:, 0, :]

    def transfer_brian(setup: Setup, x: Reals) -> Reals:
        tau = setup.values["c"] / setup.values["g"]
        return _brian(readout, setup, x, tau, int(LONG) + 1)[:, :, -1]

    def step_brian(setup: Setup, x: Reals) -> Reals:
        current = np.array([readout.step_current(setup)])
        return _brian(readout, setup, current, float(x[0]), x.size + 1)[:, 0, 1:]

    def transfer_spice(setup: Setup, x: Reals) -> Reals:
        return bench.operating_points(setup, x, INTO, LINES)

    def drawn(setup: Setup, x: Reals) -> Reals:
        return class_b(np.array([x, *(settled(setup, x) / bench.LOAD)]), readout.idle(setup.values))

    smooth: dict[str, Tolerance] = {ODE: 1e-8, BRIAN: 1e-9, SPICE: 1e-6}
    return (
        Experiment(
            "transfer curve",
            current,
            volts,
            sweep,
            {KERNEL: settled, ODE: transfer_ode, BRIAN: transfer_brian, SPICE: transfer_spice},
            smooth,
            LINES,
        ),
        Experiment(
            "step response",
            Axis("time", "s"),
            volts,
            lambda s: np.linspace(0.1, 6.0, 60) * (s.values["c"] / s.values["g"]),
            {
                KERNEL: rising,
                ODE: step_ode,
                BRIAN: step_brian,
                SPICE: lambda s, x: _step_spice(s, x, readout.step_current(s)),
            },
            smooth | ({SPICE: 1e-4} if readout.corner else {}),
            LINES,
        ),
        supplies(current, sweep, drawn, INTO, LINES),
    )


def _ode(readout: Readout, setup: Setup, currents: Reals, times: Reals) -> Reals:
    """Integrate c dV/dt = -g V + I from 0 V; return both lines (2, currents, times)."""
    from scipy.integrate import solve_ivp

    c, g = setup.values["c"], setup.values["g"]
    solved = solve_ivp(
        lambda t, v: (currents - g * v) / c,
        (0.0, float(times[-1])),
        np.zeros(currents.size),
        method="Radau",
        t_eval=times,
        rtol=1e-10,
        atol=1e-12,
        jac=-g / c * np.eye(currents.size),
    )
    out = readout.formula(setup, solved.y)
    return np.array([out, -out])


def _brian(readout: Readout, setup: Setup, currents: Reals, dt: float, steps: int) -> Reals:
    """Run the membranes for some steps of dt (s); return both lines (2, currents, steps)."""
    with brian.code_target() as b2:
        membranes = b2.NeuronGroup(
            currents.size,
            f"""dv/dt = (current - g*v)/c : volt
            out = {readout.equation} : volt
            current : amp (constant)""",
            method="exact",
            namespace=brian.with_units(setup),
            dt=dt * b2.second,
        )
        membranes.current = currents * b2.amp
        monitor = b2.StateMonitor(membranes, "out", record=True, dt=dt * b2.second)
        b2.Network(membranes, monitor).run(steps * dt * b2.second)
        out = np.asarray(monitor.out)
    return np.array([out, -out])


def _step_spice(setup: Setup, x: Reals, current: float) -> Reals:
    lines = [
        f"Iin 0 in {current:.17g}",
        bench.instance(setup, "cell", "in mem outp outn vdd vss"),
        ".ic v(mem)=0",
    ]
    tau = setup.values["c"] / setup.values["g"]
    time, volts = bench.waveforms(setup, lines, LINES, float(x[-1]), tau / 500)
    return np.array([np.interp(x, time, volts[name]) for name in LINES])
