"""A rule of one's own: continual equilibrium propagation (docs/extending.md).

The nudge is on, and every step of the relaxation moves the synapses by what has changed at them
since the last one (Ernoult et al. 2020, arXiv:2004.04168). While synapses hardly move, these
changes add up to the one-sided estimate.
"""

from dataclasses import dataclass
from typing import ClassVar

from neuroep.learning.rules.rule import Estimate, Rule
from neuroep.settle import Stop

ONE_STEP = Stop(0.0, 1)


@dataclass(frozen=True)
class Continual(Rule):
    """Parameters move while the state relaxes under a nudge."""

    title: ClassVar[str] = "continual EP"

    beta: float = 0.1
    steps: int = 60

    def step(self, system, drive, target, grant, rng, *, wanted=None, record=None):
        free = before = system.settle(drive, record=record)
        share = 1.0 / self.beta
        for _ in range(self.steps):
            after = system.settle(
                drive, beta=self.beta, target=target, start=before, stop=ONE_STEP, record=record
            )
            asked = system.slope([(after, share), (before, -share)], wanted)
            found = Estimate(asked, (free, after))
            grant(found)
            drive, before = system.reclamp(drive), after  # the synapses have moved
        return found
