"""VTEAM: a memristor that moves beyond threshold voltages."""

from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.devices.memristors.memristor import Memristor


@dataclass(frozen=True)
class VTEAM(Memristor):
    """The voltage threshold adaptive memristor (Kvatinsky et al. 2015, IEEE TCAS-II 62:786).

    Beyond v_on the state s rises by k_on (v / v_on - 1)^alpha_on (1 - s)^window a second, beyond
    v_off it falls by k_off (v / v_off - 1)^alpha_off s^window, and between both it stays. The model
    leaves window and current open: here a power of the way that is left, whose first is soft
    bounds exactly, and a conductance that is linear in s. Signs are so that positive volts set.

    Parameters
    ----------
    g_off, g_on : float
        Conductances (S) at s = 0 and 1.
    v_on, v_off : float
        Thresholds (V), above and below 0.
    k_on, k_off : float
        Rates (1/s).
    alpha_on, alpha_off : float
        How sharply rates grow beyond the thresholds.
    window : float
        Power of the way that is left; 0 moves at one rate up to the bounds.

    Notes
    -----
    The values are no device's: of the size of a ReRAM that pulses of 1.5 V and 50 ns take
    through its range in some tens.
    """

    g_off: float = 1e-6
    g_on: float = 4e-5
    v_on: float = 0.8
    v_off: float = -0.8
    k_on: float = 1e6
    k_off: float = 1e6
    alpha_on: float = 3.0
    alpha_off: float = 3.0
    window: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.g_off < self.g_on:
            raise ValueError(f"g_on must exceed g_off, got {self.g_on:g} and {self.g_off:g} S")
        if not self.v_off < 0 < self.v_on:
            raise ValueError(f"v_off, v_on: must embrace 0 V, got {self.v_off:g} and {self.v_on:g}")
        for name in ("k_on", "k_off", "alpha_on", "alpha_off", "window"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")

    def rate(self, state: float, volts: float) -> float:
        """Return what the state moves by in a second."""
        if volts > self.v_on:
            force = (volts / self.v_on - 1.0) ** self.alpha_on
            return float(self.k_on * force * (1.0 - state) ** self.window)
        if volts < self.v_off:
            force = (volts / self.v_off - 1.0) ** self.alpha_off
            return float(-self.k_off * force * state**self.window)
        return 0.0

    def current(self, state: Reals, volts: Reals) -> Reals:
        """Return v (g_off + (g_on - g_off) s)."""
        return np.asarray(volts * (self.g_off + (self.g_on - self.g_off) * state))

    def state_of(self, conductance: Reals, volts: float) -> Reals:
        """Return (g - g_off) / (g_on - g_off)."""
        return (np.asarray(conductance, float) - self.g_off) / (self.g_on - self.g_off)
