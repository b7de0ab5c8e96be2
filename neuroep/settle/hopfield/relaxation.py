"""Settling by whole layers: sweeps, and the seed paper's synchronous iteration."""

from dataclasses import dataclass, replace

import numpy as np

from neuroep.core.hopfield.relax import relax
from neuroep.core.tables import STEP_LIMIT, Wiring
from neuroep.core.threads import chunks, run_chunks
from neuroep.network.hopfield.wiring import Plan
from neuroep.settle.hopfield.cycles import Onward
from neuroep.settle.hopfield.division import Division, wide_couplings
from neuroep.settle.hopfield.prepare import Job, no_outcome
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.solver import Stepwise
from neuroep.settle.hopfield.wide import WholeBatch
from neuroep.settle.result import Stop

NEVER = np.iinfo(np.int64).max
"""No coupling is that wide: the batch settles in chunks of examples."""


@dataclass(frozen=True)
class Sweep(Stepwise):
    """Exact block-coordinate minimisation over the colour classes of the layer graph.

    The total energy falls at every step, so it converges whatever the weights.

    Parameters
    ----------
    wide : int
        Weights of a coupling behind token attention from which on the batch settles as a whole, see
        :mod:`neuroep.settle.hopfield.wide`; smaller networks settle in chunks of examples.
    memory : int
        Sweeps by which a model tells what attention would answer; 0 for no model.
    """

    wide: int = 1 << 20
    memory: int = 4

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job."""
        if couplings := wide_couplings(job.drive.plan, self.wide):
            return WholeBatch(job, stop, Division.of(job.drive.plan, couplings), self.memory).run()
        return _relax(job, stop, self.wiring(job.drive.plan), implicit=True)

    def layerwise(self) -> "Sweep":
        """Return sweeps of each layer in turn: a batch as a whole takes other steps."""
        return replace(self, wide=NEVER)

    def wiring(self, plan: Plan) -> Wiring:
        """Return the colour classes, one after the other."""
        return plan.sweep


@dataclass(frozen=True)
class Synchronous(Stepwise):
    """All layers at once, s <- sigma(dPhi/ds): the seed paper's iteration. It can cycle."""

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job."""
        return _relax(job, stop, self.wiring(job.drive.plan), implicit=False)

    def wiring(self, plan: Plan) -> Wiring:
        """Return all layers at once."""
        return plan.synchronous


def _relax(job: Job, stop: Stop, wiring: Wiring, implicit: bool) -> Settled:
    plan = job.drive.plan
    dtype = job.state.potential.dtype
    trace = np.zeros((stop.steps + 1 if job.recorded else 1, job.recorded, plan.units), dtype)
    outcome, problem = no_outcome(job.batch), job.problem(wiring)

    def work(first: int, last: int) -> None:
        examples = job.together(first, last)
        size = max(examples.size * plan.units, job.scratch_size(examples.size))
        relax(
            problem,
            examples,
            implicit,
            stop.residual,
            stop.steps,
            np.empty((2, size), dtype),
            job.trace_of,
            trace,
            outcome,
        )

    run_chunks(work, chunks(job.drive.count, job.rows_together()))
    steps = int(outcome.steps[job.trace_of >= 0].max(initial=0))
    stuck = not plan.network.descends and bool((outcome.status == STEP_LIMIT).any())
    onward = Onward.of(job, wiring, implicit, stop.residual) if stuck else None
    return job.settled(outcome, trace[: steps + 1], onward=onward)
