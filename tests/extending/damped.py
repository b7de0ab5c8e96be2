"""A solver of one's own: all layers at once, but each only part of the way."""

from dataclasses import dataclass, replace

import numpy as np

from neuroep.settle import Status, Stop
from neuroep.settle.hopfield.relaxation import Synchronous
from neuroep.settle.hopfield.solver import Solver

ONE_STEP = Stop(0.0, 1)


@dataclass(frozen=True)
class Damped(Solver):
    """Synchronous steps of which only a share is taken: what would cycle settles.

    A settle ends with a whole step, so that activities belong to their potentials, and the residual
    is how far that step moved them.
    """

    share: float = 0.5

    def run(self, job, stop):
        activity = job.state.activity
        plain, begun, traces = Synchronous(), None, []
        for step in range(1, stop.steps + 1):
            before = activity.copy()
            found = plain.run(job, ONE_STEP)
            begun = found.energy_before if begun is None else begun
            traces.append(found.trace[:1])
            if found.residual.max() <= stop.residual or step == stop.steps:
                break
            activity[:] = before + self.share * (activity - before)
        met = found.residual <= stop.residual
        return replace(
            found,
            steps=np.full_like(found.steps, step),
            ended=np.where(met, Status.CONVERGED, np.maximum(found.ended, Status.STEP_LIMIT)),
            energy_before=begun,
            trace=np.concatenate([*traces, found.trace[-1:]]),
            onward=None,  # undamped steps would not tell whether these cycle
        )
