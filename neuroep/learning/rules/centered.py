"""Centered equilibrium propagation."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.tables import Reals
from neuroep.learning.rules.two_phase import TwoPhase


@dataclass(frozen=True)
class Centered(TwoPhase):
    """(1/2 beta) [dE(+beta) - dE(-beta)]: bias of order beta^2 (Laborieux et al. 2021, eq. 10)."""

    title: ClassVar[str] = "EP"

    def betas(self, count: int, rng: np.random.Generator) -> Reals:
        """Return the nudging strength of every phase and example, (P, B)."""
        return np.repeat([[self.beta], [-self.beta]], count, axis=1)

    def shares(self, betas: Reals) -> tuple[Reals, Reals | None]:
        """Return the factors on the nudged phases (P, B) and on the free phase (1, B) or None."""
        return 0.5 / betas, None
