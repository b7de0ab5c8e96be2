"""One-sided equilibrium propagation with a random sign."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.tables import Reals
from neuroep.learning.rules.one_sided import OneSided


@dataclass(frozen=True)
class RandomSign(OneSided):
    """One-sided with a random sign of beta for each example: the bias averages out."""

    title: ClassVar[str] = "EP, random sign"
    one_way: ClassVar[bool] = False

    def betas(self, count: int, rng: np.random.Generator) -> Reals:
        """Return the nudging strength of every phase and example, (P, B)."""
        return self.beta * rng.choice([-1.0, 1.0], (1, count))
