"""One-bit equilibrium propagation: a comparator at each synapse, and nothing of the size."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.gradient import Gradient
from neuroep.learning.rules.centered import Centered


class Signs(Gradient):
    """The sign of each entry of a gradient; 0 where it is no larger than ``dead_zone``."""

    def __init__(self, found: Gradient, dead_zone: float) -> None:
        super().__init__(found, found.factors)
        self.factors = found.factors
        self.dead_zone = dead_zone
        self.flat[:] = self._signs(found.flat)

    def _signs(self, values: Floats) -> Floats:
        signs: Floats = np.sign(values)
        signs[np.abs(values) <= self.dead_zone] = 0.0  # what is not a number stays so, to be seen
        return signs

    def rows(self, name: str, first: int, last: int) -> Floats:
        """Return rows first..last of an array; of a factored one, a new array."""
        found = super().rows(name, first, last)
        return self._signs(found) if name in self.factors else found

    def products(self, name: str) -> None:
        """Return nothing: the sign of a sum of products is none."""


@dataclass(frozen=True)
class OneBit(Centered):
    """Sign of the centered contrast: one comparator a synapse, no multiplier (Bernstein 2018).

    A synapse asks for +1, 0 or -1, in the parameter's own unit, whatever the size of its contrast;
    the rate is then the step. Of many entries of one size that is the gradient; of normally
    distributed ones its cosine is sqrt(2 / pi) = 0.80. signSGD, Bernstein et al. 2018,
    arXiv:1802.04434, algorithm 1.

    Parameters
    ----------
    beta : float
        Nudging strength.
    dead_zone : float
        Size of the gradient estimate, the mean over a batch, up to which nothing is asked for. The
        comparator's threshold is 2 beta times that.

    Raises
    ------
    ValueError
        beta is zero or not finite, or the dead zone is negative.
    """

    title: ClassVar[str] = "EP, one bit"
    adds: ClassVar[bool] = False

    dead_zone: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.dead_zone >= 0:
            raise ValueError(f"dead_zone must not be negative, got {self.dead_zone}")

    def asked(self, slope: Gradient) -> Gradient:
        """Return what is asked for, of the slope of the energy over the phases."""
        return Signs(slope, self.dead_zone)
