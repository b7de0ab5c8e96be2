"""Stochastic rounding: as many pulses, on the average, as were asked for."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from neuroep.devices.schemes.memoryless import Memoryless


def count(request: float, c: Sequence[float]) -> float:
    """Return the whole number below the request, or with the chance of the rest the one above."""
    return math.floor(request + c[0])


@dataclass(frozen=True)
class Stochastic(Memoryless):
    """The number of pulses is the request, rounded up or down so that its mean is right."""

    count: ClassVar[Callable[..., float]] = staticmethod(count)
