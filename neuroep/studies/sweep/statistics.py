"""What the samples of a sweep say together: spread, quantiles, and yield with its interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Reals
from neuroep.runs.intervals import wilson
from neuroep.studies.sweep.axes import Axis
from neuroep.studies.sweep.spec import Spec
from neuroep.studies.sweep.work import Outcome

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Yield:
    """How many of the points that were tried keep to a limit, or to all limits."""

    passed: int
    count: int

    @property
    def share(self) -> float:
        """Of those that were tried; not a number where none was."""
        return self.passed / self.count if self.count else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, 95 %."""
        return wilson(self.passed, self.count)

    def __str__(self) -> str:
        if not self.count:
            return "-"
        # Digits enough that 249 of 250 are not 100 %.
        low, high = (f"{100 * end:.3g}%" for end in self.interval)
        return f"{100 * self.share:.4g}% [{low}, {high}], {self.passed} of {self.count}"


@dataclass(frozen=True)
class Cell:
    """All samples of one combination of what is not drawn: a corner at a place of the grid.

    ``values``: of each figure over the samples, NaN where it is unknown; ``tried``: of each sample,
    whether it was measured or failed.
    """

    place: tuple[int, ...]
    levels: dict[str, str | int | float]
    values: dict[str, Reals]
    tried: NDArray[np.bool_]

    @property
    def label(self) -> str:
        """For tables and figures."""
        return ", ".join(
            str(value) if axis == "corner" else f"{axis} = {value}"
            for axis, value in self.levels.items()
        )

    def known(self, figure: str) -> Reals:
        """Return the values of a figure that are known."""
        values = self.values[figure]
        known: Reals = values[np.isfinite(values)]
        return known

    def mean(self, figure: str) -> float:
        """Return the mean, NaN of none."""
        known = self.known(figure)
        return float(known.mean()) if known.size else math.nan

    def sigma(self, figure: str) -> float:
        """Return one standard deviation, NaN of fewer than two."""
        known = self.known(figure)
        return float(known.std(ddof=1)) if known.size > 1 else math.nan

    def quantiles(self, figure: str) -> Reals:
        """Return :data:`QUANTILES`."""
        known = self.known(figure)
        if not known.size:
            return np.full(len(QUANTILES), math.nan)
        return np.asarray(np.quantile(known, QUANTILES), np.float64)

    def passing(self, spec: Spec, figure: str = "") -> NDArray[np.bool_]:
        """Return which samples keep to the limit of a figure, or to all."""
        found = self.tried.copy()
        for name in [figure] if figure else spec.limits:
            limit = spec.limits[name]
            found &= np.array([limit.kept(float(value)) for value in self.values[name]], bool)
        return found

    def yields(self, spec: Spec, figure: str = "") -> Yield:
        """Return how many do."""
        return Yield(int(self.passing(spec, figure).sum()), int(self.tried.sum()))


@dataclass(frozen=True)
class Results:
    """Everything a sweep measured, by place on its axes.

    ``outcomes``: by place, for points of which anything is known.
    """

    axes: Sequence[Axis]
    outcomes: Mapping[tuple[int, ...], Outcome]
    spec: Spec

    @property
    def shape(self) -> tuple[int, ...]:
        """Levels of each axis."""
        return tuple(len(axis.levels) for axis in self.axes)

    @property
    def figures(self) -> list[str]:
        """Every figure that some point measured; those with limits first."""
        limited = dict.fromkeys(self.spec.limits)
        every = (found.figures.items() for found in self.outcomes.values())
        measured = dict.fromkeys(k for told in every for k, v in told if math.isfinite(v))
        return [*(k for k in limited if k in measured), *(k for k in measured if k not in limited)]

    def called(self, figure: str) -> str:
        """Return what the column of a figure is called, where an axis may have its name already."""
        return f"measured_{figure}" if any(a.name == figure for a in self.axes) else figure

    @property
    def failed(self) -> list[tuple[int, ...]]:
        """Places of the points that failed."""
        return [place for place, found in self.outcomes.items() if found.error]

    def values(self, figure: str) -> Reals:
        """Return a figure over all axes, NaN where it is unknown."""
        found: Reals = np.full(self.shape, math.nan)
        for place, one in self.outcomes.items():
            found[place] = one.figures.get(figure, math.nan)
        return found

    def keeps(self, place: tuple[int, ...]) -> bool:
        """Return whether a point keeps to the whole specification."""
        found = self.outcomes[place].figures
        limits = self.spec.limits.items()
        return all(limit.kept(found.get(name, math.nan)) for name, limit in limits)

    @property
    def fixed(self) -> list[int]:
        """Numbers of the axes that are not drawn."""
        return [i for i, axis in enumerate(self.axes) if not axis.drawn]

    def cells(self) -> list[Cell]:
        """Return the samples of each combination of what is not drawn."""
        tried = np.zeros(self.shape, bool)
        for place in self.outcomes:
            tried[place] = True
        every = {name: self.values(name) for name in self.figures}
        found = []
        for place in np.ndindex(*(self.shape[i] for i in self.fixed)):
            index: list[int | slice] = [slice(None)] * len(self.axes)
            levels = {}
            for i, level in zip(self.fixed, place, strict=True):
                index[i] = level
                levels[self.axes[i].name] = self.axes[i].levels[level].value
            at = tuple(index)
            values = {name: np.atleast_1d(v[at]).ravel() for name, v in every.items()}
            found.append(Cell(place, levels, values, np.atleast_1d(tried[at]).ravel()))
        return found

    @property
    def passed(self) -> bool:
        """Whether every cell yields what the specification asks for; without one, yes."""
        if not self.spec.limits:
            return True
        every = (cell.yields(self.spec) for cell in self.cells())
        return all(one.count and one.share >= self.spec.least_yield for one in every)

    @property
    def lost(self) -> bool:
        """Whether some cell cannot yield what is asked for, whatever is still measured of it."""
        for cell in self.cells() if self.spec.limits else ():
            found, size = cell.yields(self.spec), cell.tried.size
            if (found.passed + size - found.count) / size < self.spec.least_yield:
                return True
        return False

    def worst(self, figure: str = "") -> Cell | None:
        """Return the cell of the smallest yield, of a figure that of the smallest margin.

        None where nothing is limited, or measured.
        """
        cells = [cell for cell in self.cells() if cell.tried.any()]
        if not self.spec.limits or not cells:
            return None
        if figure:
            return min(cells, key=lambda cell: self._margin(cell, figure))
        return min(
            cells,
            key=lambda cell: (
                cell.yields(self.spec).share,
                min(self._relative(cell, name) for name in self.spec.limits),
            ),
        )

    def _margin(self, cell: Cell, figure: str) -> float:
        """Return the smallest margin of a cell's samples, that of a failed one being lost."""
        known = cell.known(figure)
        if known.size < cell.tried.sum():
            return -math.inf
        return min(self.spec.limits[figure].margin(float(value)) for value in known)

    def _relative(self, cell: Cell, figure: str) -> float:
        limit = self.spec.limits[figure]
        scale = max(abs(end) for end in (limit.least, limit.most) if math.isfinite(end)) or 1.0
        return self._margin(cell, figure) / scale
