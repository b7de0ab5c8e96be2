"""What befalls devices while a chip learns: time, and pairs that are put back."""

import math
from dataclasses import dataclass

from neuroep.core.pulses.arrays import STANDING
from neuroep.core.tables import Reals
from neuroep.devices.array import DeviceArray


@dataclass(frozen=True)
class Upkeep:
    """When devices age and one-sided pairs are refreshed.

    The clock of drift starts when the array is programmed and is one for all of its devices, as if
    nothing had been written since: when each was pulsed last is kept nowhere.

    Parameters
    ----------
    example_time : float
        Seconds that an example takes: all of its phases, and the write.
    age_every : int
        Examples after which devices drift and decay for as long as these took; 0 stops time.
    refresh_every : int
        Examples after which one-sided pairs are given room again; 0 never does.
    refresh_level : float
        State of a device, -1 to 1, from which on its pair is put back.
    """

    example_time: float = 100e-6
    age_every: int = 100
    refresh_every: int = 100
    refresh_level: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.example_time < math.inf:
            raise ValueError(f"example_time must be positive, got {self.example_time}")
        for name in ("age_every", "refresh_every"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        if not -1 < self.refresh_level <= 1:
            raise ValueError(f"refresh_level must be in (-1, 1], got {self.refresh_level}")

    def apply(self, array: DeviceArray, books: Reals, before: int, after: int) -> None:
        """Let an array go from one number of examples to another, in place.

        What happens depends on both numbers alone, so that a run that goes on from a checkpoint
        needs nothing but its examples.
        """
        passed = _turns(self.age_every, before, after)
        if passed and array.device.ageing.acts:
            span = self.age_every * self.example_time
            since = array.device.ageing.drift_from + before // self.age_every * span
            books[STANDING] += array.age(passed * span, since)
        if _turns(self.refresh_every, before, after) and array.arrangement == "one_sided":
            # No number of an update, whose draws are of the same devices.
            array.refresh(-1 - after, books, self.refresh_level)


def _turns(every: int, before: int, after: int) -> int:
    return after // every - before // every if every else 0
