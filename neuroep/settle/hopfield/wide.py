"""Settling a batch as a whole, where token attention stands behind large dense couplings.

Two exact steps take turns: every attention row at once, given the plain layers (W is read once, in
blocks, see the kernels of the same name), then the plain layers to their own minimum, given what
the attention layers send. Each lowers the total energy. Between two turns the plain layers may go
on with a model of how attention would answer them, as long as the total energy falls: most of the
turns that remain are spared. An example that has settled drops out.
"""

import numpy as np

from neuroep.core import tables
from neuroep.core.hopfield.reading import attention_scratch
from neuroep.core.hopfield.relax import relax
from neuroep.core.hopfield.wide import WIDE_CHANGE, WIDE_ENERGY, WIDE_FIGURES, wide_lane
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.core.threads import chunks, multiplies_in_place, run_chunks
from neuroep.settle.hopfield.acceleration import Multisecant
from neuroep.settle.hopfield.division import LONGEST_BLOCK, Division
from neuroep.settle.hopfield.prepare import CHUNK, Job, no_outcome
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.result import Status, Stop

PLAIN_STEPS = 50
"""Cap on the sweeps of the plain layers within one sweep of the whole network."""

SMALL_PRODUCT = (16, 1_000_000)
"""Examples, and multiplications, of a product that BLAS makes without a copy."""

ANY_PRODUCT = (1 << 20, 1 << 62)

MODEL_STEPS = 2
"""How often the plain layers settle to the model's answers between two turns."""

ROUNDING = 0.01
"""Of one rounding of the total energy: what its sums of many terms are off by, at most."""


