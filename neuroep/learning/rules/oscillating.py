"""Equilibrium propagation by an oscillating nudge, read by lock-in amplifiers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.tables import Reals
from neuroep.learning.rules.two_phase import TwoPhase


@dataclass(frozen=True)
class Oscillating(TwoPhase):
    """beta(t) = b cos(2 pi t / T), odd harmonics by lock-in: bias of order b^points.

    The nudge is slow, so that the network is settled at every point. With real signals, as a
    circuit has, the first harmonic of dE/dtheta is that of a Chebyshev series in beta / b: it gives
    the slope at beta = 0 but for 3/4 b^2 times its second derivative over 6, a quarter less than a
    centered pair at +-b. The series has T_k'(0) = k sin(k pi / 2), so that adding the third
    harmonic with -3, the fifth with 5 and so on takes this bias away order by order. (Complex
    nudges, as in holomorphic EP, Laborieux & Zenke 2022, arXiv:2209.00530, eq. 10, need one
    harmonic for that.) Each lock-in needs a multiplication by a cosine and a low-pass filter;
    no phase is stored and subtracted.

    Parameters
    ----------
    beta : float
        Amplitude b.
    points : int
        Points of half a period at which the network is settled, at (n + 1/2) / points of it; the
        other half passes the same ones again. Even: an odd number would have one without a nudge.
    harmonics : int
        Odd harmonics that are read, at most half the points; all of them where 0. With one alone
        the bias is of order b^2 and noise is suppressed best.

    Raises
    ------
    ValueError
        beta is zero or not finite, points is not even and positive, or harmonics is out of range.
    """

    title: ClassVar[str] = "EP, oscillating"

    points: int = 4
    harmonics: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.points < 2 or self.points % 2:
            raise ValueError(f"points must be even and at least 2, got {self.points}")
        if not 0 <= self.harmonics <= self.points // 2:
            raise ValueError(
                f"harmonics: {self.points} points tell 0 to {self.points // 2} apart, "
                f"got {self.harmonics}"
            )

    @property
    def angles(self) -> Reals:
        """2 pi t / T of the points, (points,)."""
        return np.pi * (np.arange(self.points) + 0.5) / self.points

    def betas(self, count: int, rng: np.random.Generator) -> Reals:
        """Return the nudging strength of every phase and example, (P, B)."""
        return np.repeat(self.beta * np.cos(self.angles)[:, None], count, axis=1)

    def shares(self, betas: Reals) -> tuple[Reals, Reals | None]:
        """Return the factors on the nudged phases (P, B) and on the free phase (1, B) or None."""
        odd = 2 * np.arange(self.harmonics or self.points // 2) + 1
        slopes = odd * (-1.0) ** np.arange(odd.size)  # T_k'(0)
        read = slopes @ np.cos(np.outer(odd, self.angles)) * 2.0 / (self.points * self.beta)
        return np.repeat(read[:, None], betas.shape[1], axis=1), None
