"""Continual equilibrium propagation: synapses move while the network relaxes."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from neuroep.learning.rules.rule import Estimate, Grant, Rule
from neuroep.settle import Record, Stop

if TYPE_CHECKING:
    from neuroep.learning.system import Drive, System


ONE_STEP = Stop(0.0, 1)


@dataclass(frozen=True)
class Continual(Rule):
    """Every step under the nudge asks for its own change: no phase is stored (Ernoult 2020).

    From the free state on, step t asks for (1/beta) [dE(s_t) - dE(s_t-1)], and the next step is one
    with the synapses as that has moved them. While they hardly move, the changes add up to the
    one-sided estimate. It is off by the order of the rate, and by beta in the mean where the nudge
    has one sign, by beta^2 where it has a random one. Ernoult et al. 2020, arXiv:2004.04168, eq. 7.

    Parameters
    ----------
    beta : float
        Nudging strength.
    steps : int
        Steps at most under the nudge; fewer where the network comes to rest before.
    random_sign : bool
        Whether the sign of the nudge is drawn for each example.

    Raises
    ------
    ValueError
        beta is zero or not finite, or there is no step.
    """

    title: ClassVar[str] = "EP, continual"

    beta: float = 0.5
    steps: int = 20
    random_sign: bool = True

    def __post_init__(self) -> None:
        if self.beta == 0 or not math.isfinite(self.beta):
            raise ValueError(f"beta must be finite and not zero, got {self.beta}")
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1, got {self.steps}")

    def check(self, system: "System") -> None:
        """Raise a ValueError where a settle is not made of steps that could be learned from."""
        if system.sends_spikes:
            raise ValueError(
                "continual: one step of a spiking solver is a whole phase; use the solver sweep or "
                "synchronous, or the rule spike_driven"
            )

    def step(
        self,
        system: "System",
        drive: "Drive",
        target: ArrayLike,
        grant: Grant,
        rng: np.random.Generator,
        *,
        wanted: Collection[str] | None = None,
        record: Record | None = None,
    ) -> Estimate:
        """Settle free, then learn at every step under the nudge."""
        free = before = system.settle(drive, record=record)
        signs = rng.choice([-1.0, 1.0], free.status.shape) if self.random_sign else 1.0
        betas = np.broadcast_to(self.beta * signs, free.status.shape)
        rest = (system.stop or Stop()).residual
        for step in range(self.steps):
            if step:
                drive = system.reclamp(drive)  # the synapses have moved
            after = system.settle(
                drive, beta=betas, target=target, start=before, stop=ONE_STEP, record=record
            )
            asked = system.slope([(after, 1.0 / betas), (before, -1.0 / betas)], wanted)
            found = Estimate(asked, (free, after))
            grant(found)
            if after.residual.max() <= rest:
                break
            before = after
        return found
