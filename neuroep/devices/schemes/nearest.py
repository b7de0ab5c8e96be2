"""Deterministic pulses: the request, rounded to the nearest whole number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from neuroep.devices.schemes.memoryless import Memoryless


def count(request: float, c: Sequence[float]) -> float:
    """Return the nearest whole number."""
    return float(round(request))


@dataclass(frozen=True)
class Nearest(Memoryless):
    """The number of pulses is the request, rounded; less than half a pulse is nothing."""

    count: ClassVar[Callable[..., float]] = staticmethod(count)
