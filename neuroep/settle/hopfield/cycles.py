"""Whether a settle that reached its step limit goes round in circles."""

from dataclasses import dataclass

import numpy as np

from neuroep.core.hopfield.relax import relax
from neuroep.core.tables import Ints, State, Wiring
from neuroep.network.parameters import Stamp
from neuroep.settle.hopfield.inspect import states_at
from neuroep.settle.hopfield.prepare import Job, no_outcome

LONGEST = 64
"""Steps after which it must have come back."""


@dataclass(frozen=True)
class Onward:
    """How the examples of a settle step on from where they ended, when someone asks.

    With an energy that falls at every step nothing cycles: this is for networks without.

    ``wiring``: what one step is, see :class:`neuroep.settle.hopfield.solver.Stepwise`;
    ``tolerance``: of an activity that came back; ``stamp``: of the parameters that it stepped with.
    """

    job: Job
    wiring: Wiring
    implicit: bool
    tolerance: float
    stamp: Stamp

    @classmethod
    def of(cls, job: Job, wiring: Wiring, implicit: bool, tolerance: float) -> "Onward":
        """Return it, of parameters as they are now."""
        parameters = job.drive.plan.network.parameters
        stamp = Stamp.of(parameters, dict.fromkeys(parameters), sample=True)
        return cls(job, wiring, implicit, tolerance, stamp)

    @property
    def outdated(self) -> bool:
        """Whether the network has changed, so that it would step another way now."""
        network = self.job.drive.plan.network
        try:
            self.job.drive.check(network)
            self.stamp.check(network.parameters)
        except ValueError:
            return True
        return False

    def coming_back(self, examples: Ints) -> Ints:
        """Return those of some examples that come back to where they ended; states stay."""
        job, plan = self.job, self.job.drive.plan
        potential, activity, lagrangian = job.state
        state = State(potential.copy(), activity.copy(), lagrangian.copy())
        problem = job.problem(self.wiring)._replace(state=state)
        workspace = np.empty((2, max(plan.units, job.scratch_size(1))), potential.dtype)
        trace = np.empty((LONGEST + 1, 1, plan.units), potential.dtype)
        slots, aside = np.zeros(job.batch, np.int64), no_outcome(job.batch)
        found = []
        for example in examples:
            relax(
                problem,
                np.array([example]),
                self.implicit,
                -1.0,
                LONGEST,
                workspace,
                slots,
                trace,
                aside,
            )
            _, along = states_at(job.drive, job.inputs.row[example], trace[:, 0])
            activities = plan.rows(along.activity)
            apart = np.abs(activities[2:] - activities[0]).max(axis=1)
            if apart.min() <= self.tolerance:
                found.append(example)
        return np.array(found, np.int64)
