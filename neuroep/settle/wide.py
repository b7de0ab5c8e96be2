"""Settling a batch as a whole, where token attention stands behind large dense couplings.

Two exact steps take turns: every attention row at once, given the plain layers (W is read once, in
blocks, see :mod:`neuroep.core.wide`), then the plain layers to their own minimum, given what the
attention layers send. Each lowers the total energy. An example that has settled drops out.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neuroep.core import tables
from neuroep.core.relax import relax
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.core.wide import WIDE_CHANGE, WIDE_ENERGY, WIDE_FIGURES, wide_lane
from neuroep.network.attention import Attention, TokenAttention
from neuroep.network.network import Coupling
from neuroep.network.neurons import Neurons
from neuroep.network.wiring import Plan
from neuroep.settle.prepare import CHUNK, Job, phases_of
from neuroep.settle.settled import Settled, Status, Stop

LANES = 16
"""Parts that the blocks of a sweep are dealt out to; their sums are added in a fixed order, so that
a result does not depend on the number of threads."""

LONGEST_BLOCK = 32
"""Rows of a block: enough to multiply matrices at speed, few enough to stay near the core."""

PLAIN_STEPS = 50
"""Cap on the sweeps of the plain layers within one sweep of the whole network."""


def wide_couplings(plan: Plan, least: int) -> list[Coupling]:
    """Return the couplings that call for settling the batch as a whole; none where it cannot.

    They lead from token attention to plain neurons and hold ``least`` weights or more. All other
    layers must be plain, and an attention layer must receive from plain layers alone.
    """
    network = plan.network
    inner = [c for c in network.couplings if c.source in plan.index]
    attention = [n for n in plan.names if isinstance(network.layers[n], Attention)]
    if any(not isinstance(network.layers[name], TokenAttention) for name in attention):
        return []
    wide = [c for c in inner if c.source in attention or c.target in attention]
    fits = all(
        c.source in attention and isinstance(network.layers[c.target], Neurons) and not c.shared
        for c in wide
    )
    large = any(network.size(c.source) * network.size(c.target) >= least for c in wide)
    return wide if fits and large else []


@dataclass
class Division:
    """A network's layers as attention and plain ones, with the tables of each."""

    plan: Plan
    table: Ints
    columns: int
    plain: list[int]
    wiring: tables.Wiring
    receives: dict[int, tuple[int, int]]
    lanes: list[Ints]

    @classmethod
    def of(cls, plan: Plan, couplings: list[Coupling]) -> "Division":
        """Divide a network; ``couplings`` are all that attention layers have."""
        full = plan.sweep
        sources = {plan.index[c.source] for c in couplings}
        plain = [k for k in range(len(plan.names)) if k not in sources]
        receives: dict[int, tuple[int, int]] = {}
        rows, columns = [], 0
        for number, coupling in enumerate(full.couplings):
            to = int(coupling[tables.TO])
            if coupling[tables.FROM] not in sources:
                continue
            if to not in receives:
                receives[to] = (columns, columns + plan.sizes[to])
                columns += plan.sizes[to]
            rows.append((number, receives[to][0]))
        return cls(
            plan,
            np.array(rows, np.int64),
            columns,
            plain,
            _restricted(full, plain, plan),
            receives,
            _lanes(full, sorted(sources)),
        )


def _restricted(full: tables.Wiring, plain: list[int], plan: Plan) -> tables.Wiring:
    """Return the tables of the plain layers alone, numbered anew."""
    place = {k: i for i, k in enumerate(plain)}
    layers = full.layers[plain].copy()
    layers[:, tables.OFFSET] = np.cumsum([0, *(plan.sizes[k] for k in plain)])[:-1]
    inner = [c for c in full.couplings if c[tables.FROM] in place and c[tables.TO] in place]
    couplings = np.array(inner, np.int64).reshape(-1, tables.COUPLING_COLUMNS)
    for column in (tables.FROM, tables.TO):
        couplings[:, column] = [place[int(k)] for k in couplings[:, column]]
    cost = full.cost.copy()
    if cost[tables.COST_KIND] != tables.NO_COST:
        cost[tables.COST_LAYER] = place[int(cost[tables.COST_LAYER])]
    starts = full.class_starts
    classes = [
        [place[int(k)] for k in full.order[a:b] if int(k) in place] for a, b in pairwise(starts)
    ]
    classes = [members for members in classes if members]
    return tables.Wiring(
        layers,
        full.constants[plain],
        couplings,
        cost,
        np.array([k for members in classes for k in members], np.int64),
        np.cumsum([0, *map(len, classes)]).astype(np.int64),
    )


