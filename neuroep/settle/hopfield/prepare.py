"""What all solvers do before and after their loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core import tables
from neuroep.core.buffers import zeros
from neuroep.core.hopfield.reading import attention_scratch
from neuroep.core.hopfield.relax import activate
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.core.threads import chunks
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.wiring import Plan
from neuroep.network.parameters import real_numbers
from neuroep.settle.hopfield.acceleration import Multisecant
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.result import Record

CHUNK = 16
"""Examples that relax together: enough to fill a matrix product, few enough that what they attend
to stays near the core."""

LARGE = 1 << 18
"""Weights of a coupling from which on more relax together: it fills a cache by itself."""


@dataclass
class Job:
    """One settle in the form that kernels read: examples are phase-major, P * B of them.

    ``starts``: phases that begin from states of their own, P of them or one for all.
    """

    drive: Drive
    inputs: tables.Inputs
    nudge: tables.Nudge
    state: tables.State
    beta: Reals
    batch: int
    trace_of: Ints
    recorded: int
    warm: bool
    starts: int
    answers: Multisecant | None
    carry: tuple[Floats, Floats] | None

    @property
    def weights(self) -> Floats:
        """The flat parameters, see :meth:`Plan.weights`."""
        return self.drive.plan.weights()

    def problem(self, wiring: tables.Wiring) -> tables.Problem:
        """Return what kernels settle."""
        return tables.Problem(wiring, self.weights, self.inputs, self.nudge, self.state, self.batch)

    def scratch_size(self, examples: int) -> int:
        """Elements that hold one layer of some examples, or one example's attention."""
        return max(examples * max(self.drive.plan.sizes), self._attention_size)

    @cached_property
    def _attention_size(self) -> int:
        plan = self.drive.plan
        longest = int(self.inputs.length.max(initial=0))
        shapes = map(plan.network.shape, plan.names)
        return int(max(attention_scratch(rows, longest, width) for rows, width in shapes))

    def settled(
        self,
        outcome: tables.Outcome,
        trace: Floats,
        **more: Any,
    ) -> Settled:
        """Return the result."""
        return Settled(
            self.drive,
            self.beta,
            self.inputs.row,
            self.state,
            phases_of(self, outcome.steps),
            phases_of(self, outcome.residual),
            phases_of(self, outcome.before),
            phases_of(self, outcome.after),
            phases_of(self, outcome.status),
            trace,
            **more,
        )

    def rows_together(self) -> int:
        """Return how many rows of the drive relax together, in all their phases."""
        widest = max(
            (c[tables.N_FROM] * c[tables.N_TO] for c in self.drive.plan.sweep.couplings), default=0
        )
        together = CHUNK if widest < LARGE else 2 * CHUNK
        return max(1, together // len(self.beta))

    def together(self, first: int, last: int) -> Ints:
        """Return the numbers of the examples of some rows of the drive, (rows * P,).

        The phases of a row follow one another: they attend to the same patterns.
        """
        phases = np.arange(len(self.beta), dtype=np.int64) * self.drive.count
        return (np.arange(first, last)[:, None] + phases).ravel()

    def ranges(self) -> list[tuple[int, int]]:
        """Chunks of examples."""
        return chunks(self.batch, CHUNK)


def make_job(
    drive: Drive,
    beta: ArrayLike,
    target: ArrayLike | None,
    start: Settled | None,
    record: Record | None,
) -> Job:
    """Lay out phases, start state and nudge; see :func:`neuroep.settle.settle`.

    A ValueError: shapes do not fit, a number is not finite, a nudge without cost or target, or a
    beta whose nudged energy would have no minimum.
    """
    plan, count = drive.plan, drive.count
    given = np.asarray(beta, float)
    if given.ndim < 2:
        given = np.repeat(given.reshape(-1, 1), count, axis=1)
    if given.ndim != 2 or given.shape[1] != count:
        raise ValueError(f"beta of shape {given.shape} does not fit {count} examples")
    if not np.isfinite(given).all():
        raise ValueError("beta: not all finite")
    phases = given.shape[0]
    batch = phases * count
    rows = np.tile(np.arange(count, dtype=np.int64), phases)
    dtype = drive.current.dtype
    inputs = drive.inputs(rows)
    nudge = _make_nudge(drive, given, target)
    trace_of = np.full(batch, -1, np.int64)
    examples = record.examples if record else ()
    for slot, example in enumerate(examples):
        if not 0 <= example < batch:
            raise ValueError(f"record: example {example} is not one of {batch}")
        if trace_of[example] >= 0:
            raise ValueError(f"record: example {example} is given twice")
        trace_of[example] = slot
    lagrangian = np.zeros((len(plan.names), batch))
    state = tables.State(
        zeros(batch * plan.units, dtype), zeros(batch * plan.units, dtype), lagrangian
    )
    job = Job(
        drive=drive,
        inputs=inputs,
        nudge=nudge,
        state=state,
        beta=given,
        batch=batch,
        trace_of=trace_of,
        recorded=len(examples),
        warm=start is not None,
        starts=len(start.beta) if start else 1,
        # What attention answered belongs to the parameters that the start's drive was made from.
        answers=start.answers if start and start.drive is drive and len(start.beta) == 1 else None,
        carry=None,
    )
    if start is None:
        _rest(job)
        return job
    if start.beta.shape not in ((1, count), given.shape):
        raise ValueError("start must be one phase of the same examples, or as many phases of them")
    for name in plan.names:
        for flat, given_flat in (
            (state.potential, start.state.potential),
            (state.activity, start.state.activity),
        ):
            into = plan.view(flat, name).reshape(phases, count, -1)
            into[:] = plan.view(given_flat, name).reshape(-1, count, into.shape[2])
    by_phase = lagrangian.reshape(-1, phases, count)
    by_phase[:] = start.state.lagrangian.reshape(len(by_phase), -1, count)
    if start.carry is not None:
        charge, filtered = start.carry
        times = phases // len(start.beta)
        job.carry = (_repeated(plan, charge, times), _repeated(plan, filtered, times))
    known = start.drive.sequences
    if any(given is not known.get(name) for name, given in drive.sequences.items()):
        _take_over(job)
    return job


def _repeated(plan: Plan, flat: Floats, phases: int) -> Floats:
    # Layer blocks stand one behind the other, so phases repeat within each block.
    return np.concatenate(
        [np.tile(plan.view(flat, name), (phases, 1)).ravel() for name in plan.names]
    )


def _take_over(job: Job) -> None:
    """Let potentials that other inputs left stand under these, whose padding is elsewhere."""
    for name in job.drive.plan.names:
        used = job.drive.used_units(name)[job.inputs.row, None]
        for flat in (job.state.potential, job.state.activity):
            view = job.drive.plan.view(flat, name)
            view[np.arange(view.shape[1]) >= used] = 0.0
    _activate(job)


def _activate(job: Job) -> None:
    """Set the activities that belong to the potentials."""
    scratch = np.empty(job.scratch_size(job.batch), job.state.potential.dtype)
    plan = job.drive.plan
    activate(plan.sweep, job.inputs, job.state, job.batch, 0, job.batch, scratch)


def _rest(job: Job) -> None:
    """Set the activities of zero potentials."""
    plan, state, count = job.drive.plan, job.state, job.drive.count
    if plan.network.drawn:
        _activate(job)
        return
    for k, name in enumerate(plan.names):
        activity = plan.view(state.activity, name).reshape(-1, count, plan.sizes[k])
        lagrangian = state.lagrangian[k].reshape(-1, count)
        plan.network.layers[name].rest(job.drive, job.inputs, activity[0], lagrangian[0])
        activity[1:], lagrangian[1:] = activity[0], lagrangian[0]


def _make_nudge(drive: Drive, beta: Reals, target: ArrayLike | None) -> tables.Nudge:
    network, dtype = drive.plan.network, drive.current.dtype
    if not beta.any():
        width = 1 if network.cost is None else network.outputs
        return tables.Nudge(beta.ravel(), np.zeros((drive.count, width), dtype), 0.0)
    cost = network.cost
    if cost is None:
        raise ValueError("a nudge needs a cost; call set_cost on the network")
    if target is None:
        raise ValueError("a nudge needs a target")
    wanted = np.ascontiguousarray(real_numbers("target", target, dtype))
    if wanted.shape != (drive.count, network.outputs):
        raise ValueError(
            f"target of shape {wanted.shape} instead of {(drive.count, network.outputs)}"
        )
    cost.check_nudge(network, float(beta.min()))
    return tables.Nudge(beta.ravel(), wanted, cost.curvature(network))


def no_outcome(examples: int) -> tables.Outcome:
    """Return room for how examples settle."""
    status, steps = np.zeros((2, examples), np.int64)
    return tables.Outcome(status, steps, *np.zeros((3, examples)))


def phases_of(job: Job, flat: Sequence[object] | np.ndarray) -> np.ndarray:
    """Return a per-example vector as (P, B)."""
    return np.asarray(flat).reshape(job.beta.shape)
