"""Which devices a chip's parameters stand in: ``[devices]`` of a design."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np

from neuroep.devices.array import Arrangement, DeviceArray, key_of
from neuroep.devices.device import Device
from neuroep.devices.upkeep import Upkeep
from neuroep.learning.updates.updater import Limits
from neuroep.network.parameters import Parameters, way_there

FLOOR = 0.3
"""Smallest full scale that is chosen for an array."""

ROOM, ROOM_ALIKE = 1.0, 2.0
"""Full scale that is chosen, as a multiple of the largest initial weight.

Weights that all begin alike, as biases do, get the second: they would all begin at an end of their
range, with no way on. Of others few are there.
Little room makes small steps of few states: weights that reach a bound cost less than coarse steps
of all others. Requests as large as the range are held back by the most pulses of an update."""

ROUNDING = 1e-9
"""Share by which a full scale may be beyond a limit that is a quotient of conductances."""


@dataclass(frozen=True)
class DeviceChip:
    """The devices of all parameters of a network.

    Parameters
    ----------
    device : Device
    arrangement : {"pair", "reference", "one_sided", "single"}
        See :class:`neuroep.devices.array.DeviceArray`. "single" needs parameters with limits.
    full_scale : dict of float or "auto"
        Largest weight of an array by pattern of parameter names; the first that fits counts. An
        array that none fits, or "auto", gets the largest of its initial weights, twice that where
        they are all alike, and FLOOR at least, as far as its parameter's limits go. A single device
        spans what these are, or up to a largest value that is given here within them.
    fabrication : int
        Number of the chip: it says what each of its devices was fabricated as.
    count_pulses : bool
        Whether the pulses of every synapse are counted, so that wear is known device by device;
        takes eight bytes a synapse.
    upkeep : Upkeep
        When devices age, and one-sided pairs are put back.

    Notes
    -----
    Weights of a way back are devices of their own, behind the same drivers as those of the way
    there: requests, ranges and pulses are the same, what a pulse does to a device is not.
    """

    device: Device
    arrangement: Arrangement = "pair"
    full_scale: Mapping[str, float | Literal["auto"]] = field(default_factory=dict)
    fabrication: int = 0
    count_pulses: bool = True
    upkeep: Upkeep = field(default_factory=Upkeep)

    def arrays(
        self, parameters: Parameters, names: list[str], limits: Limits
    ) -> dict[str, DeviceArray]:
        """Return the arrays of named parameters, programmed with what these are.

        Raises
        ------
        ValueError
            A single device stands for a parameter that has no limits.
        """
        made = {}
        for name in names:
            low, high = self._range(name, parameters, limits)
            key, drivers = (key_of(self.fabrication, n) for n in (name, way_there(name)))
            made[name] = DeviceArray(
                self.device,
                parameters[name],
                self.arrangement,
                low,
                high,
                key,
                self.count_pulses,
                drivers,
            )
        return made

    def _range(self, name: str, parameters: Parameters, limits: Limits) -> tuple[float, float]:
        fit = (s for p, s in self.full_scale.items() if fnmatchcase(way_there(name), p))
        wanted = next(fit, "auto")
        if self.arrangement == "single":
            low, high = limits.get(name, (0.0, float("inf")))
            if not np.isfinite(high - low):
                raise ValueError(
                    f"devices.arrangement: {name!r} has no limits for a single device to span"
                )
            high = high if wanted == "auto" else float(wanted)
            if not low < high <= limits[name][1]:
                raise ValueError(
                    f"devices.full_scale: {high:g} of {name!r} is not within {low:g} to "
                    f"{limits[name][1]:g}"
                )
            return low, high
        most = min(map(abs, limits.get(name, (np.inf, np.inf))))
        if wanted == "auto":
            weights = parameters[name]
            alike = bool((weights == weights.reshape(-1)[:1]).all())
            largest = float(np.abs(weights).max(initial=0.0))
            wanted = min(max(FLOOR, (ROOM_ALIKE if alike else ROOM) * largest), most)
        scale = float(wanted)
        if not 0.0 < scale <= most * (1.0 + ROUNDING):
            raise ValueError(
                f"devices.full_scale: {scale:g} of {name!r}, but the chip's conductances hold "
                f"{most:g}"
            )
        return -scale, scale
