"""Parameters of a cell: symbol, unit, meaning, and which values a device can have."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from neuroep.core.tables import Reals
from neuroep.hardware import brian2_module

Values = dict[str, float]
"""Parameters of one instance of a cell, by symbol, in SI units."""

UnitValues = Mapping[str, float | Reals]
"""The same of many instances: numbers that all have, or one of each, (n,)."""


@dataclass(frozen=True)
class Range:
    """Values from ``low`` to ``high``, both finite in use; ``low`` itself only if ``closed``."""

    low: float
    high: float
    closed: bool = True

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.closed else value > self.low
        return isfinite(value) and above and value <= self.high

    def __str__(self) -> str:
        if self.high == inf:
            if self.low == -inf:
                return "any"
            return f"{'≥' if self.closed else '>'} {self.low:g}"
        return (
            f"{self.low:g} to {self.high:g}" if self.closed else f"> {self.low:g}, ≤ {self.high:g}"
        )


POSITIVE = Range(0.0, inf, closed=False)
NOT_NEGATIVE = Range(0.0, inf)
ANY = Range(-inf, inf)
DEVICE = Range(0.0, 1e-3)
"""Conductance of one programmable device, S: off at the low end; above 1 mS it is a wire."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a cell.

    ``symbol`` is its name in the ``.cir`` file, ``unit`` its SI unit by Brian2's name ("" where it
    is a number), ``default`` its value there, ``source`` where that value is from. A designer's own
    file may lack what is not ``needed``.
    """

    symbol: str
    unit: str
    meaning: str
    default: float
    allowed: Range = POSITIVE
    source: str = ""
    needed: bool = True

    def checked(self, cell: str, value: Any, limits: Range | None = None) -> float:
        """Return a value, a plain number or a Brian2 quantity, in the SI unit.

        ``limits``: what the device at hand can be set to, inside what is allowed.

        Raises
        ------
        ValueError
            Another dimension, not a number, or out of range; one line that names the cell and the
            parameter.
        """
        where = f"cell {cell!r}: {self.symbol}"
        if hasattr(value, "dim"):
            value = self._without_unit(where, value)
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"{where}: {value!r} is not a number") from None
        unit = f" {SYMBOLS[self.unit]}" if self.unit else ""
        for allowed, whose in ((self.allowed, "what is physical"), (limits, "the device's range")):
            if allowed is not None and number not in allowed:
                raise ValueError(f"{where} = {number:g}{unit} is outside {whose}: {allowed}{unit}")
        return number

    def _without_unit(self, where: str, value: Any) -> Any:
        brian2 = brian2_module.load()
        unit = getattr(brian2, self.unit) if self.unit else 1
        if not brian2.have_same_dimensions(value, unit):
            raise ValueError(f"{where}: {value} is no quantity in {self.unit or 'plain numbers'}")
        return brian2.asarray(value)


SYMBOLS = {
    "volt": "V",
    "amp": "A",
    "siemens": "S",
    "ohm": "Ω",
    "farad": "F",
    "second": "s",
    "coulomb": "C",
}
"""How Brian2's names of units are written."""
