"""Steps of one size between hard bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.pulses.device import DRAW, NOISE
from neuroep.core.tables import Reals
from neuroep.devices.laws.law import Law, ScalarFunction


def change(w: float, c: Sequence[float]) -> float:
    """Return 1, with pulse noise."""
    return 1.0 + c[NOISE] * c[DRAW]


@dataclass(frozen=True)
class Constant(Law):
    """Every pulse changes w by the device's step, up to its bounds."""

    up: ClassVar[ScalarFunction] = staticmethod(change)
    down: ClassVar[ScalarFunction] = staticmethod(change)
    fitted: ClassVar[bool] = True

    def after(
        self, w: Reals, pulses: int, step: float, low: float = -1.0, high: float = 1.0
    ) -> Reals:
        """Return states after noise-free pulses, in closed form."""
        return np.clip(np.asarray(w, float) + pulses * step, low, high)
