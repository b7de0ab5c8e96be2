"""The Stanford-PKU model: a filament whose gap grows and shrinks, faster where it is hot."""

import math
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.devices.memristors.memristor import Memristor

CHARGE = 1.602176634e-19
BOLTZMANN = 1.380649e-23


@dataclass(frozen=True)
class Stanford(Memristor):
    """Metal-oxide ReRAM by the gap g of its filament (Jiang et al. 2016, IEEE TED 63:1884).

    dg/dt = -velocity exp(-E_a / kT) sinh(gamma a_0 q v / (thickness kT)),
    gamma = gamma_0 - beta (g / 1 nm)^3, I = I_0 exp(-g / g_0) sinh(v / v_0), and T = T_0 + |v I|
    resistance: what it draws heats it. The state is the share of the gap's range that is closed.
    Fluctuations of the gap, which the paper adds, are left to the pulse noise of a device.

    Parameters
    ----------
    gap_min, gap_max : float
        Of the gap (m).
    g_0, v_0, i_0 : float
        Of the current (m, V, A).
    velocity : float
        (m/s).
    activation : float
        E_a (eV).
    hop : float
        a_0 (m).
    thickness : float
        Of the oxide (m).
    gamma_0, beta : float
        Local enhancement of the field.
    resistance : float
        Thermal (K/W).
    ambient : float
        T_0 (K).

    Notes
    -----
    Values as in the Verilog-A code that the model's authors published, and in MemTorch.
    """

    gap_min: float = 0.2e-9
    gap_max: float = 1.7e-9
    g_0: float = 0.25e-9
    v_0: float = 0.25
    i_0: float = 1e-3
    velocity: float = 10.0
    activation: float = 0.6
    hop: float = 0.25e-9
    thickness: float = 12e-9
    gamma_0: float = 16.0
    beta: float = 0.8
    resistance: float = 2.1e3
    ambient: float = 298.0

    def __post_init__(self) -> None:
        if not 0 < self.gap_min < self.gap_max:
            raise ValueError(
                f"gap_max must exceed gap_min, got {self.gap_max:g} and {self.gap_min:g} m"
            )
        for name in ("g_0", "v_0", "i_0", "velocity", "hop", "thickness", "ambient"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")

    def gap(self, state: Reals) -> Reals:
        """Return the gap (m) of states."""
        return self.gap_max - np.asarray(state) * (self.gap_max - self.gap_min)

    def rate(self, state: float, volts: float) -> float:
        """Return what the state moves by in a second."""
        gap = float(self.gap(np.asarray(state)))
        power = abs(volts * float(self.current(np.asarray(state), np.asarray(volts))))
        thermal = BOLTZMANN * (self.ambient + power * self.resistance)
        gamma = max(self.gamma_0 - self.beta * (gap / 1e-9) ** 3, 0.0)
        field = gamma * self.hop * CHARGE * volts / self.thickness
        closing = self.velocity * (
            math.exp((field - self.activation * CHARGE) / thermal)
            - math.exp((-field - self.activation * CHARGE) / thermal)
        )
        return 0.5 * closing / (self.gap_max - self.gap_min)

    def current(self, state: Reals, volts: Reals) -> Reals:
        """Return I_0 exp(-g / g_0) sinh(v / v_0)."""
        return np.asarray(
            self.i_0 * np.exp(-self.gap(state) / self.g_0) * np.sinh(volts / self.v_0)
        )

    def state_of(self, conductance: Reals, volts: float) -> Reals:
        """Return the state that has a conductance when it is read with so many volts."""
        amperes = np.asarray(conductance, float) * volts
        gap = -self.g_0 * np.log(amperes / (self.i_0 * math.sinh(volts / self.v_0)))
        return (self.gap_max - gap) / (self.gap_max - self.gap_min)
