"""Steps that fall off exponentially towards the bound they go to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

from neuroep.core.pulses.device import AT_HIGH, AT_LOW, DRAW, NOISE, OWN, RELATIVE
from neuroep.core.tables import Reals
from neuroep.devices.laws.law import Law, ScalarFunction

LARGEST_EXPONENT = 700.0  # exp of which a float64 still holds


def up(w: float, c: Sequence[float]) -> float:
    """Return max(1 - A_up exp(gamma_up z), 0), z = 2 a w / (w_high - w_low) + b, with noise."""
    z = 2.0 * c[OWN + 4] * w / (c[AT_HIGH] - c[AT_LOW]) + c[OWN + 5]
    change = max(1.0 - c[OWN] * math.exp(c[OWN + 1] * z), 0.0)
    spread = change + c[OWN + 6] + c[OWN + 7] * abs(w - c[OWN + 8])
    return change + c[NOISE] * c[DRAW] * (spread if c[RELATIVE] else 1.0)


def down(w: float, c: Sequence[float]) -> float:
    """Return max(1 - A_down exp(-gamma_down z), 0), with noise."""
    z = 2.0 * c[OWN + 4] * w / (c[AT_HIGH] - c[AT_LOW]) + c[OWN + 5]
    change = max(1.0 - c[OWN + 2] * math.exp(-c[OWN + 3] * z), 0.0)
    spread = change + c[OWN + 6] + c[OWN + 7] * abs(w - c[OWN + 8])
    return change + c[NOISE] * c[DRAW] * (spread if c[RELATIVE] else 1.0)


@dataclass(frozen=True)
class Exponential(Law):
    """A pulse changes w by step max(1 - A exp(+-gamma z), 0), z = 2 a w / (w_high - w_low) + b.

    The form that Gong et al. (2018, Nature Communications 9:2102) fitted to measured ReRAM. Pulses
    have no closed form: :meth:`after` takes them one by one.

    Parameters
    ----------
    a_up, a_down : float
        A: how much of a step is left where z = 0. Negative: steps are larger there.
    gamma_up, gamma_down : float
        How fast steps fall off.
    scale, shift : float
        a and b: which part of the curve the range spans.
    noise_floor, noise_slope, noise_from : float
        Relative pulse noise is a share of (change + noise_floor + noise_slope |w - noise_from|): of
        what a pulse changes, in steps, and of what it scatters besides.
    """

    a_up: float = 0.00081
    gamma_up: float = 12.44625
    a_down: float = 0.36833
    gamma_down: float = 12.78785
    scale: float = 0.244
    shift: float = 0.2425
    noise_floor: float = 0.0
    noise_slope: float = 0.0
    noise_from: float = 0.0

    up: ClassVar[ScalarFunction] = staticmethod(up)
    down: ClassVar[ScalarFunction] = staticmethod(down)
    fitted: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for field in fields(self):
            if not math.isfinite(getattr(self, field.name)):
                raise ValueError(f"{field.name} must be finite, got {getattr(self, field.name)}")
        for name in ("noise_floor", "noise_slope"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        reach = abs(self.scale) + abs(self.shift)  # of z, over the range
        for name in ("gamma_up", "gamma_down"):
            if abs(getattr(self, name)) * reach > LARGEST_EXPONENT:
                raise ValueError(f"{name}: steps grow beyond all measure within the range")

    def constants(self) -> list[float]:
        """Return A and gamma of both directions, a and b, and what noise is relative to."""
        shapes = [self.a_up, self.gamma_up, self.a_down, self.gamma_down]
        noise = [self.noise_floor, self.noise_slope, self.noise_from]
        return [*shapes, self.scale, self.shift, *noise]

    def after(
        self, w: Reals, pulses: int, step: float, low: float = -1.0, high: float = 1.0
    ) -> Reals:
        """Return states after noise-free pulses, one by one."""
        return self.step_by_step(w, pulses, step, low, high)
