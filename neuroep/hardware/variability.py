"""No two chips are alike: how parameters of cells spread, and one chip as it was fabricated.

What a unit of a chip differs by is a hash of the seed, the chip's number, the parameter and where
the unit stands (:mod:`neuroep.core.pulses.draws`). Chip 17 is chip 17 whatever else is drawn, and
more chips extend a set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuroep.core.pulses.draws import hashed, normals
from neuroep.core.tables import Reals

OFFSETS = ("offset", "threshold", "diode_offset")
"""Parameters that add volts; all others are factors."""


@dataclass(frozen=True)
class Spread:
    """How a parameter spreads: standard deviations, as shares of its value, or in V for offsets.

    Parameters
    ----------
    local : float
        From unit to unit.
    die : float
        From die to die: the same for all units of a chip.
    gradient : (float, float)
        Change from the left edge of the die to the right one, and from the lower to the upper one.
    log_normal : bool
        Whether the logarithm is normal; the mean stays. Not for offsets.
    absolute : bool
        Whether they are in the parameter's SI unit, and not shares.

    Raises
    ------
    ValueError
        A standard deviation is negative or not finite.
    """

    local: float = 0.0
    die: float = 0.0
    gradient: tuple[float, float] = (0.0, 0.0)
    log_normal: bool = False
    absolute: bool = False

    def __post_init__(self) -> None:
        for name in ("local", "die"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name}: must not be negative, got {getattr(self, name):g}")

    def __bool__(self) -> bool:
        return bool(self.local or self.die or any(self.gradient))


@dataclass(frozen=True)
class Variability:
    """How the parameters of a process spread, and where its corner puts them.

    ``spreads``: by parameter, drawn from ``seed``; ``corner``: factors on parameters of all chips.
    """

    spreads: Mapping[str, Spread] = field(default_factory=dict)
    seed: int = 0
    corner: Mapping[str, float] = field(default_factory=dict)

    def chip(self, number: int | None) -> "DrawnChip | None":
        """Return a chip, None where nothing differs; without a number, the corner's typical one."""
        spreads = {name: spread for name, spread in self.spreads.items() if spread}
        corner = {name: factor for name, factor in self.corner.items() if factor != 1.0}
        if number is None:
            spreads = {}
        return DrawnChip(number or 0, spreads, self.seed, corner) if spreads or corner else None


@dataclass(frozen=True)
class DrawnChip:
    """One chip as it was fabricated.

    ``number``: which; ``spreads``, ``seed``, ``corner``: see :class:`Variability`.
    """

    number: int
    spreads: Mapping[str, Spread]
    seed: int
    corner: Mapping[str, float]

    def touches(self, *parameters: str) -> bool:
        """Return whether any of these parameters differs from what the design says."""
        return any(name in self.spreads or name in self.corner for name in parameters)

    def factors(
        self,
        parameter: str,
        place: str,
        shape: tuple[int, ...],
        column: float = 0.0,
        nominal: float = 1.0,
    ) -> Reals:
        """Return what factor each unit of a layer has on a parameter.

        Parameters
        ----------
        parameter : str
        place : str
            Where the units stand: a layer's name.
        shape : (int, int)
            Rows and units a row.
        column : float
            Where the layer stands on the die, from -1/2 to 1/2; its units fill a column.
        nominal : float
            What an absolute spread is divided by.

        Returns
        -------
        array (rows * units a row,)

        Raises
        ------
        ValueError
            A factor is not positive.
        """
        spread = self.spreads.get(parameter, Spread())
        unit = nominal if spread.absolute else 1.0
        normal, sigma = self._deviation(parameter, place, shape, spread)
        deviation, trend = normal / unit, self._trend(spread, shape, column) / unit
        if spread.log_normal:
            factors = np.exp(deviation - 0.5 * (sigma / unit) ** 2) + trend
        else:
            factors = 1.0 + deviation + trend
        factors = factors * self.corner.get(parameter, 1.0)
        if not factors.min(initial=1.0) > 0:
            where = int(factors.argmin())
            raise ValueError(
                f"variability.{parameter}: unit {where} of {place} on chip {self.number} would "
                f"have {factors[where]:.3g} times its value; a spread that wide is log-normal"
            )
        return np.asarray(factors)

    def volts(
        self, parameter: str, place: str, shape: tuple[int, ...], column: float = 0.0
    ) -> Reals:
        """Return what a parameter adds to each unit of a layer, V; see :meth:`factors`."""
        spread = self.spreads.get(parameter, Spread())
        normal, _ = self._deviation(parameter, place, shape, spread)
        return np.asarray(normal + self._trend(spread, shape, column))

    def _deviation(
        self, parameter: str, place: str, shape: tuple[int, ...], spread: Spread
    ) -> tuple[Reals, float]:
        """Return random deviations (n,), and their standard deviation."""
        local, die = np.zeros(shape), np.zeros((1, 1))
        if spread.local:
            normals(_key(self.seed, self.number, parameter, place), local)
        if spread.die:
            normals(_key(self.seed, self.number, parameter, ""), die)
        sigma = float(np.hypot(spread.local, spread.die))
        return spread.local * local.ravel() + spread.die * die[0, 0], sigma

    @staticmethod
    def _trend(spread: Spread, shape: tuple[int, ...], column: float) -> Reals:
        across, up = spread.gradient
        units = shape[0] * shape[1]
        return across * column + up * ((np.arange(units) + 0.5) / max(units, 1) - 0.5)


def _key(seed: int, number: int, parameter: str, place: str) -> np.uint64:
    """Return what all draws of a parameter are hashed with."""
    word = np.uint64(hashed(np.uint64(seed), number, 0, 0))
    for text in (parameter, place):
        for character in text.encode():
            word = np.uint64(hashed(word, character, 1, 0))
        word = np.uint64(hashed(word, 0, 2, 0))
    return word
