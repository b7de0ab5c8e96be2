"""The SI values of a chip, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real

from neuroep.core.constants import ROOM_TEMPERATURE, thermal_voltage
from neuroep.hardware.crossbar import Wires
from neuroep.hardware.noise import Noise
from neuroep.hardware.variability import DrawnChip, Variability

TEMPERATURES = (173.0, 473.0)
"""K: where silicon works at all; 27 or 85 are degrees Celsius."""

MOST = {
    "supply": (100.0, "V"),
    "least_supply": (100.0, "V"),
    "signal": (100.0, "V"),
    "membrane_volts": (100.0, "V"),
    "unit_conductance": (0.1, "S"),
    "pattern_conductance": (0.1, "S"),
    "conductance_min": (0.1, "S"),
    "conductance_max": (0.1, "S"),
    "capacitance": (1e-6, "F"),
    "capacitances": (1e-6, "F"),
    "slope_factor": (1.0, ""),
    "tail_current": (0.1, "A"),
    "quiescent_current": (0.1, "A"),
}
"""Largest value of one element of any chip: more is a unit prefix that was forgotten."""

OFF = ("conductance_min", "quiescent_current", "least_supply")
"""What may be zero."""


@dataclass(frozen=True)
class Chip:
    """What a network of neurons and attention is made of, in volts, amperes, siemens, farads.

    Parameters
    ----------
    supply : float
        The rails stand at +supply and -supply, V.
    least_supply : float
        What the rails must stand at, + and -, for amplifiers and bias currents to work at all, V.
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
        At which the whole chip is operated, K: sets U_T of its transistors.
    design_temperature : float
        For which resistors and membrane volts were sized, K. What is operated at another one
        computes another function: see :func:`neuroep.hardware.hopfield.operated.operated`.
    slope_factor : float
        kappa of a sub-threshold transistor: the share of the gate's voltage that its channel sees.
    tail_current : float
        Of a winner-take-all row or a differential pair, A.
    quiescent_current : float
        Of every amplifier, from rail to rail, A.
    open_loop_gain : float, optional
        Of the amplifiers that drive lines with activities, of neurons and of what attention reads:
        they carry A/(1 + A) of what they should. Without end when absent.
    library : str
        Folder of circuits/cells that its cells are from.
    corner : str
        Of the process.
    number : int, optional
        Which chip of the process: what its number draws of ``variability``, or, where cells are
        made of transistors, the threshold of every one from the process's own statistics. The
        typical chip of the corner without it.
    variability : Variability
        How parameters spread, and where the corner puts them; nothing differs without.
    wires : Wires, optional
        Of the arrays of couplings; ideal without it. Arrays of stored patterns and of the read-out
        are ideal.
    noise : Noise, optional
        Of what a design settles in time by the solver "transient"; nothing else is noisy.

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
    least_supply: float = 1.2
    signal: float = 0.5
    unit_conductance: float = 4e-6
    pattern_conductance: float = 4e-6
    conductance_min: float = 1e-6
    conductance_max: float = 40e-6
    capacitance: float = 1e-12
    capacitances: Mapping[str, float] = field(default_factory=dict)
    membrane_volts: Mapping[str, float] = field(default_factory=dict)
    temperature: float = ROOM_TEMPERATURE
    design_temperature: float = ROOM_TEMPERATURE
    slope_factor: float = 0.7
    tail_current: float = 100e-9
    quiescent_current: float = 1e-6
    open_loop_gain: float | None = None
    library: str = "ideal"
    corner: str = "tt"
    number: int | None = None
    variability: Variability = field(default_factory=Variability)
    wires: Wires | None = None
    noise: Noise | None = None

    def __post_init__(self) -> None:
        for name, (most, unit) in MOST.items():
            value = getattr(self, name)
            if isinstance(value, Mapping):
                for layer, one in value.items():
                    _check(f"{name}.{layer}", one, most, unit)
            else:
                _check(name, value, most, unit, zero=name in OFF)
        if self.open_loop_gain is not None and not self.open_loop_gain > 1:
            raise ValueError(f"open_loop_gain must be above 1, got {self.open_loop_gain:g}")
        for name in ("temperature", "design_temperature"):
            value, (low, high) = getattr(self, name), TEMPERATURES
            if not (isinstance(value, Real) and low <= float(value) <= high):
                raise ValueError(
                    f"{name} must lie in {low:g} to {high:g} K, got {value} (kelvins, not Celsius)"
                )
        if self.conductance_min >= self.conductance_max:
            raise ValueError(
                f"conductance_min must lie in [0, conductance_max), got {self.conductance_min:g} S"
            )
        if self.signal > self.supply:
            raise ValueError(
                f"signal {self.signal:g} V: one unit of activity lies beyond the supply of "
                f"{self.supply:g} V"
            )

    @property
    def drawn(self) -> DrawnChip | None:
        """What this chip differs by from its design, None where nothing differs."""
        return self.variability.chip(self.number)

    @property
    def driven(self) -> float:
        """What line drivers deliver of what they should."""
        gain = self.open_loop_gain
        return 1.0 if gain is None else gain / (1.0 + gain)

    @property
    def thermal_voltage(self) -> float:
        """U_T = k T / q, V."""
        return thermal_voltage(self.temperature)

    @property
    def volts_per_fold(self) -> float:
        """U_T/kappa at the temperature of operation, V: a current grows e-fold over it."""
        return self.thermal_voltage / self.slope_factor

    @property
    def sharpness(self) -> float:
        """What is left of gain and inverse temperature in operation: T of design over T."""
        return self.design_temperature / self.temperature

    @property
    def shared(self) -> dict[str, float]:
        """What all cells take from the chip, by the parameter's symbol, SI."""
        return {
            "vs": self.signal,
            "ib": self.tail_current,
            "kappa": self.slope_factor,
            "iq": self.quiescent_current,
        }

    @property
    def unit_current(self) -> float:
        """Current into a neuron per unit of potential, A: a unit weight at unit activity."""
        return self.unit_conductance * self.signal

    @property
    def middle_conductance(self) -> float:
        """Conductance of both devices of a pair that holds zero, S."""
        return 0.5 * (self.conductance_min + self.conductance_max)


def _check(name: str, given: object, most: float, unit: str, zero: bool = False) -> None:
    if not isinstance(given, Real):
        raise ValueError(f"{name} must be a number, got {given!r}")
    value = float(given)
    if not (value > 0 or (zero and value == 0)):
        raise ValueError(f"{name} must {'not be negative' if zero else 'be positive'}: {value:g}")
    if value > most:
        raise ValueError(f"{name} must be at most {f'{most:g} {unit}'.rstrip()}, got {value:g}")