def _lanes(full: tables.Wiring, sources: list[int]) -> list[Ints]:
    """Deal the blocks of all attention layers out to lanes."""
    tokens = [int(full.layers[k, tables.TOKENS]) for k in sources]
    rows = min(LONGEST_BLOCK, -(-sum(tokens) // LANES))
    items = [(k, a, b) for k, n in zip(sources, tokens, strict=True) for a, b in chunks(n, rows)]
    dealt = [items[lane::LANES] for lane in range(LANES)]
    return [np.array(lane, np.int64) for lane in dealt if lane]


class WholeBatch:
    """One settle of a whole batch."""

    def __init__(self, job: Job, stop: Stop, division: Division) -> None:
        self.job = job
        self.stop = stop
        self.division = division
        self.plan = division.plan
        dtype = job.state.potential.dtype
        layers = len(self.plan.names)
        self.partial = np.zeros((len(division.lanes), job.batch, division.columns), dtype)
        self.figures = np.zeros((len(division.lanes), WIDE_FIGURES + layers, job.batch))
        self.received = np.zeros((job.batch, division.columns), dtype)
        self.wide_energy = np.zeros(job.batch)

    def attend(self, active: Ints, move: bool) -> Reals:
        """Step all attention rows of the active examples, or only add up what they send.

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
        size = max(active.size * max(largest, division.columns), LONGEST_BLOCK * longest)

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
                    scratch,
                    self.partial[lane],
                    self.figures[lane],
                )

        run_chunks(work, chunks(len(division.lanes), 1))
        figures = self.figures[:, :, active]
        self.received[active] = self.partial[:, active].sum(axis=0)
        if move:
            job.state.lagrangian[:, active] = figures[:, WIDE_FIGURES:].sum(axis=0)
        lagrangian = np.delete(job.state.lagrangian[:, active], division.plain, axis=0).sum(axis=0)
        self.wide_energy[active] = figures[:, WIDE_ENERGY].sum(axis=0) - lagrangian
        change: Reals = figures[:, WIDE_CHANGE].max(axis=0)
        return change

    def settle_plain(self, active: Ints, steps: int) -> tuple[Reals, Reals, Reals]:
        """Settle the plain layers of the active examples, given what attention sends.

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
                flowing = flowing + self.received[active, first:last]
            current[part] = flowing.ravel()
        before = state.activity.copy()
        none = np.zeros((0, count), np.int64)
        inputs = tables.Inputs(
            current, current[:0], none, none, np.arange(count, dtype=np.int64), count
        )
        nudge = tables.Nudge(job.nudge.beta[active], job.nudge.target[rows], job.nudge.curvature)
        outcome = np.zeros((2, count), np.int64)
        residual, energy_before, energy_after = np.zeros((3, count))
        trace_of = np.full(count, -1, np.int64)
        trace = np.zeros((1, 0, units), dtype)
        largest = max(plan.sizes[k] for k in division.plain)

        def work(first: int, last: int) -> None:
            relax(
                division.wiring,
                job.weights,
                inputs,
                nudge,
                state,
                count,
                first,
                last,
                True,
                self.stop.residual,
                steps,
                np.empty((2, (last - first) * max(units, largest)), dtype),
                trace_of,
                trace,
                outcome,
                residual,
                energy_before,
                energy_after,
            )

        run_chunks(work, chunks(count, CHUNK))
        change = np.where(outcome[0] == Status.DIVERGED, np.inf, 0.0)
        for k, layer in parts:
            name, part = plan.names[k], _part(layer, count)
            plan.view(job.state.potential, name)[active] = state.potential[part].reshape(count, -1)
            plan.view(job.state.activity, name)[active] = state.activity[part].reshape(count, -1)
            moved = np.abs(state.activity[part] - before[part]).reshape(count, -1).max(axis=1)
            change = np.maximum(change, moved)
        for k, row in zip(division.plain, state.lagrangian, strict=True):
            job.state.lagrangian[k, active] = row
        wide = self.wide_energy[active]
        return change, energy_before + wide, energy_after + wide

    def run(self) -> Settled:
        """Settle."""
        job, stop = self.job, self.stop
        active = np.arange(job.batch, dtype=np.int64)
        status = np.full(job.batch, Status.STEP_LIMIT, np.int64)
        taken = np.zeros(job.batch, np.int64)
        residual, before, after = np.zeros((3, job.batch))
        trace = [self._recorded()]
        self._take_up()
        _, before[:], after[:] = self.settle_plain(active, PLAIN_STEPS if job.warm else 0)
        for _ in range(stop.steps):
            change = self.attend(active, move=True)
            moved, _, after[active] = self.settle_plain(active, PLAIN_STEPS)
            residual[active] = np.maximum(change, moved)
            taken[active] += 1
            trace.append(self._recorded())
            lost = ~(residual[active] < np.inf)
            done = residual[active] <= stop.residual
            status[active[lost]] = Status.DIVERGED
            status[active[done]] = Status.CONVERGED
            active = active[~(lost | done)]
            if not active.size:
                break
        return Settled(
            job.drive,
            job.beta,
            job.inputs.row,
            job.state,
            phases_of(job, taken),
            phases_of(job, residual),
            phases_of(job, before),
            phases_of(job, after),
            phases_of(job, status),
            np.stack(trace),
        )

    def _take_up(self) -> None:
        """Add up what the attention layers send at the start, where all phases are alike."""
        count, phases = self.job.drive.count, self.job.beta.shape[0]
        self.attend(np.arange(count, dtype=np.int64), move=False)
        self.received[:] = np.tile(self.received[:count], (phases, 1))
        self.wide_energy[:] = np.tile(self.wide_energy[:count], phases)

    def _recorded(self) -> Floats:
        """Return the potentials of the recorded examples, (recorded, units)."""
        job, plan = self.job, self.plan
        chosen = [int(np.flatnonzero(job.trace_of == slot)[0]) for slot in range(job.recorded)]
        views = [plan.view(job.state.potential, name)[chosen] for name in plan.names]
        return np.concatenate(views, axis=1)


def _part(layer: Ints, count: int) -> slice:
    begin = count * int(layer[tables.OFFSET])
    return slice(begin, begin + count * int(layer[tables.SIZE]))
