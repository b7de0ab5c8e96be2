"""The SI values of a chip, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from neuroep.core.constants import ROOM_TEMPERATURE, thermal_voltage


@dataclass(frozen=True)
class Chip:
    """What a network of neurons and attention is made of, in volts, amperes, siemens, farads.

    Parameters
    ----------
    supply : float
        The rails stand at +supply and -supply, V.
    signal : float
        Volts on a line per unit of activity.
    unit_conductance : float
        Difference of a differential pair's conductances per unit of weight, S.
    pattern_conductance : float
        The same per unit of a stored pattern, S.
    conductance_min, conductance_max : float
        What one device of a pair can be set to, S.
    capacitance : float
        Of a membrane, F.
    capacitances, membrane_volts : dict of float
        Exceptions by layer: membrane capacitance, F; volts of membrane per unit potential.
    temperature : float
        Of the whole chip, K.
    slope_factor : float
        kappa of a sub-threshold transistor: the share of the gate's voltage that its channel sees.
    tail_current : float
        Of a winner-take-all row or a differential pair, A.
    quiescent_current : float
        Of every amplifier, from rail to rail, A.

    Raises
    ------
    ValueError
        A value that no chip can have; one line that names it.

    Notes
    -----
    The default conductances are the 1 to 40 uS that NeuRRAM's HfOx devices are set to (Wan et al.,
    Nature 2022).
    """

    supply: float = 1.8
    signal: float = 0.5
    unit_conductance: float = 4e-6
    pattern_conductance: float = 4e-6
    conductance_min: float = 1e-6
    conductance_max: float = 40e-6
    capacitance: float = 1e-12
    capacitances: Mapping[str, float] = field(default_factory=dict)
    membrane_volts: Mapping[str, float] = field(default_factory=dict)
    temperature: float = ROOM_TEMPERATURE
    slope_factor: float = 0.7
    tail_current: float = 100e-9
    quiescent_current: float = 1e-6

    def __post_init__(self) -> None:
        for name in (
            "supply",
            "signal",
            "unit_conductance",
            "pattern_conductance",
            "conductance_max",
            "capacitance",
            "temperature",
            "slope_factor",
            "tail_current",
        ):
            self._positive(name, getattr(self, name))
        for table in ("capacitances", "membrane_volts"):
            for layer, value in getattr(self, table).items():
                self._positive(f"{table}.{layer}", value)
        if not 0 <= self.conductance_min < self.conductance_max:
            raise ValueError(
                f"conductance_min must lie in [0, conductance_max), got {self.conductance_min:g} S"
            )
        if not (self.quiescent_current >= 0 and isfinite(self.quiescent_current)):
            raise ValueError(f"quiescent_current must not be negative: {self.quiescent_current:g}")
        if self.signal > self.supply:
            raise ValueError(
                f"signal {self.signal:g} V: one unit of activity lies beyond the supply of "
                f"{self.supply:g} V"
            )
        if self.slope_factor > 1:
            raise ValueError(f"slope_factor must be at most 1, got {self.slope_factor:g}")

    @staticmethod
    def _positive(name: str, value: float) -> None:
        if not (value > 0 and isfinite(value)):
            raise ValueError(f"{name} must be positive, got {value:g}")

    @property
    def thermal_voltage(self) -> float:
        """U_T = k T / q, V."""
        return thermal_voltage(self.temperature)

    @property
    def unit_current(self) -> float:
        """Current into a neuron per unit of potential, A: a unit weight at unit activity."""
        return self.unit_conductance * self.signal

    @property
    def middle_conductance(self) -> float:
        """Conductance of both devices of a pair that holds zero, S."""
        return 0.5 * (self.conductance_min + self.conductance_max)
