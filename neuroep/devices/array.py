"""An array: the devices of one parameter, and what its synapses weigh."""

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from neuroep.core.pulses import ageing as time
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

EXACT = 1e-6
"""Half ranges to which a pair is programmed: single precision tells no more."""


def key_of(fabrication: int, name: str) -> np.uint64:
    """Return what all draws of an array are hashed with: which chip it is on, and its name."""
    word = np.uint64(int.from_bytes(name.encode().ljust(8, b"\0")[:8], "little"))
    for character in name.encode()[8:]:
        word = np.uint64(hashed(word, character, 0, 0))
    return np.uint64(hashed(word, fabrication, 0, 0))


class DeviceArray:
    """The devices behind one parameter.

    Parameters
    ----------
    device : Device
    values : array
        The parameter; programmed into the devices without error, as far as they hold it, and
        written whenever they move.
    arrangement : {"pair", "reference", "one_sided", "single"}
        A pair written push-pull; one device against a fixed reference at the centre of its range; a
        pair that is only pulsed up; one device whose conductance (S) is the parameter itself, so
        that its range is the array's, whatever its card says of others.
    low, high : float
        Values at the ends of the range; a pair's are -high and high.
    key : uint64
        See :func:`key_of`.
    counts : bool
        Whether the pulses of every synapse are counted, in eight bytes each.
    drivers : uint64
        What draws of the drivers are hashed with, of which pulse trains are made; ``key`` if none
        is given. Two arrays behind the same drivers have the same.

    Attributes
    ----------
    ends : float64 (2,)
        ``low`` and ``high``; part of a checkpoint, as a start may have chosen them.
    given : uint32 (synapses, 2)
        Pulses of each synapse so far, up and down; without rows where they are not counted.
    step : float
        Mean change of a device by a pulse that it can be given, at the centre, in half ranges.
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
        drivers: np.uint64 | None = None,
    ) -> None:
        if arrangement == "single" and low >= 0.0:  # below 0 it stands for no conductance
            device = replace(device, g_min=low, g_max=high)
        self.device, self.values, self.key = device, values, key
        self.drivers = key if drivers is None else drivers
        self.arrangement = arrangement
        self.code = CODES[arrangement]
        self.two = self.code != kernels.SINGLE
        self.ends = np.array([low, high], float)
        self.step = device.change(True) if self.code == kernels.ONE_SIDED else device.step
        self.kind = device.kind()
        self.laws, self.constants = device.law.table(device.pulse_noise, device.relative)
        self.plus: Floats = np.empty(values.size, values.dtype)
        self.minus: Floats = np.empty(values.size if self.two else 0, values.dtype)
        self.given = np.zeros((values.size if counts else 0, 2), np.uint32)
        self.program(values)

    def program(self, values: Floats) -> None:
        """Set the devices to hold these values, without error as far as they can."""
        wanted = (values.reshape(-1) - self.offset) / self.scale
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
        spread = self.device.spread
        if self.two and (spread.bounds or spread.lower or self.device.stuck):
            # What bounds of its own or a stuck place keep one from holding, the other may.
            for side, states, sign in ((0, self.plus, 1), (1, self.minus, -1)):
                missing = np.clip(wanted, -2.0, 2.0) - (self.plus - self.minus)
                missing[np.abs(missing) < EXACT] = 0.0
                states += sign * missing
                kernels.settled_in(states, side, self.key, self.kind)
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
        return float(self.scale) * self.step * both

    @property
    def unit(self) -> float:
        """What a weight of 1 is in values: the range of a single device, 1 of all others.

        So rates are normalised to a device whose conductance is the parameter itself, as those of
        :class:`neuroep.learning.updates.projected.Projected` are.
        """
        low, high = self.ends
        return float(high - low) if self.arrangement == "single" else 1.0

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

    def read_noisily(self, event: int) -> Floats:
        """Return what one read of the synapses finds, in the shape of the parameter.

        The card's read noise is added to each device, drawn for this event; the states and the
        parameter stay as they are.
        """
        found = np.empty_like(self.values)
        time.read_noisily(
            self.plus,
            self.minus,
            self.scale,
            self.offset,
            self.device.read_noise,
            self.key,
            event,
            found.reshape(-1),
        )
        return found

    def age(self, seconds: float, since: float | None = None) -> int:
        """Let time pass without pulses: drift and decay as the card's ageing says.

        A conductance drifts as g (t / t_0)^-nu, nu drawn for each device, and a state decays
        towards the centre of its range as exp(-t / retention); both stay within a device's bounds.

        Parameters
        ----------
        seconds : float
            That pass.
        since : float
            Seconds from the write to where they begin, for drift; t_0 if not given, when devices
            are as they were written.

        Returns
        -------
        int
            How many more devices stand at a bound of their own than before.

        Raises
        ------
        ValueError
            Time that runs backwards.
        """
        device = self.device
        ageing = device.ageing
        since = ageing.drift_from if since is None else since
        if not (0 <= seconds < math.inf and 0 < since < math.inf):
            raise ValueError(f"time must pass: {seconds} s, {since} s after the write")
        table = np.zeros(time.AGEING)
        table[time.RATIO] = (since + seconds) / since
        table[time.KEEP] = math.exp(-seconds / ageing.retention)
        table[time.CENTRE] = device.centre
        table[time.SLOPE], table[time.SPREAD] = ageing.drift, ageing.drift_spread
        left = self._left_by_writes()
        sides = enumerate((self.plus, self.minus))
        more = sum(time.aged(w, side, self.key, self.kind, table) for side, w in sides)
        self.read()
        self.values += left
        return int(more)

    def _left_by_writes(self) -> Any:
        """Return what the noise of writes has left on the values, 0 where there is none."""
        if not self.device.write_noise:
            return self.values.dtype.type(0.0)
        held = np.empty_like(self.values)
        kernels.read(self.plus, self.minus, self.scale, self.offset, held.reshape(-1))
        return self.values - held

    def refresh(self, counter: int, books: Floats, level: float = 0.5) -> int:
        """Give the pairs room again that pulses up alone have brought to a level of their range.

        Both devices are reset, and one is pulsed until the difference stands again to within half
        a step (Bichler et al. 2012, IEEE Trans. Electron Devices 59:2206). Pairs that would gain
        less than a step, as their weight fills the range, and those with a stuck device are left.

        Parameters
        ----------
        counter : int
            Which event of the array's life it is, for the noise of its pulses.
        books : float64 array
            Of :mod:`neuroep.core.pulses.arrays`; gains the pulses, what moved, and who came to
            stand at a bound. A reset is a pulse down.
        level : float
            State of one device, from -1 to 1, at which its pair is put back.

        Returns
        -------
        int
            Pairs that were put back: each of them has been reset twice.

        Raises
        ------
        ValueError
            The arrangement is not "one_sided": others can be pulsed down.
        """
        if self.code != kernels.ONE_SIDED:
            raise ValueError("only one-sided pairs are refreshed: others are pulsed down")
        most = math.ceil(64.0 / self.device.change(True))
        left = self._left_by_writes()
        count: int = time.refreshed(
            self.plus,
            self.minus,
            self.given,
            level,
            most,
            self.key,
            counter,
            self.kind,
            self.laws,
            self.constants,
            books,
        )
        self.read()
        self.values += left
        return count

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
        return {"plus": self.plus, **minus, "ends": self.ends, "given": self.given}
