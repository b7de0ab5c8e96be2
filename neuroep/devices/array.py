"""An array: the devices of one parameter, and what its synapses weigh."""

import math
from typing import Any, Literal

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

    Attributes
    ----------
    ends : float64 (2,)
        ``low`` and ``high``; part of a checkpoint, as a start may have chosen them.
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
    ) -> None:
        self.device, self.values, self.key = device, values, key
        self.arrangement = arrangement
        self.code = CODES[arrangement]
        self.two = self.code != kernels.SINGLE
        self.ends = np.array([low, high], float)
        self.kind = device.kind()
        self.laws, self.constants = device.law.table(device.pulse_noise, device.relative)
        self.plus: Floats = np.empty(values.size, values.dtype)
        self.minus: Floats = np.empty(values.size if self.two else 0, values.dtype)
        self._start()

    def _start(self) -> None:
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
    def scale(self) -> Any:
        """Change of a value by half a range of one device, in the dtype of the values."""
        low, high = self.ends
        return self.values.dtype.type(0.5 * high if self.two else 0.5 * (high - low))

    @property
    def offset(self) -> Any:
        """Value where both devices of a pair are alike, or a single one is at its centre."""
        return self.values.dtype.type(0.0 if self.two else 0.5 * self.ends.sum())

    @property
    def pulse(self) -> float:
        """Change of a value by one pulse of a synapse at the centre of the range."""
        both = 2.0 if self.code == kernels.PAIR else 1.0
        return float(self.scale) * self.device.step * both

    def read(self) -> None:
        """Write what the synapses weigh into the parameter."""
        flat = self.values.reshape(-1)
        kernels.read(self.plus, self.minus, self.scale, self.offset, flat)

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
        return {"plus": self.plus, **minus, "ends": self.ends}
