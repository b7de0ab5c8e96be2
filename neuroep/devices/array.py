"""An array: the devices of one parameter, and what its synapses weigh."""

import math
from typing import Literal

import numpy as np

from neuroep.core.pulses import arrays as kernels
from neuroep.core.pulses.draws import hashed
from neuroep.core.tables import Floats
from neuroep.devices.device import Device

Arrangement = Literal["pair", "reference", "one_sided", "single"]

CODES = {
    "pair": kernels.PAIR,
    "reference": kernels.SINGLE,
    "one_sided": kernels.ONE_SIDED,
    "single": kernels.SINGLE,
}


def key_of(fabrication: int, name: str) -> np.uint64:
    """Return what all draws of an array are hashed with: which chip it is on, and its name."""
    word = np.uint64(int.from_bytes(name.encode().ljust(8, b"\0")[:8], "little"))
    for character in name.encode()[8:]:
        word = np.uint64(hashed(word, character, 0, 0))
    return np.uint64(hashed(word, fabrication, 0, 0))


class Array:
    """The devices behind one parameter.

    Parameters
    ----------
    device : Device
    values : array
        The parameter; programmed into the devices without error, as far as they hold it, and
        written whenever they move.
    arrangement : {"pair", "reference", "one_sided", "single"}
        A pair written push-pull; one device against a fixed reference at the centre of its range; a
        pair that is only pulsed up; one device whose conductance is the parameter itself.
    low, high : float
        Values at the ends of the range; a pair's are -high and high.
    key : uint64
        See :func:`key_of`.
    counts : bool
        Whether the pulses of every synapse are counted, in eight bytes each.

    Attributes
    ----------
    given : uint32 (synapses, 2)
        Pulses of each synapse so far, up and down; without rows where they are not counted.
    plus, minus : arrays of the parameter's dtype
        States of the devices, in half ranges; ``minus`` is empty where a synapse has one device.
    """

    def __init__(
        self,
        device: Device,
        values: Floats,
        arrangement: Arrangement,
        low: float,
        high: float,
        key: np.uint64,
        counts: bool = True,
    ) -> None:
        real = values.dtype.type
        self.device, self.values, self.key = device, values, key
        self.code = CODES[arrangement]
        self.two = self.code != kernels.SINGLE
        self.scale = real(0.5 * high if self.two else 0.5 * (high - low))
        self.offset = real(0.0 if self.two else 0.5 * (high + low))
        self.kind = device.kind()
        self.laws, self.constants = device.law.table(device.pulse_noise, device.relative)
        self.plus: Floats = np.empty(values.size, values.dtype)
        self.minus: Floats = np.empty(values.size if self.two else 0, values.dtype)
        self.given = np.zeros((values.size if counts else 0, 2), np.uint32)
        self._start(arrangement)

    def _start(self, arrangement: Arrangement) -> None:
        wanted = (self.values.reshape(-1) - self.offset) / self.scale
        if self.code == kernels.ONE_SIDED:  # both low, so that pulses up have room
            np.clip(wanted - 1.0, -1.0, 1.0, out=self.plus)
            np.clip(-wanted - 1.0, -1.0, 1.0, out=self.minus)
        elif self.two:
            np.clip(0.5 * wanted, -1.0, 1.0, out=self.plus)
            np.negative(self.plus, out=self.minus)
        else:
            np.clip(wanted, -1.0, 1.0, out=self.plus)
        kernels.settled_in(self.plus, 0, self.key, self.kind)
        kernels.settled_in(self.minus, 1, self.key, self.kind)
        self.read()

    @property
    def pulse(self) -> float:
        """Change of a value by one pulse of a synapse at the centre of the range."""
        both = 2.0 if self.code == kernels.PAIR else 1.0
        return float(self.scale) * self.device.step * both

    def read(self) -> None:
        """Write what the synapses weigh into the parameter."""
        flat = self.values.reshape(-1)
        kernels.read(self.plus, self.minus, self.scale, self.offset, flat)

    @property
    def devices(self) -> int:
        """Number of devices."""
        return self.plus.size + self.minus.size

    @property
    def at_bounds(self) -> int:
        """Number of devices that stand at a bound of their own; looks at each of them."""
        sides = (self.plus, self.minus)
        return sum(kernels.at_bounds(w, side, self.key, self.kind) for side, w in enumerate(sides))

    @property
    def most_pulses(self) -> int | None:
        """Pulses of the device that has been given most, None where they are not counted.

        Both devices of a push-pull pair take every pulse of their synapse; those of a one-sided
        pair share them.
        """
        if not self.given.size:
            return None
        of_device = self.given if self.code == kernels.ONE_SIDED else self.given.sum(axis=1)
        return int(of_device.max(initial=0))

    def joules(self, books: Floats) -> float:
        """Return the energy of the pulses in books of the kernels (J); nan where nobody knows."""
        device, pulses = self.device, float(books[kernels.UP] + books[kernels.DOWN])
        pulse = device.pulse
        if pulse.energy is not None:
            return pulses * pulse.energy
        if pulse.volts is None or pulse.width is None:
            return math.nan
        half = 0.5 * (device.g_max - device.g_min)
        siemens = pulses * (device.g_min + half) + float(books[kernels.SEEN]) * half
        return siemens * pulse.volts**2 * pulse.width

    def to_arrays(self) -> dict[str, Floats]:
        """Return what a checkpoint needs."""
        minus = {"minus": self.minus} if self.two else {}
        return {"plus": self.plus, **minus, "given": self.given}
