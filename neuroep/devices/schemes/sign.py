"""One pulse by the sign of the request (Manhattan rule), with a dead zone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from neuroep.devices.schemes.memoryless import Memoryless


def count(request: float, c: Sequence[float]) -> float:
    """Return the sign of a request beyond the dead zone, with a chance; else 0."""
    if abs(request) <= c[1] or c[0] >= c[2]:
        return 0.0
    return 1.0 if request > 0 else -1.0


@dataclass(frozen=True)
class Sign(Memoryless):
    """One pulse whatever the size of the request.

    Parameters
    ----------
    dead_zone : float
        Requests up to this many pulses are none.
    chance : float
        Share of the others that is granted, at random.
    """

    dead_zone: float = 0.0
    chance: float = 1.0

    count: ClassVar[Callable[..., float]] = staticmethod(count)

    def __post_init__(self) -> None:
        if not self.dead_zone >= 0:
            raise ValueError(f"dead_zone must not be negative, got {self.dead_zone}")
        if not 0 < self.chance <= 1:
            raise ValueError(f"chance must be in (0, 1], got {self.chance}")
