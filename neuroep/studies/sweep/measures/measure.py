"""What every measure of a sweep has."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from neuroep.design.design import Design
from neuroep.runs.progress import Progress
from neuroep.runs.units import suited
from neuroep.studies.sweep.plan import Plan

Figures = dict[str, float]
"""What a point measured, by name; NaN what could not be known of it."""

UNITS = {
    "energy": ("joule", "J"),
    "power": ("watt", "W"),
    "settling": ("second", "s"),
    "volts": ("volt", "V"),
    "waveform": ("volt", "V"),
    "swing": ("volt", "V"),
    "joules": ("joule", "J"),
    "seconds": ("second", "s"),
}
"""Unit of a figure by its first or last word, in full and as a symbol; others have none."""


def unit_of(figure: str) -> tuple[str, str]:
    """Return the unit of a figure, in full and as its symbol; both empty where it has none."""
    head = figure.partition(".")[0]
    return UNITS.get(head) or UNITS.get(head.rpartition("_")[2]) or ("", "")


def readable_unit(figure: str, largest: float) -> tuple[float, str]:
    """Return the size, in SI, of a unit in which values up to ``largest`` read well; its symbol."""
    symbol = unit_of(figure)[1]
    return suited(largest, symbol) if symbol else (1.0, "")


def told(figures: Mapping[str, float | None]) -> Figures:
    """Return figures, NaN where there is none, or one beyond all measure."""
    return {
        name: float(value) if value is not None and math.isfinite(value) else math.nan
        for name, value in figures.items()
    }


class Shared:
    """The last thing that was made, kept for the next point that asks for the same."""

    def __init__(self) -> None:
        self._key: str | None = None
        self._kept: Any = None

    def get(self, key: str, make: Callable[[], Any]) -> Any:
        """Return what was made for a key, or make it."""
        if key != self._key:
            self._key, self._kept = None, None  # room for the new first
            self._kept = make()
            self._key = key
        return self._kept


class Measure(Protocol):
    """One kind of measurement; its line stands in the catalogue."""

    decides: ClassVar[tuple[str, ...] | None]
    """Tables of a design for which a trial decides whether they act on what is measured; None: all
    of them. Any other acts."""

    def options(self, plan: Plan, overrides: tuple[str, ...], baselines: str | None) -> Any:
        """Return how a point is asked for, as the command of the same name takes it."""

    def files(self, options: Any) -> list[str]:
        """Return files and folders beside the design that decide what is measured."""

    def measure(self, folder: Path, options: Any, progress: Progress, shared: Shared) -> Figures:
        """Measure a point in its folder, or go on with it."""

    def trial(self, plan: Plan, design: Design, options: Any) -> list[bytes]:
        """Return whatever decides what is measured, found in moments."""

    def warm(self, options: Any, progress: Progress) -> None:
        """Load the kernels that a point needs, so that they are compiled once."""
