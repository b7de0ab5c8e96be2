"""Continual equilibrium propagation: synapses move while the network relaxes."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.learning.rules.rule import Estimate, Grant, Rule, of_phases
from neuroep.learning.rules.two_phase import DRAWN, warn_near_limit
from neuroep.settle import Record, Stop

if TYPE_CHECKING:
    from neuroep.learning.system import Drive, System


ONE_STEP = Stop(0.0, 1)

NUDGES: dict[str, Callable[[int, np.random.Generator], Reals]] = {
    "pair": lambda count, rng: np.repeat([[1.0], [-1.0]], count, axis=1),
    "random_sign": lambda count, rng: rng.choice([-1.0, 1.0], (1, count)),
    "one_sided": lambda count, rng: np.ones((1, count)),
}
"""Signs of the nudge of every phase and example, (P, B)."""


@dataclass(frozen=True)
class Continual(Rule):
    """Every step under the nudge asks for its own change: no phase is stored (Ernoult 2020).

    From the free state on, step t asks for (1/beta) [dE(s_t) - dE(s_t-1)], and the next step is one
    with the synapses as that has moved them. While they hardly move, the changes add up to the
    one-sided estimate (Ernoult et al. 2020, arXiv:2004.04168, eq. 7), of a pair to the centered
    one. But synapses that move take the state with them: rate / beta of that is asked for again,
    and comes to runaway at large rates. A random sign makes it noise; in a pair it cancels.

    Parameters
    ----------
    beta : float
        Nudging strength.
    steps : int
        Steps at most under the nudge; fewer where the network comes to rest before.
    nudge : {"pair", "random_sign", "one_sided"}
        ``"pair"``: two copies of the neurons on the same synapses, nudged up and down at once, ask
        for half their difference; ``"random_sign"``: one, its sign drawn for each example;
        ``"one_sided"``: one, upwards.

    Raises
    ------
    ValueError
        beta is zero or not finite, or there is no step.
    """

    title: ClassVar[str] = "EP, continual"
    once: ClassVar[bool] = False

    beta: float = 0.5
    steps: int = 20
    nudge: Literal["pair", "random_sign", "one_sided"] = "pair"

    def __post_init__(self) -> None:
        if self.beta == 0 or not math.isfinite(self.beta):
            raise ValueError(f"beta must be finite and not zero, got {self.beta}")
        if self.nudge not in NUDGES:
            raise ValueError(f"nudge {self.nudge!r}: choose one of {', '.join(NUDGES)}")
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1, got {self.steps}")

    def check(self, system: "System") -> None:
        """Raise a ValueError where a settle is not made of steps that could be learned from.

        Warns of a nudge near the limit of the network's stability.
        """
        if system.whole_phases:
            spiking, other = ("a spiking", ", or the rule spike_driven"), ("this", "")
            which, or_else = spiking if system.sends_spikes else other
            raise ValueError(
                f"continual: one step of {which} solver is a whole phase; use the solver sweep or "
                f"synchronous{or_else}"
            )
        signs = NUDGES[self.nudge](DRAWN, np.random.default_rng(0))
        warn_near_limit(float((self.beta * signs).min()), system)

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
        signs = NUDGES[self.nudge](free.beta.shape[1], rng)
        betas, share = self.beta * signs, signs / (len(signs) * self.beta)
        on_before = -share.sum(axis=0, keepdims=True)  # of the free phase; zero of a pair
        record = record and of_phases(record, len(signs), signs.shape[1])
        rest = (system.stop or Stop()).residual
        for step in range(self.steps):
            if step:
                drive = system.reclamp(drive)  # the synapses have moved
            after = system.settle(
                drive, beta=betas, target=target, start=before, stop=ONE_STEP, record=record
            )
            changed = [(after, share)] + ([(before, on_before)] if on_before.any() else [])
            found = Estimate(system.slope(changed, wanted), (free, after))
            grant(found)
            if after.residual.max() <= rest:
                break
            before, on_before = after, -share
        return found
