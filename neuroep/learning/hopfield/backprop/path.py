"""Backpropagation through time: adjoints along the steps that a settle took, backwards."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.hopfield.adjoint import BACK, IDLE, READ, START, send_back, step_back
from neuroep.core.tables import Floats, Inputs, Ints, Wiring
from neuroep.core.threads import chunks, run_chunks
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.wiring import Plan
from neuroep.network.parameters import real_numbers
from neuroep.settle import Record, Settled, Solver, Status, Stop, settle
from neuroep.settle.hopfield.prepare import CHUNK

AT_A_TIME = 32
"""Steps that are recorded before room is made for more."""


def read_error(free: Settled, target: ArrayLike) -> Floats:
    """Return the mean cost's slope in what the cost of a free settle reads, (B, outputs)."""
    drive, network = free.drive, free.drive.plan.network
    if network.cost is None:
        raise ValueError("a gradient needs a cost; call set_cost on the network")
    wanted = real_numbers("target", target, drive.current.dtype)
    if wanted.shape != (drive.count, network.outputs):
        raise ValueError(
            f"target of shape {wanted.shape} instead of {(drive.count, network.outputs)}"
        )
    scores = network.cost.scores(network, free.activity(str(network.cost.layer))[0])
    error: Floats = network.cost.slope(scores, wanted) / wanted.dtype.type(drive.count)
    return error


def cost_slope(free: Settled, target: ArrayLike) -> Floats:
    """Return the mean cost's slope in every activity of a free settle, flat like its state."""
    error, network = read_error(free, target), free.drive.plan.network
    assert network.cost is not None
    adjoint = np.zeros_like(free.state.activity)
    layer = free.drive.plan.view(adjoint, str(network.cost.layer))
    layer[:] = network.cost.back(network, error)
    return adjoint


@dataclass
class Path:
    """The potentials of a batch along a settle, and what stands beside them.

    ``potentials`` (steps + 1, B, units); ``wiring``: what a step of it was.
    """

    drive: Drive
    wiring: Wiring
    potentials: Floats
    inputs: Inputs

    @classmethod
    def at_rest(cls, free: Settled, wiring: Wiring) -> "Path":
        """Return the path that stands still at the end of a free settle."""
        return cls.along(free.drive, wiring, free.drive.plan.rows(free.state.potential)[None])

    @classmethod
    def along(cls, drive: Drive, wiring: Wiring, potentials: Floats) -> "Path":
        """Return the path of recorded potentials (steps + 1, B, units)."""
        rows = np.arange(drive.count, dtype=np.int64)
        return cls(drive, wiring, potentials, drive.inputs(rows))

    @property
    def plan(self) -> Plan:
        """Where each layer lies."""
        return self.drive.plan

    def ranges(self) -> list[tuple[int, int]]:
        """Chunks of examples."""
        return chunks(self.drive.count, CHUNK)

    def scratch(self, examples: int) -> Floats:
        """Return room for what the kernels need for some examples."""
        shapes = [self.plan.network.shape(name) for name in self.plan.names]
        longest = int(self.inputs.length.max(initial=0))
        attention = max(rows * (2 * longest + width) + longest * width for rows, width in shapes)
        return np.empty(max(2 * examples * max(self.plan.sizes), attention), self.potentials.dtype)

    def step_back(
        self,
        first: int,
        last: int,
        row: Ints,
        role: Ints,
        adjoint: Floats,
        current: Floats,
        activity: Floats | None,
        slope: Floats,
        scratch: Floats,
    ) -> None:
        """Take examples first..last one step back; see :func:`step_back`."""
        step_back(
            self.wiring,
            self.plan.weights(),
            self.inputs,
            self.potentials,
            row,
            role,
            self.drive.count,
            first,
            last,
            activity is not None,
            adjoint,
            current,
            current if activity is None else activity,
            slope,
            scratch,
        )

    def no_slope(self, wanted: bool) -> Floats:
        """Return room for the slope in the stored patterns, zero; none where it is not wanted."""
        return np.zeros(self.inputs.patterns.size if wanted else 0, self.potentials.dtype)

    def send_back(
        self, k: int, first: int, last: int, current: Floats, adjoint: Floats, scratch: Floats
    ) -> None:
        """Send layer k's mu; see :func:`neuroep.core.hopfield.adjoint.send_back`."""
        weights, count = self.plan.weights(), self.drive.count
        send_back(
            self.wiring, weights, self.inputs, current, count, k, first, last, adjoint, scratch
        )


