"""Equilibrium propagation in two phases: settle free, settle nudged, read what stands there."""

import math
import warnings
from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.learning.gradient import Gradient
from neuroep.learning.rules.rule import Estimate, Grant, Rule, of_phases
from neuroep.settle import Record

if TYPE_CHECKING:
    from neuroep.learning.system import Drive, System


NEAR = 0.25
"""Share of the way to a network's lowest beta from which on a user should know of it."""

WARNED = 0.8
"""Share of it from which on a training and an estimate begin with a warning."""

DRAWN = 64
"""Examples whose nudges are looked at for the lowest: more than enough where signs are drawn."""


def limit_remark(beta: float, lowest: float) -> str:
    """Say that a nudging strength comes near the limit of a network's stability, else nothing.

    Of a linear network with r = beta / lowest, the centered estimate is r^2 / (1 - r^2) too large
    in the direction that gives way first; diodes that hold their nodes bring it farther away.
    """
    share = abs(beta / lowest)
    if share <= NEAR:
        return ""
    off = "of no use" if share >= 1 else f"off by about {share**2 / (1 - share**2):.0%}"
    return (
        f"beta {abs(beta):g} is {share:.0%} of the way to {lowest:.3g}, where this chip has no "
        f"stable state any more: gradients are {off}; up to {-NEAR * lowest:.2g} by "
        f"{NEAR**2 / (1 - NEAR**2):.0%}"
    )


def warn_near_limit(lowest_nudge: float, system: "System") -> None:
    """Warn where the lowest nudge of a rule comes so near to a network's limit that it may pass it.

    Learning moves the limit: what holds at the first step need not at the hundredth. Beyond the
    limit a settle refuses the nudge itself.
    """
    lowest = system.lowest_beta
    if lowest < lowest_nudge <= WARNED * lowest:
        warnings.warn(
            f"beta {lowest_nudge:g} is {lowest_nudge / lowest:.0%} of this network's limit of "
            f"stability, {lowest:.3g}: nudged phases settle slowly, if at all, and gradients are "
            "of no use; take a smaller beta or nudge_conductance",
            stacklevel=4,
        )


@dataclass(frozen=True)
class TwoPhase(Rule):
    """A free phase, then nudged ones from its state, then one grant.

    A rule of this kind says which nudges there are, and how each phase counts.

    Parameters
    ----------
    beta : float
        Nudging strength.

    Raises
    ------
    ValueError
        beta is zero or not finite.
    """

    beta: float = 0.5

    def __post_init__(self) -> None:
        if self.beta == 0 or not math.isfinite(self.beta):
            raise ValueError(f"beta must be finite and not zero, got {self.beta}")

    def check(self, system: "System") -> None:
        """Warn of a nudge near the limit of the network's stability."""
        warn_near_limit(float(self.betas(DRAWN, np.random.default_rng(0)).min()), system)

    @abstractmethod
    def betas(self, count: int, rng: np.random.Generator) -> Reals:
        """Return the nudging strength of every phase and example, (P, B)."""

    @abstractmethod
    def shares(self, betas: Reals) -> tuple[Reals, Reals | None]:
        """Return the factors on the nudged phases (P, B) and on the free phase (1, B) or None."""

    def asked(self, slope: Gradient) -> Gradient:
        """Return what is asked for, of the slope of the energy over the phases."""
        return slope

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
        """Settle free, settle nudged, and read the gradient of the mean cost at every synapse."""
        free = system.settle(drive, record=record)
        count = free.beta.shape[1]
        betas = self.betas(count, rng)
        record = record and of_phases(record, len(betas), count)
        nudged = system.settle(drive, beta=betas, target=target, start=free, record=record)
        on_nudged, on_free = self.shares(betas)
        phases = [(nudged, on_nudged)] + ([] if on_free is None else [(free, on_free)])
        found = Estimate(self.asked(system.slope(phases, wanted)), (free, nudged))
        grant(found)
        return found
