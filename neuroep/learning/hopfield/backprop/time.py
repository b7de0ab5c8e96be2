"""Backpropagation through time: adjoints along the trajectory of a settle."""

from dataclasses import dataclass, replace

import numpy as np

from neuroep.core.hopfield.adjoint import BACK, IDLE, READ, START
from neuroep.core.tables import Floats, Ints
from neuroep.core.threads import run_chunks
from neuroep.learning.hopfield.backprop.path import Path
from neuroep.network.hopfield.drive import Drive
from neuroep.settle import Record, Settled, Solver, Status, Stop, settle

AT_A_TIME = 32
"""Steps that are recorded before room is made for more."""


@dataclass(frozen=True)
class Trail:
    """What going back through a settle left behind.

    Attributes
    ----------
    currents : (depth, B * units)
        mu of each step, the last one of the settle first; each flat like a state.
    activities : (depth + 1, B * units)
        s after the step of each mu; the last row stands before all of them.
    slope : flat like the patterns
        dC/dX through attention; empty where nobody wanted it.
    """

    currents: Floats
    activities: Floats
    slope: Floats

    @property
    def nbytes(self) -> int:
        """Memory that it takes, bytes."""
        return self.currents.nbytes + self.activities.nbytes + self.slope.nbytes


def go_back(path: Path, adjoint: Floats, steps: Ints, depth: Ints, patterns: bool) -> Trail:
    """Propagate adjoints back through the steps of a settle.

    Parameters
    ----------
    path : Path
    adjoint : flat like a state
        Adjoints of the last state; used up.
    steps : int64 (B,)
        Steps that each example took; beyond the end of the path it stood still.
    depth : int64 (B,)
        Steps that each example's adjoints go back, not more than it took. Those that come to the
        start find that it depends on the stored patterns.
    patterns : bool
        Whether the slope in the stored patterns is wanted.
    """
    deepest = int(depth.max())
    dtype = adjoint.dtype
    currents, activities = np.zeros((2, deepest + 1, adjoint.size), dtype)
    slope = np.zeros(path.inputs.patterns.size if patterns else 0, dtype)
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


def settle_recorded(drive: Drive, solver: Solver, stop: Stop) -> Settled:
    """Settle freely and keep the potentials of all examples at every step.

    The same settle as without, with a trace no longer than the steps that were taken.
    """
    everyone = Record(tuple(range(drive.count)))
    network = drive.plan.network
    traces: list[Floats] = []
    first, last, taken, left = None, None, np.zeros((1, drive.count), np.int64), stop.steps
    while last is None or (left and not _all_done(last)):
        going = np.ones(taken.shape, bool) if last is None else last.status == Status.STEP_LIMIT
        part = Stop(stop.residual, min(left, AT_A_TIME))
        last = settle(network, drive, solver=solver, start=last, stop=part, record=everyone)
        traces.append(last.trace[1 if first else 0 :])
        first = first or last
        taken[going] += last.steps[going]
        left -= part.steps
    assert first is not None
    return replace(
        last, steps=taken, energy_before=first.energy_before, trace=np.concatenate(traces)
    )


def _all_done(settled: Settled) -> bool:
    return not (settled.status == Status.STEP_LIMIT).any()
