"""A network on a chip in neuroep's own views and in scipy's: sweep, transient, stiff ODE."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.ode import CircuitEquations
from neuroep.hardware.hopfield.one_example import gradient_from
from neuroep.hardware.hopfield.transient import Transient
from neuroep.hardware.views.view import View, Waveform
from neuroep.network.hopfield.drive import Drive
from neuroep.settle import settle
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.result import Record, Stop

Volts = dict[str, Reals]

EXACT = Stop(1e-15, 20_000)
"""Sweeps until nothing moves but by rounding."""

AT_REST = Stop(1e-9)
"""When a circuit counts as settled (normalised)."""

PHASES = (0.0, 1.0, -1.0)
"""Free, nudged towards the target, nudged away from it: in units of beta."""


class Bench:
    """One example on a chip, free and nudged both ways, for every view to run.

    Parameters
    ----------
    circuit : Circuit
    drive : Drive
        Of one example, in float64.
    target : (1, outputs)
    beta : float
    duration : float
        Length of a phase, s; 80 of the slowest time constant when it is zero.

    Raises
    ------
    ValueError
        More than one example, another dtype, or values that no device can hold.
    """

    def __init__(
        self,
        circuit: Circuit,
        drive: Drive,
        target: ArrayLike,
        beta: float,
        duration: float = 0.0,
    ) -> None:
        if drive.count != 1:
            raise ValueError(f"views lie over one example at a time, got {drive.count}")
        if drive.current.dtype != np.float64:
            raise ValueError("views are compared in float64")
        circuit.check(drive)
        self.circuit, self.drive, self.beta = circuit, drive, beta
        self.target = np.asarray(target, float)
        self.solver = Transient(circuit, duration, tolerance=1e-11)
        self.names = drive.plan.names

    @property
    def betas(self) -> Reals:
        """Nudging strength of each phase, (3,)."""
        return self.beta * np.array(PHASES)

    @property
    def time(self) -> Reals:
        """The common grid of waveforms, s."""
        return self.solver.time

    def equations(self, beta: float) -> CircuitEquations:
        """Return the circuit's equations in one phase."""
        return CircuitEquations(self.circuit, self.drive, 0, beta, self.target[0])

    def view(
        self,
        name: str,
        volts: Volts,
        activities: Volts,
        seconds: float,
        waveforms: Sequence[Waveform] = (),
        energy: Reals | None = None,
    ) -> View:
        """Return a view of membrane voltages (3, n) and activities by layer.

        Its gradient and its current balance are computed from these.
        """
        potentials = self.circuit.potentials(volts)
        gradient = gradient_from(self.drive, self.betas, self.target, potentials, activities)
        flat = np.concatenate([volts[k] for k in self.names], axis=1)
        balance = max(
            self.equations(beta).balance(row) for beta, row in zip(self.betas, flat, strict=True)
        )
        return View(
            name,
            self.betas,
            volts,
            gradient,
            balance,
            seconds,
            activities,
            tuple(waveforms),
            energy,
        )

    def flat(self, volts: Volts) -> Reals:
        """Return voltages of one phase by layer as (n,)."""
        return np.concatenate([volts[name].ravel() for name in self.names])

    def layers(self, flat: Reals) -> Volts:
        """Return voltages (..., n) of all units by layer."""
        offsets = self.drive.plan.offsets
        return {name: flat[..., offsets[k] : offsets[k + 1]] for k, name in enumerate(self.names)}


@dataclass(frozen=True)
class FreePhase:
    """Where one example settles without a nudge.

    ``chip``: the circuit's ODE from 0 V, recorded; ``sweep``: exact sweeps on from there, the free
    state that all views share; ``apart``: how far from it sweeps from zero end, V: a network at
    high gain has several minima, and its chip finds but one of them.
    """

    chip: Settled
    sweep: Settled
    apart: float
    seconds: tuple[float, float]


