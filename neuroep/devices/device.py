"""A device: the law by which one synapse's conductance moves, and its numbers in SI units."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuroep.core.pulses import device as kernels
from neuroep.core.pulses.arrays import settled_in
from neuroep.core.tables import Reals
from neuroep.devices.laws import Law
from neuroep.devices.laws.linear import Linear


@dataclass(frozen=True)
class Spread:
    """How devices of one array differ, by fabrication.

    Parameters
    ----------
    step : float
        Standard deviation of a device's step, relative to the nominal one.
    log_normal : bool
        Whether it is that of the logarithm, with the same mean.
    asymmetry : float
        Of what one direction's step gains and the other loses, relative to the nominal step.
    bounds : float
        Of each bound, relative to the nominal one, in half ranges about the centre. No device's
        lower bound is below a conductance of 0.
    lower : float, optional
        Of the lower bound, where it differs.
    least : float
        Smallest step and bound, relative to the nominal one; draws below it are held there.
    """

    step: float = 0.0
    log_normal: bool = False
    asymmetry: float = 0.0
    bounds: float = 0.0
    lower: float | None = None
    least: float = 0.02

    def __post_init__(self) -> None:
        for name in ("step", "asymmetry", "bounds", "lower"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise ValueError(f"{name}: must not be negative, got {value}")
        if not 0 < self.least <= 1:
            raise ValueError(f"least: must be in (0, 1], got {self.least}")


@dataclass(frozen=True)
class Pulse:
    """What one programming pulse is: volts, seconds, and joules where they are known apart.

    None where nobody knows. Without ``energy`` a pulse costs volts^2 times the device's conductance
    times width.
    """

    volts: float | None = None
    width: float | None = None
    energy: float | None = None

    def __post_init__(self) -> None:
        for name in ("volts", "width", "energy"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name}: must be positive, got {value}")


@dataclass(frozen=True)
class Ageing:
    """What becomes of a conductance that nobody pulses.

    Parameters
    ----------
    drift : float
        nu of g(t) = g_0 (t / t_0)^-nu (Ielmini et al. 2007; phase change memory).
    drift_spread : float
        Standard deviation of nu over the devices.
    drift_from : float
        t_0 (s), when a written conductance is as it was written.
    retention : float
        Time constant (s) of the decay towards the centre of the range; a capacitor's leak.
    """

    drift: float = 0.0
    drift_spread: float = 0.0
    drift_from: float = 1.0
    retention: float = math.inf

    def __post_init__(self) -> None:
        for name in ("drift", "drift_spread"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}: must be in [0, 1), got {getattr(self, name)}")
        for name in ("drift_from", "retention"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: must be positive, got {getattr(self, name)}")

    @property
    def acts(self) -> bool:
        """Whether time changes anything."""
        return bool(self.drift or self.drift_spread) or math.isfinite(self.retention)


@dataclass(frozen=True)
class Device:
    """One kind of device.

    Parameters
    ----------
    name : str
    g_min, g_max : float
        Nominal range of the conductance (S).
    law : Law
    step_up, step_down : float
        Unit of the law's changes, in half ranges; what a pulse changes at the centre of the range
        where the law is 1 there, as constant and linear ones are: 2 / states.
    pulse_noise : float
        Standard deviation from pulse to pulse, in steps; of the change itself where ``relative``.
    spread : Spread
    read_noise : float
        Standard deviation of a conductance as it is read, in half ranges. Fits find it; networks
        settle with mean conductances, unless a test asks for it (``neuroep eval --read-noise``).
    write_noise : float
        Standard deviation of what is read after a write about the state that pulses move, in half
        ranges; drawn anew at every write.
    stuck : float
        Share of devices that no pulse moves.
    pulse : Pulse
    endurance : float
        Pulses that a device stands.
    ageing : Ageing
    sources : dict of str
        Where each value is from, and how sure it is.

    Raises
    ------
    ValueError
        A value that no device can have; begins with its name.
    """

    name: str
    g_min: float
    g_max: float
    step_up: float
    step_down: float
    law: Law = field(default_factory=Linear)
    pulse_noise: float = 0.0
    relative: bool = False
    spread: Spread = Spread()
    read_noise: float = 0.0
    write_noise: float = 0.0
    stuck: float = 0.0
    pulse: Pulse = Pulse()
    endurance: float = math.inf
    ageing: Ageing = Ageing()
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.g_min < self.g_max < math.inf:
            raise ValueError(f"g_max: must exceed g_min, got {self.g_min:g} to {self.g_max:g} S")
        for name in ("step_up", "step_down"):
            if not 0 < getattr(self, name) <= 2:
                raise ValueError(f"{name}: must be in (0, 2], got {getattr(self, name)}")
        for up, way in ((True, "up"), (False, "down")):
            if not self.law.at_centre(up) > 0:
                raise ValueError(f"law: a pulse {way} moves nothing at the centre of the range")
        if not 0 <= self.stuck <= 1:
            raise ValueError(f"stuck: must be a share, got {self.stuck}")
        for name in ("pulse_noise", "read_noise", "write_noise"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name}: must not be negative, got {getattr(self, name)}")
        if not self.endurance > 0:
            raise ValueError(f"endurance: must be positive, got {self.endurance}")

    def change(self, up: bool) -> float:
        """Return the mean size of a pulse at the centre of the range, in half ranges."""
        return (self.step_up if up else self.step_down) * self.law.at_centre(up)

    @property
    def step(self) -> float:
        """Mean change by a pulse at the centre of the range, in half ranges."""
        return 0.5 * (self.change(True) + self.change(False))

    @property
    def centre(self) -> float:
        """Conductance at the centre of the range, in half ranges: -centre is the state of none."""
        return (self.g_max + self.g_min) / (self.g_max - self.g_min)

    def kind(self) -> Reals:
        """Return the table by which kernels fabricate devices."""
        table = np.zeros(kernels.KIND_SIZE)
        table[kernels.STEP_UP], table[kernels.STEP_DOWN] = self.step_up, self.step_down
        table[kernels.LOW], table[kernels.HIGH] = -1.0, 1.0
        table[kernels.SPREAD] = self.spread.step
        table[kernels.LOG_NORMAL] = self.spread.log_normal
        table[kernels.SPREAD_ASYMMETRY] = self.spread.asymmetry
        spread = self.spread
        table[kernels.SPREAD_BOUNDS] = spread.bounds
        table[kernels.SPREAD_LOWER] = spread.bounds if spread.lower is None else spread.lower
        table[kernels.SHARE_STUCK] = self.stuck
        table[kernels.LEAST] = self.spread.least
        table[kernels.WRITE_NOISE] = self.write_noise
        table[kernels.NOTHING] = -self.centre
        return table

    def noise_free(self, pulses: int) -> Reals:
        """Return conductances (S) of the nominal device before and after each of many pulses.

        Up from the smallest conductance; down, for a negative number, from where as many up end.
        """
        count, states = abs(pulses), np.array([-1.0])
        if pulses < 0:
            states = self.law.after(states, count, self.step_up)
        step, sign = (self.step_up, 1) if pulses > 0 else (self.step_down, -1)
        found = [states[0]]
        for _ in range(count):
            states = self.law.after(states, sign, step)
            found.append(states[0])
        return self.conductance(np.array(found))

    def drawn(self, pulses: int, number: int) -> Reals:
        """Return conductances (S) of a fabricated device over pulses up and as many down.

        ``number`` says which device of an array of its own. It begins at its own least conductance,
        or where it is stuck.
        """
        laws, constants = self.law.table(self.pulse_noise, self.relative)
        kind, key = self.kind(), np.uint64(0)
        synapse, side = divmod(number, 2)
        least = np.full(synapse + 1, -np.inf)
        settled_in(least, side, key, kind)
        states = np.full(number + 1, least[synapse])
        found = [states[number]]
        for counter in range(2 * pulses):
            one = np.array([1 if counter < pulses else -1])
            kernels.many_pulsed(
                states, np.array([number]), one, key, counter + 1, kind, laws, constants
            )
            found.append(states[number])
        return self.conductance(np.array(found))

    def conductance(self, w: Reals) -> Reals:
        """Return conductances (S) of states."""
        return self.g_min + 0.5 * (np.asarray(w) + 1.0) * (self.g_max - self.g_min)
