"""Whether a settle that reached its step limit goes round in circles."""

import numpy as np

from neuroep.core.hopfield.relax import relax
from neuroep.core.tables import Outcome, Problem, State
from neuroep.settle.hopfield.prepare import no_outcome
from neuroep.settle.result import Status

LONGEST = 64
"""Steps after which it must have come back."""


def mark_cycles(
    problem: Problem, outcome: Outcome, implicit: bool, tolerance: float, scratch: int
) -> None:
    """Set the status of examples that come back to where they ended when they step on.

    With an energy that falls at every step there are none: this is for networks without. The
    states stay where they are. ``scratch``: elements that one example's attention takes.
    """
    stuck = np.flatnonzero(outcome.status == Status.STEP_LIMIT)
    if not stuck.size:
        return
    potential, activity, lagrangian = problem.state
    state = State(potential.copy(), activity.copy(), lagrangian.copy())
    units = potential.size // problem.batch
    workspace = np.empty((2, max(units, scratch)), potential.dtype)
    trace = np.empty((LONGEST + 1, 1, units), potential.dtype)
    slots = np.zeros(problem.batch, np.int64)
    aside = no_outcome(problem.batch)
    for example in stuck:
        relax(
            problem._replace(state=state),
            example,
            example + 1,
            implicit,
            -1.0,
            LONGEST,
            workspace,
            slots,
            trace,
            aside,
        )
        apart = np.abs(trace[2:, 0] - trace[0, 0]).max(axis=1)
        if apart.min() <= tolerance:
            outcome.status[example] = Status.CYCLES