def free_phase(bench: Bench, stop: Stop = EXACT) -> FreePhase:
    """Settle the free phase as the chip does, and on by sweeps to rounding."""
    network, drive = bench.circuit.network, bench.drive
    begun = time.perf_counter()
    chip = settle(network, drive, solver=bench.solver, stop=AT_REST, record=Record((0,)))
    between = time.perf_counter()
    sweep = settle(network, drive, start=chip, stop=stop)
    cold = settle(network, drive, stop=stop)
    apart = max(
        bench.circuit.layers[k].volts
        * float(np.abs(cold.potential(k) - sweep.potential(k)).max(initial=0.0))
        for k in bench.names
    )
    return FreePhase(chip, sweep, apart, (between - begun, time.perf_counter() - between))


def sweep_view(bench: Bench, free: FreePhase, stop: Stop = EXACT) -> View:
    """Settle by exact sweeps to rounding: the view that the others are held to."""
    begun = time.perf_counter()
    nudged = _nudged(bench, free.sweep, "sweep", stop)
    seconds = free.seconds[1] + time.perf_counter() - begun
    return _settled_view(bench, "sweep", [free.sweep, nudged], seconds)


def _nudged(
    bench: Bench,
    free: Settled,
    solver: "str | Transient",
    stop: Stop,
    record: Record | None = None,
) -> Settled:
    return settle(
        bench.circuit.network,
        bench.drive,
        solver=solver,
        beta=bench.betas[1:],
        target=bench.target,
        start=free,
        stop=stop,
        record=record,
    )


def _settled_view(bench: Bench, name: str, phases: Sequence[Settled], seconds: float) -> View:
    potentials = {
        k: np.concatenate([p.potential(k)[:, 0] for p in phases]).astype(float) for k in bench.names
    }
    activities = {
        k: np.concatenate([p.activity(k)[:, 0] for p in phases]).astype(float) for k in bench.names
    }
    view = bench.view(name, bench.circuit.volts(potentials), activities, seconds)
    if phases[0].time is None:
        return view
    waves = []
    for phase in phases:
        assert phase.time is not None
        waves += [
            Waveform(phase.time, bench.circuit.volts(bench.layers(phase.trace[:, slot])))
            for slot in range(phase.trace.shape[1])
        ]
    drawn = [p.drawn[:, 0] for p in phases if p.drawn is not None]
    return replace(view, waveforms=tuple(waves), energy=np.concatenate(drawn))


def transient_view(bench: Bench, free: FreePhase) -> View:
    """Run the circuit's ODE: free from 0 V, nudged from the free state."""
    begun = time.perf_counter()
    nudged = _nudged(bench, free.sweep, bench.solver, AT_REST, Record((0, 1)))
    seconds = free.seconds[0] + time.perf_counter() - begun
    return _settled_view(bench, "transient", [free.chip, nudged], seconds)


def scipy_view(bench: Bench, free: FreePhase, method: str = "LSODA") -> View:
    """Integrate the plain equations by scipy's stiff methods, from the same states."""
    from scipy.integrate import solve_ivp

    begun = time.perf_counter()
    settled = bench.flat(
        bench.circuit.volts({k: free.sweep.potential(k)[0, 0].astype(float) for k in bench.names})
    )
    waves, ends, lines, energy = [], [], [], []
    for beta in bench.betas:
        equations = bench.equations(float(beta))
        start = np.zeros(settled.size + 1)
        if beta:
            start[:-1] = settled
        run = solve_ivp(
            equations.rate,
            (0.0, bench.time[-1]),
            start,
            method=method,
            t_eval=bench.time,
            rtol=1e-11,
            atol=1e-13,
        )
        if not run.success:
            raise RuntimeError(f"scipy {method}: {run.message}")
        waves.append(Waveform(run.t, bench.layers(run.y[:-1].T)))
        ends.append(run.y[:-1, -1])
        energy.append(run.y[-1, -1])
        volts, _ = equations.lines(equations.split(run.y[:-1, -1]))
        lines.append(bench.flat(volts) / bench.circuit.chip.signal)
    seconds = time.perf_counter() - begun
    return bench.view(
        "scipy",
        bench.layers(np.array(ends)),
        bench.layers(np.array(lines)),
        seconds,
        waves,
        np.array(energy),
    )
