"""Settling by spikes, in seconds: sigma-delta neurons and low-pass receivers."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from neuroep.core import tables
from neuroep.core.hopfield.lines import Lines
from neuroep.core.hopfield.spiking import spike_examples
from neuroep.core.tables import Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.settle.hopfield.prepare import Job, no_outcome, phases_of
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.result import Status, Stop


@dataclass(frozen=True)
class Spiking(Solver):
    """Sigma-delta spikes on every line, potentials averaged over a window at the end.

    Parameters
    ----------
    time_step : float
        Clock of the spikes, s.
    time_constant : float
        Low-pass filter of the receivers, s.
    free_duration, nudged_duration : float
        How long a phase runs that starts from zero, and one that starts from a free settle, s.
    window : float
        Length of the averaging window at the end of a phase, s.
    attention_stride : int
        Steps between two readings of an attention layer's stored patterns.
    attention_range : float
        Full scale of an attention line, in units of the largest value stored in its column.
    taper : {"boxcar", "triangle"}
        Weighting within the window: the triangle suppresses quantisation noise once more.

    Raises
    ------
    ValueError
        A duration is not positive, or the window is longer than a phase.
    """

    spikes: ClassVar[bool] = True
    whole: ClassVar[bool] = True
    told: ClassVar[str] = "distance of averaged activities from those of averaged potentials"

    time_step: float = 1e-6
    time_constant: float = 5e-6
    free_duration: float = 160e-6
    nudged_duration: float = 120e-6
    window: float = 100e-6
    attention_stride: int = 4
    attention_range: float = 1.0
    taper: Literal["boxcar", "triangle"] = "triangle"

    def __post_init__(self) -> None:
        for name in ("time_step", "time_constant", "free_duration", "nudged_duration", "window"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.attention_stride < 1:
            raise ValueError(f"attention_stride must be at least 1, got {self.attention_stride}")
        if not self.attention_range > 0:
            raise ValueError(f"attention_range must be positive, got {self.attention_range}")
        shortest = min(self.free_duration, self.nudged_duration)
        if not self.time_step <= self.window <= shortest:
            raise ValueError(f"window {self.window:g} s must fit a phase of {shortest:g} s")

    def weighting(self, duration: float) -> Reals:
        """Return the weight of every step of a phase in the averages, (steps,), summing to 1."""
        steps = round(duration / self.time_step)
        length = min(steps, round(self.window / self.time_step))
        shape = np.ones(length)
        if self.taper == "triangle":
            shape = np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1)).astype(float)
        return np.concatenate([np.zeros(steps - length), shape / shape.sum()])

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job for its full duration; ``stop.residual`` only decides the status."""
        plan, dtype = job.drive.plan, job.state.potential.dtype
        warm = job.carry is not None or job.warm
        weighting = self.weighting(self.nudged_duration if warm else self.free_duration)
        carry = job.carry or (
            np.zeros(job.batch * plan.units, dtype),
            self._filtered_currents(job),
        )
        layers = [plan.network.layers[name] for name in plan.names]
        lines = Lines(
            plan.transposed_weights(),
            np.array([layer.full_scale for layer in layers]),
            self.attention_range,
            np.array([layer.signed for layer in layers]),
            dtype.type(-np.expm1(-self.time_step / self.time_constant)),
            self.attention_stride,
            weighting.astype(dtype),
        )
        steps, recorded = weighting.size, job.recorded
        trace = np.zeros((steps + 1 if recorded else 1, recorded, plan.units), dtype)
        raster = np.zeros((steps if recorded else 1, recorded, plan.units), np.int8)
        counts = np.zeros(job.batch * plan.units, np.int32)
        saturated = np.zeros(job.batch, np.int64)
        outcome, problem = no_outcome(job.batch), job.problem(plan.sweep)

        def work(first: int, last: int) -> None:
            spike_examples(
                problem,
                lines,
                carry,
                first,
                last,
                job.trace_of,
                trace,
                raster,
                counts,
                saturated,
                outcome,
            )

        run_chunks(work, chunks(job.batch, 4))
        outcome.steps[:] = steps
        residual = outcome.residual
        outcome.status[:] = np.where(residual <= stop.residual, Status.CONVERGED, Status.STEP_LIMIT)
        outcome.status[~np.isfinite(residual)] = Status.DIVERGED
        return job.settled(
            outcome,
            trace,
            spikes=counts,
            saturated=phases_of(job, saturated),
            raster=raster,
            time=np.arange(len(trace), dtype=float) * self.time_step,
            carry=carry,
        )

    @staticmethod
    def _filtered_currents(job: Job) -> tables.Floats:
        # A cold start has no synaptic current; a start from a settled state has what is missing
        # between its potentials and the constant currents.
        plan = job.drive.plan
        filtered = np.zeros_like(job.state.potential)
        if job.warm:
            for name in plan.names:
                constant = plan.view(job.drive.current, name)[job.inputs.row]
                plan.view(filtered, name)[:] = plan.view(job.state.potential, name) - constant
        return filtered
