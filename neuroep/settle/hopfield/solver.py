"""What a solver of layered networks is: a way to settle a job, and what can be done with it."""

from typing import ClassVar, Protocol, Self

from neuroep.core.tables import Wiring
from neuroep.network.hopfield.wiring import Plan
from neuroep.settle.hopfield.prepare import Job
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.result import Stop


class Solver(Protocol):
    """How to settle. A new solver is a class derived from this, and its line in ``SOLVERS``."""

    differentiable: ClassVar[bool] = False
    """Whether its steps have adjoints; then it is a :class:`Stepwise`."""

    spikes: ClassVar[bool] = False
    """Whether it sends spikes, so that its result counts them."""

    whole: ClassVar[bool] = False
    """Whether a settle is a whole phase, however few steps are asked for."""

    told: ClassVar[str] = "largest change of an activity in the last step, in units of activity"
    """What the residual of its settles is."""

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job."""


class Stepwise(Solver, Protocol):
    """A solver that steps whole layers, so that a settle can be gone through backwards."""

    differentiable: ClassVar[bool] = True

    def layerwise(self) -> Self:
        """Return the same solver without short cuts: each step is one of each layer in turn."""
        return self

    def wiring(self, plan: Plan) -> Wiring:
        """Return what one step is."""
