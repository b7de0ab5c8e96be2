"""A rule of one's own: nudges up and down in turns, each granted (docs/extending.md).

The synapses move after each of the two nudged phases, so that no synapse need remember the first
one through the second. While they hardly move, both grants add up to the centered estimate.
"""

from dataclasses import dataclass
from typing import ClassVar

from neuroep.learning.rules.rule import Estimate, Rule


@dataclass(frozen=True)
class Alternating(Rule):
    """Learns from a nudge upwards, then from one downwards, each against its own free phase."""

    title: ClassVar[str] = "EP, alternating"
    once: ClassVar[bool] = False

    beta: float = 0.1
    rounds: int = 1

    def step(self, system, drive, target, grant, rng, *, wanted=None, record=None):
        free = system.settle(drive, record=record)
        for beta in [self.beta, -self.beta] * self.rounds:
            nudged = system.settle(drive, beta=beta, target=target, start=free, record=record)
            share = 0.5 / (beta * self.rounds)
            asked = system.slope([(nudged, share), (free, -share)], wanted)
            found = Estimate(asked, (free, nudged))
            grant(found)
            drive = system.reclamp(drive)  # the synapses have moved
            free = system.settle(drive, start=free, record=record)
        return found