class Trail(NamedTuple):
    """What going back through a settle left behind.

    ``currents`` (depth, B * units): mu of each step, the last one of the settle first, each flat
    like a state; ``activities`` (depth + 1, B * units): s after the step of each mu, the last row
    before all of them; ``slope``: dC/dX through attention, flat like the patterns; empty where
    nobody wanted it.
    """

    currents: Floats
    activities: Floats
    slope: Floats


def go_back(path: Path, adjoint: Floats, steps: Ints, depth: Ints, patterns: bool) -> Trail:
    """Propagate adjoints of the last state, which are used up, back through a settle.

    Each example took so many ``steps`` (B,), and stood still beyond; its adjoints go back through
    ``depth`` (B,) of them. Those that come to the start find that it depends on the stored
    patterns. ``patterns``: whether the slope in these is wanted.
    """
    deepest = int(depth.max())
    currents, activities = np.zeros((2, deepest + 1, adjoint.size), adjoint.dtype)
    slope = path.no_slope(patterns)
    ends = np.where(depth == steps, START, READ)

    def work(first: int, last: int) -> None:
        scratch = path.scratch(last - first)
        for back in range(int(depth[first:last].max()) + 1):
            row = np.clip(steps - back, 0, len(path.potentials) - 1)
            role = np.where(back < depth, BACK, np.where(back == depth, ends, IDLE))
            now, read = currents[back], activities[back]
            path.step_back(first, last, row, role, adjoint, now, read, slope, scratch)

    run_chunks(work, path.ranges())
    return Trail(currents[:deepest], activities, slope)


def _hold(settled: Settled, before: Settled, stays: np.ndarray) -> None:
    """Leave examples that had settled before where they were."""
    plan = settled.drive.plan
    for flat, earlier in zip(settled.state[:2], before.state[:2], strict=True):
        for name in plan.names:
            plan.view(flat, name)[stays] = plan.view(earlier, name)[stays]
    settled.state.lagrangian[:, stays] = before.state.lagrangian[:, stays]
    settled.trace[:, stays] = before.trace[-1, stays]
    for name in ("residual", "energy", "ended"):
        getattr(settled, name)[:, stays] = getattr(before, name)[:, stays]


def settle_recorded(drive: Drive, solver: Solver, stop: Stop) -> Settled:
    """Settle freely and keep the potentials of all examples at every step.

    The same settle as without, but for rounding, with a trace no longer than the steps that were
    taken.
    """
    everyone = Record(tuple(range(drive.count)))
    traces: list[Floats] = []
    first, last, taken, left = None, None, np.zeros((1, drive.count), np.int64), stop.steps
    going = np.ones(taken.shape, bool)
    while last is None or (left and going.any()):
        part = Stop(stop.residual, min(left, AT_A_TIME))
        before: Settled | None = last
        last = settle(
            drive.plan.network, drive, solver=solver, start=before, stop=part, record=everyone
        )
        if before is not None:
            _hold(last, before, ~going[0])
        traces.append(last.trace[1 if first else 0 :])
        first = first or last
        taken[going] += last.steps[going]
        going = last.ended == Status.STEP_LIMIT
        left -= part.steps
    assert first is not None
    return replace(
        last, steps=taken, energy_before=first.energy_before, trace=np.concatenate(traces)
    )
