"""Steps that fall off as a power of the distance to the bound they go to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from neuroep.core.pulses.device import AT_HIGH, AT_LOW, DRAW, NOISE, OWN, RELATIVE
from neuroep.core.tables import Reals
from neuroep.devices.laws.law import Law, ScalarFunction


def up(w: float, c: Sequence[float]) -> float:
    """Return ((w_high - w) / (w_high - w_low))^gamma_up, with noise."""
    left = max((c[AT_HIGH] - w) / (c[AT_HIGH] - c[AT_LOW]), 0.0)
    change = math.pow(left, c[OWN])
    return change + c[NOISE] * c[DRAW] * (change if c[RELATIVE] else 1.0)


def down(w: float, c: Sequence[float]) -> float:
    """Return ((w - w_low) / (w_high - w_low))^gamma_down, with noise."""
    left = max((w - c[AT_LOW]) / (c[AT_HIGH] - c[AT_LOW]), 0.0)
    change = math.pow(left, c[OWN + 1])
    return change + c[NOISE] * c[DRAW] * (change if c[RELATIVE] else 1.0)


@dataclass(frozen=True)
class Power(Law):
    """A pulse changes w by step times a power of the share of the range that is left.

    gamma 0 are constant steps, 1 soft bounds with steps of twice the size. Pulses have no closed
    form: :meth:`after` takes them one by one.

    Parameters
    ----------
    gamma_up, gamma_down : float
        Exponents, not negative.
    """

    gamma_up: float = 1.0
    gamma_down: float = 1.0

    up: ClassVar[ScalarFunction] = staticmethod(up)
    down: ClassVar[ScalarFunction] = staticmethod(down)
    fitted: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("gamma_up", "gamma_down"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")

    def constants(self) -> list[float]:
        """Return both exponents."""
        return [self.gamma_up, self.gamma_down]

    def after(
        self, w: Reals, pulses: int, step: float, low: float = -1.0, high: float = 1.0
    ) -> Reals:
        """Return states after noise-free pulses, one by one."""
        return self.step_by_step(w, pulses, step, low, high)
