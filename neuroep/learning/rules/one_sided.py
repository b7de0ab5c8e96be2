"""One-sided equilibrium propagation."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.tables import Reals
from neuroep.learning.rules.two_phase import TwoPhase


@dataclass(frozen=True)
class OneSided(TwoPhase):
    """(1/beta) [dE(beta) - dE(0)]: bias of order beta (Scellier & Bengio 2017, eq. 9)."""

    title: ClassVar[str] = "EP, one-sided"
    one_way: ClassVar[bool] = True

    def betas(self, count: int, rng: np.random.Generator) -> Reals:
        """Return the nudging strength of every phase and example, (P, B)."""
        return np.full((1, count), self.beta)

    def shares(self, betas: Reals) -> tuple[Reals, Reals | None]:
        """Return the factors on the nudged phases (P, B) and on the free phase (1, B) or None."""
        return 1.0 / betas, -1.0 / betas
