"""The solver "transient": a circuit's own ODE, from volts to volts."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from neuroep.core import tables
from neuroep.core.hopfield import noise, transient
from neuroep.core.hopfield.energy import total_energy
from neuroep.core.hopfield.relax import activate
from neuroep.core.tables import Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.noise import keys_of, sources_of
from neuroep.hardware.hopfield.supply import (
    circuit_elements,
    circuit_table,
    constant_power,
    loads_of_lines,
)
from neuroep.hardware.noise import Noise
from neuroep.settle.hopfield.prepare import Job, phases_of
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.result import Status, Stop

NOISY_STEPS = 10
"""Steps a time constant of the fastest membrane, with noise: variances are off by 1 / 400."""


@dataclass(frozen=True)
class Transient(Solver):
    """Let a circuit run for a time, as an oscilloscope would see it.

    Always in float64. Starts from zero volts, or from where a free settle ended.

    Parameters
    ----------
    circuit : Circuit
    duration : float
        Length of a phase, s; 80 of the slowest time constant when it is zero.
    tolerance : float
        Estimated error of one step, V.
    points : int
        Times, evenly spaced from 0 to the duration, at which recorded examples are kept.
    limit : int
        Most steps in a phase.
    noise : Noise, optional
        Steps are then all alike. Where a phase ends is one moment of what goes on, and
        residual and status tell of the noise of that moment, too.

    Raises
    ------
    ValueError
        A value out of range.
    """

    whole: ClassVar[bool] = True
    told: ClassVar[str] = (
        "largest distance of a potential from the one that it is drawn to, in units of its "
        "membrane's voltage"
    )

    circuit: Circuit
    duration: float = 0.0
    tolerance: float = 1e-10
    points: int = 2001
    limit: int = 1_000_000
    noise: Noise | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.duration < np.inf:
            raise ValueError(f"duration must be positive, got {self.duration:g}")
        if not self.tolerance > 0:
            raise ValueError(f"tolerance must be positive, got {self.tolerance:g}")
        if self.points < 2 or self.limit < 1:
            raise ValueError("at least two points and one step are needed")

    @property
    def time(self) -> Reals:
        """When recorded examples are kept, (points,), s."""
        return np.linspace(0.0, self.duration or 80.0 * self.circuit.slowest, self.points)

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job; ``stop.residual`` only decides the status.

        Raises
        ------
        ValueError
            The circuit is of another network, or a device cannot hold its weight or pattern.
        """
        plan, circuit = job.drive.plan, self.circuit
        if circuit.network is not plan.network:
            raise ValueError("the circuit is of another network than the drive")
        circuit.check(job.drive)
        chip = circuit.chip
        volts = np.zeros((job.batch, plan.units + 1))
        elements = circuit_elements(circuit)
        scale = elements[:, transient.VOLTS]
        for name, offset in zip(plan.names, plan.offsets, strict=False):
            part = plan.view(job.state.potential, name)
            volts[:, offset : offset + part.shape[1]] = part * circuit.layers[name].volts
        rows = range(job.drive.count)
        table = np.stack([circuit_table(circuit, job.drive, e) for e in rows])[job.inputs.row]
        power = np.array([constant_power(circuit, job.drive, e) for e in rows])[job.inputs.row]
        constants = np.zeros(transient.CHIP_ENTRIES)
        constants[transient.SUPPLY] = chip.supply
        constants[transient.SIGNAL] = chip.signal
        constants[transient.UNIT_CURRENT] = chip.unit_current
        constants[transient.PAIR_LOAD] = 2.0 * chip.middle_conductance
        loads = loads_of_lines(circuit)
        inputs = job.inputs._replace(
            current=job.inputs.current.astype(float), patterns=job.inputs.patterns.astype(float)
        )
        nudge = job.nudge._replace(target=job.nudge.target.astype(float))
        weights = job.weights.astype(float)
        grid = self.time
        trace = np.zeros((job.recorded, self.points, plan.units + 1))
        steps, outcome = np.zeros((2, job.batch), np.int64)
        residual, before, after = np.zeros((3, job.batch))
        before[:] = ideal_state(job, volts[:, :-1] / scale)[0]

        problem = (
            plan.sweep, weights, inputs, nudge, elements, table, constants, loads, power, volts
        )  # fmt: skip
        results = job.trace_of, trace, steps, residual, outcome
        run = transient.run_circuits
        given: tuple[Any, ...] = grid, self.tolerance, self.limit
        if self.noise:
            fastest = (elements[:, transient.CAPACITANCE] / elements[:, transient.LEAK]).min()
            keys = keys_of(self.noise, job, chip.number or 0)
            sources = sources_of(self.noise, circuit, job, keys)
            run = noise.run_noisy_circuits
            given = grid, fastest / NOISY_STEPS, self.limit, sources, keys

        def work(first: int, last: int) -> None:
            run(*problem, first, last, *given, *results)

        run_chunks(work, chunks(job.batch, 1))
        after[:], state = ideal_state(job, volts[:, :-1] / scale)
        status = np.where(residual <= stop.residual, Status.CONVERGED, Status.STEP_LIMIT)
        status[outcome == tables.DIVERGED] = Status.DIVERGED
        return replace(job, state=state).settled(
            tables.Outcome(status.astype(np.int64), steps, residual, before, after),
            np.ascontiguousarray(trace[:, :, :-1].transpose(1, 0, 2)) / scale,
            time=grid,
            drawn=phases_of(job, volts[:, -1]),
        )


def ideal_state(job: Job, potentials: Reals) -> tuple[Reals, tables.State]:
    """Return E + beta C (B,) of a job at potentials (B, units), and the state they belong to."""
    plan = job.drive.plan
    inputs = job.inputs._replace(
        current=job.inputs.current.astype(float), patterns=job.inputs.patterns.astype(float)
    )
    nudge = job.nudge._replace(target=job.nudge.target.astype(float))
    state = tables.State(
        np.zeros(job.batch * plan.units),
        np.zeros(job.batch * plan.units),
        np.zeros((len(plan.names), job.batch)),
    )
    for name in plan.names:
        plan.view(state.potential, name)[:] = potentials[:, plan.part(name)]
    scratch = np.empty(job.scratch_size(job.batch))
    energy = np.zeros(job.batch)
    activate(plan.sweep, inputs, state, job.batch, 0, job.batch, scratch)
    weights = job.weights.astype(float)
    problem = tables.Problem(plan.sweep, weights, inputs, nudge, state, job.batch)
    total_energy(problem, 0, job.batch, scratch, energy)
    return energy, state
