"""Steps that shrink linearly towards the bound they go to: soft bounds, where gamma is 1."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.pulses.device import AT_HIGH, AT_LOW, DRAW, NOISE, OWN, RELATIVE
from neuroep.core.tables import Reals
from neuroep.devices.laws.law import Law, ScalarFunction


def up(w: float, c: Sequence[float]) -> float:
    """Return 1 - gamma_up w / w_high, with pulse noise."""
    change = 1.0 - c[OWN] * w / c[AT_HIGH]
    return change + c[NOISE] * c[DRAW] * (change if c[RELATIVE] else 1.0)


def down(w: float, c: Sequence[float]) -> float:
    """Return 1 - gamma_down w / w_low, with pulse noise."""
    change = 1.0 - c[OWN + 1] * w / c[AT_LOW]
    return change + c[NOISE] * c[DRAW] * (change if c[RELATIVE] else 1.0)


@dataclass(frozen=True)
class Linear(Law):
    """A pulse up changes w by step (1 - gamma w / w_high); one down by -step (1 - gamma w / w_low).

    n pulses are a linear recursion, w_n = w_b + (w_0 - w_b) q^n with q = 1 - gamma step / w_high
    and w_b = w_high / gamma. NeuroSim's exponential device is this one, see
    :mod:`neuroep.devices.nonlinearity`.

    Parameters
    ----------
    gamma_up, gamma_down : float
        How fast steps shrink: 0 are constant steps, 1 soft bounds. A negative one has steps that
        grow towards the bound.
    """

    gamma_up: float = 1.0
    gamma_down: float = 1.0

    up: ClassVar[ScalarFunction] = staticmethod(up)
    down: ClassVar[ScalarFunction] = staticmethod(down)
    fitted: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("gamma_up", "gamma_down"):
            if not math.isfinite(getattr(self, name)) or getattr(self, name) > 1:
                raise ValueError(f"{name} must be finite and at most 1, got {getattr(self, name)}")

    def constants(self) -> list[float]:
        """Return both gammas."""
        return [self.gamma_up, self.gamma_down]

    def after(
        self, w: Reals, pulses: int, step: float, low: float = -1.0, high: float = 1.0
    ) -> Reals:
        """Return states after noise-free pulses, in closed form."""
        gamma, bound, sign = (
            (self.gamma_up, high, 1.0) if pulses > 0 else (self.gamma_down, low, -1.0)
        )
        w = np.asarray(w, float)
        if gamma == 0:
            return np.clip(w + pulses * step, low, high)
        # Below 0 one pulse goes beyond w_b: there its bound holds it, and it stays.
        left = max(1.0 - sign * gamma * step / bound, 0.0) ** abs(pulses)
        return np.clip(bound / gamma + (w - bound / gamma) * left, low, high)
