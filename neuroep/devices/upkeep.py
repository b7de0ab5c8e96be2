"""What a chip does about its devices between updates: time passes, and pairs get room again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neuroep.core.tables import Reals
from neuroep.devices.array import DeviceArray


@dataclass(frozen=True)
class Upkeep:
    """Time and refresh while a chip learns.

    Parameters
    ----------
    update_time : float
        That passes from one update to the next, s; 0: devices do not age.
    age_every : int
        Updates after which what time does to the devices is caught up with.
    refresh_every : int
        Updates after which one-sided pairs get room again; 0: never.
    refresh_level : float
        State of a device, from -1 to 1, at which its pair is put back.

    Raises
    ------
    ValueError
        A value out of its range; begins with the name.

    Notes
    -----
    Drift is counted from when the chip was programmed, also of devices that have been pulsed since:
    nothing keeps the time of each one's last pulse. A training pulses a device every ten thousand
    examples or so; where it is far more often, drift is told too small.
    """

    update_time: float = 0.0
    age_every: int = 100
    refresh_every: int = 0
    refresh_level: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.update_time < float("inf"):
            raise ValueError(f"update_time: must not be negative, got {self.update_time}")
        if self.age_every < 1:
            raise ValueError(f"age_every: must be at least 1, got {self.age_every}")
        if self.refresh_every < 0:
            raise ValueError(f"refresh_every: must not be negative, got {self.refresh_every}")
        if not -1 < self.refresh_level <= 1:
            raise ValueError(f"refresh_level: must be in (-1, 1], got {self.refresh_level}")

    def after(
        self,
        updates: int,
        arrays: Mapping[str, Sequence[DeviceArray]],
        books: Mapping[str, Reals],
    ) -> dict[str, int]:
        """Do what is due after so many updates; return how many pairs of each array were put back.

        ``books`` gain the pulses of a refresh, by array. A device that reaches a bound by age alone
        is counted among those that stand there.
        """
        if self.update_time and updates % self.age_every == 0:
            passed = self.age_every * self.update_time
            before = updates * self.update_time - passed
            for name, behind in arrays.items():
                for array in behind:
                    array.age(passed, array.device.ageing.drift_from + before, books[name])
        if not self.refresh_every or updates % self.refresh_every:
            return {}
        # Events of a refresh are numbered apart from updates, and from births.
        return {
            name: sum(x.refresh(-1 - updates, books[name], self.refresh_level) for x in behind)
            for name, behind in arrays.items()
        }