class WholeBatch:
    """One settle of a whole batch.

    ``memory``: turns by which a model tells what attention would answer, 0 for no model.
    """

    def __init__(self, job: Job, stop: Stop, division: Division, memory: int) -> None:
        self.job = job
        self.stop = stop
        self.division = division
        self.memory = memory
        self.plan = division.plan
        dtype = job.state.potential.dtype
        layers = len(self.plan.names)
        self.partial = np.zeros((len(division.lanes), job.batch, division.columns), dtype)
        self.figures = np.zeros((len(division.lanes), WIDE_FIGURES + layers, job.batch))
        self.received = np.zeros((job.batch, division.columns), dtype)
        self.wide_energy = np.zeros(job.batch)
        self.tile = SMALL_PRODUCT if multiplies_in_place() else ANY_PRODUCT

    def attend(self, active: Ints, move: bool = True, send: bool = True) -> Reals:
        """Step all attention rows of the active examples (``move``), add up what they send.

        Returns the largest change of an activity of each.
        """
        job, division, plan = self.job, self.division, self.plan
        ranks = np.empty((len(plan.names), active.size), np.int64)
        for k in range(len(plan.names)):
            asking = plan.sweep.layers[k, tables.LENGTHS]
            length = job.inputs.length[asking, job.inputs.row[active]] if asking >= 0 else active
            ranks[k] = active[np.argsort(-length, kind="stable")]
        longest = int(job.inputs.length.max(initial=0))
        largest = max(
            int((b - a) * plan.sweep.layers[k, tables.WIDTH])
            for lane in division.lanes
            for k, a, b in lane
        )
        widest = int(plan.sweep.layers[:, tables.WIDTH].max())
        reading = attention_scratch(LONGEST_BLOCK, longest, widest)
        size = max(active.size * max(largest, division.columns), reading)

        def work(first: int, last: int) -> None:
            scratch = np.empty((4, size), self.partial.dtype)
            for lane in range(first, last):
                wide_lane(
                    plan.sweep,
                    job.weights,
                    job.inputs,
                    job.state,
                    job.batch,
                    division.table,
                    division.lanes[lane],
                    ranks,
                    move,
                    send,
                    self.tile,
                    scratch,
                    self.partial[lane],
                    self.figures[lane],
                )

        run_chunks(work, chunks(len(division.lanes), 1))
        figures = self.figures[:, :, active]
        if send:
            self.received[active] = self.partial[:, active].sum(axis=0)
        if move:
            job.state.lagrangian[:, active] = figures[:, WIDE_FIGURES:].sum(axis=0)
        lagrangian = np.delete(job.state.lagrangian[:, active], division.plain, axis=0).sum(axis=0)
        self.wide_energy[active] = figures[:, WIDE_ENERGY].sum(axis=0) - lagrangian
        change: Reals = figures[:, WIDE_CHANGE].max(axis=0)
        return change

    def settle_plain(self, active: Ints, sent: Floats, steps: int) -> tuple[Reals, Reals, Reals]:
        """Settle the plain layers of the active examples, as if attention sent ``sent``.

        Returns the largest change of an activity, and the total energy before and after.
        """
        job, division, plan = self.job, self.division, self.plan
        count = active.size
        units = sum(plan.sizes[k] for k in division.plain)
        dtype = self.partial.dtype
        state = tables.State(
            np.empty(count * units, dtype),
            np.empty(count * units, dtype),
            np.zeros((len(division.plain), count)),
        )
        current = np.empty(count * units, dtype)
        parts = list(zip(division.plain, division.wiring.layers, strict=True))
        rows = job.inputs.row[active]
        for k, layer in parts:
            name, part = plan.names[k], _part(layer, count)
            for flat, whole in (
                (state.potential, job.state.potential),
                (state.activity, job.state.activity),
            ):
                flat[part] = plan.view(whole, name)[active].ravel()
            flowing = plan.view(job.inputs.current, name)[rows]
            if k in division.receives:
                first, last = division.receives[k]
                flowing = flowing + sent[:, first:last]
            current[part] = flowing.ravel()
        before = state.activity.copy()
        none = np.zeros((0, count), np.int64)
        inputs = tables.Inputs(
            current, current[:0], none, none, np.arange(count, dtype=np.int64), count
        )
        nudge = tables.Nudge(job.nudge.beta[active], job.nudge.target[rows], job.nudge.curvature)
        problem = tables.Problem(division.wiring, job.weights, inputs, nudge, state, count)
        outcome = no_outcome(count)
        trace_of = np.full(count, -1, np.int64)
        trace = np.zeros((1, 0, units), dtype)

        def work(first: int, last: int) -> None:
            relax(
                problem,
                np.arange(first, last),
                True,
                self.stop.residual,
                steps,
                np.empty((2, (last - first) * units), dtype),
                trace_of,
                trace,
                outcome,
            )

        run_chunks(work, chunks(count, CHUNK))
        change = np.where(outcome.status == Status.DIVERGED, np.inf, 0.0)
        for k, layer in parts:
            name, part = plan.names[k], _part(layer, count)
            plan.view(job.state.potential, name)[active] = state.potential[part].reshape(count, -1)
            plan.view(job.state.activity, name)[active] = state.activity[part].reshape(count, -1)
            moved = np.abs(state.activity[part] - before[part]).reshape(count, -1).max(axis=1)
            change = np.maximum(change, moved)
            if k in division.receives:  # the energy is that of what attention really sends
                first, last = division.receives[k]
                missing = (sent - self.received[active])[:, first:last].astype(float)
                outcome.before[:] += (missing * before[part].reshape(count, -1)).sum(axis=1)
                outcome.after[:] += (missing * state.activity[part].reshape(count, -1)).sum(axis=1)
        for k, row in zip(division.plain, state.lagrangian, strict=True):
            job.state.lagrangian[k, active] = row
        wide = self.wide_energy[active]
        return change, outcome.before + wide, outcome.after + wide

    def run(self) -> Settled:
        """Settle."""
        job, stop = self.job, self.stop
        active = np.arange(job.batch, dtype=np.int64)
        outcome = no_outcome(job.batch)
        status, taken, residual, before, after = outcome
        status[:] = Status.STEP_LIMIT
        trace = [self._recorded()]
        model = self._take_up()
        _, before[:], after[:] = self.settle_plain(
            active, self.received, PLAIN_STEPS if job.warm else 0
        )
        if job.warm:
            self._accelerate(model, active, before)
        for step in range(stop.steps):
            heard = self._heard(active)
            change = self.attend(active)
            received = self.received[active]
            # The answer to a network at rest says little of how answers change elsewhere.
            model.note(active, heard, received, compare=step > 1 or job.warm)
            moved, highest, after[active] = self.settle_plain(active, received, PLAIN_STEPS)
            residual[active] = np.maximum(change, moved)
            taken[active] += 1
            lost = ~(residual[active] < np.inf)
            done = residual[active] <= stop.residual
            status[active[lost]] = Status.DIVERGED
            status[active[done]] = Status.CONVERGED
            left = ~(lost | done)
            active = active[left]
            if active.size and step + 1 < stop.steps:
                self._accelerate(model, active, highest[left])
            trace.append(self._recorded())
            if not active.size:
                break
        return job.settled(outcome, np.stack(trace), answers=model)

    def _heard(self, active: Ints) -> Floats:
        """Return the activities that flow back into attention, laid out like what it sends."""
        heard = np.empty((active.size, self.division.columns), self.partial.dtype)
        for k, (first, last) in self.division.receives.items():
            activity = self.plan.view(self.job.state.activity, self.plan.names[k])
            heard[:, first:last] = activity[active]
        return heard

    def _accelerate(self, model: Multisecant, active: Ints, highest: Reals) -> None:
        """Settle the plain layers together with the model, where the energy stays below."""
        if not model.changes.any():
            return
        state = self.job.state
        parts = [
            (whole, name, self.plan.view(whole, name)[active])
            for name in (self.plan.names[k] for k in self.division.plain)
            for whole in (state.potential, state.activity)
        ]
        lagrangian = state.lagrangian[:, active]
        for _ in range(MODEL_STEPS):
            answers = model.answer(active, self._heard(active))
            _, _, energy = self.settle_plain(active, answers, PLAIN_STEPS)
        slack = ROUNDING * np.finfo(answers.dtype).eps * np.abs(highest)
        refused = ~(energy <= highest + slack)
        for whole, name, before in parts:
            self.plan.view(whole, name)[active[refused]] = before[refused]
        state.lagrangian[:, active[refused]] = lagrangian[:, refused]

    def _take_up(self) -> Multisecant:
        """Find what the attention layers send at the start, once where all phases are alike.

        Returns what is known of their answers.
        """
        job = self.job
        count, phases = job.starts * job.drive.count, job.beta.shape[0] // job.starts
        every = np.arange(count, dtype=np.int64)
        known = job.answers
        # At rest, layers that are silent do not interact: only energies are missing.
        send = known is None and (job.warm or bool(self._heard(every).any()))
        self.attend(every, move=False, send=send)
        if known is None:
            known = Multisecant(count, self.division.columns, self.memory, self.partial.dtype)
            known.note(every, self._heard(every), self.received[:count], compare=False)
        self.received[:] = np.tile(known.last[1], (phases, 1))
        self.wide_energy[:] = np.tile(self.wide_energy[:count], phases)
        return known.repeated(phases, self.memory)

    def _recorded(self) -> Floats:
        """Return the potentials of the recorded examples, (recorded, units)."""
        job, plan = self.job, self.plan
        chosen = [int(np.flatnonzero(job.trace_of == slot)[0]) for slot in range(job.recorded)]
        return plan.rows(job.state.potential, chosen)


def _part(layer: Ints, count: int) -> slice:
    begin = count * int(layer[tables.OFFSET])
    return slice(begin, begin + count * int(layer[tables.SIZE]))
