"""Transfer curves as they were measured, and the neurons that have them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neuroep.core.hopfield import spline
from neuroep.core.tables import Floats, Inputs, Reals
from neuroep.network.hopfield.neurons import Neurons

if TYPE_CHECKING:
    from neuroep.network.hopfield.drive import Drive

MOST_REPAIR = 1e-3
"""Most that a measured activity may be moved to make it monotone, as a share of its range."""

MOST_BINS = 4
"""Most bins of a look-up for each piece of a curve whose points are unevenly spaced."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A measured transfer curve, or one of each unit of a layer, on the normalised scale.

    Parameters
    ----------
    potential : array_like (points,)
        Potentials at which it was measured, increasing.
    activity : array_like (points,) or (units, points)
        Activities there: of one curve for all units, or of one a unit. What falls by noise, at
        most 1e-3 of the range once it is levelled, is made monotone by isotonic regression.

    Raises
    ------
    ValueError
        Fewer than two points, or not as many activities; a number that is not finite; potentials
        that do not increase; activities that fall, or are the same everywhere.

    Notes
    -----
    Between points the activity is a cubic spline, its slopes limited so that it is monotone (Hyman
    1983). Beyond both ends it is constant, and its slope falls to 0 within the outermost pieces, so
    that no slope jumps where a measurement ended.
    """

    potential: Reals
    activity: Reals

    def __post_init__(self) -> None:
        potential = _finite("potential", self.potential)
        activity = _finite("activity", self.activity)
        if potential.ndim != 1 or potential.size < 2:
            raise ValueError(f"potential: needs at least two points, has {potential.size}")
        if (
            activity.ndim not in (1, 2)
            or activity.shape[-1:] != potential.shape
            or not len(activity)
        ):
            raise ValueError(
                f"activity: needs the {potential.size} points of the potential, or as many a unit; "
                f"has the shape {activity.shape}"
            )
        falls = np.flatnonzero(np.diff(potential) <= 0)
        if falls.size:
            after = potential[falls[0] + 1]
            raise ValueError(f"potential: must increase; {after:g} follows {potential[falls[0]]:g}")
        object.__setattr__(self, "potential", potential)
        object.__setattr__(self, "activity", _monotone(activity))
        potential.setflags(write=False)
        self.activity.setflags(write=False)

    @classmethod
    def from_table(cls, entry: Any) -> Self:
        """Return the curve of a design's table of points; a ValueError that begins with the key."""
        if not isinstance(entry, Mapping) or set(entry) != {"potential", "activity"}:
            raise ValueError("curve: must name a file with columns potential and activity")
        try:
            potential, activity = (np.array(entry[key], float) for key in ("potential", "activity"))
        except (TypeError, ValueError):
            raise ValueError("curve: must be numbers") from None
        try:
            return cls(potential, activity)
        except ValueError as error:
            raise ValueError(f"curve.{error}") from None

    @property
    def units(self) -> int:
        """Units that have a curve of their own; 0 where one serves all."""
        return len(self.activity) if self.activity.ndim == 2 else 0

    @cached_property
    def constants(self) -> Reals:
        """What kernels read of it, a row a curve."""
        return _constants(self.potential, np.atleast_2d(self.activity))

    @cached_property
    def gain(self) -> float:
        """The slope of its steepest unit at the steepest point."""
        return _steepest(self.constants)

    @cached_property
    def at_rest(self) -> Reals:
        """Activities at a potential of zero."""
        return np.array([spline.spline(0.0, own) for own in self.constants])

    def of_first(self, units: int) -> "Curve":
        """Return what the first units of a layer have."""
        return Curve(self.potential, self.activity[:units]) if self.units else self


def _finite(name: str, given: Reals) -> Reals:
    values = np.array(given, np.float64)  # a copy: nobody else's array is frozen
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: must be finite numbers")
    return values


def _monotone(activity: Reals) -> Reals:
    """Return activities that never fall; a ValueError that says by how much they do."""
    span = float(np.ptp(activity))
    if span == 0.0:
        raise ValueError("activity: is the same everywhere")
    levelled = activity.copy()
    for row in np.atleast_2d(levelled):
        if (np.diff(row) < 0).any():
            row[:] = _isotonic(row)
    if np.abs(levelled - activity).max() > MOST_REPAIR * span:
        fall = (np.maximum.accumulate(activity, axis=-1) - activity).max()
        raise ValueError(
            f"activity: falls by {fall:.3g} of a range of {span:.3g}: a neuron whose curve is not "
            "monotone has no Lagrangian"
        )
    return levelled


def _isotonic(values: Reals) -> Reals:
    """Return the nearest values that never fall, in least squares: what does is pooled."""
    means: list[float] = []
    counts: list[int] = []
    for value in values:
        mean, count = float(value), 1
        while means and means[-1] > mean:
            last, before = means.pop(), counts.pop()
            mean = (last * before + mean * count) / (before + count)
            count += before
        means.append(mean)
        counts.append(count)
    return np.repeat(means, counts)


def _slopes(potential: Reals, activity: Reals) -> Reals:
    """Return the slopes at the points: a cubic spline's, as far as it is monotone; 0 at the ends.

    A cubic rises throughout a piece when neither end is steeper than three times its secant (Hyman
    1983, with de Boor & Swartz 1977). Where no limit is met the second derivative is continuous,
    and errors of a difference in ``beta`` fall with its square.
    """
    rise = np.diff(activity) / np.diff(potential)
    slopes = np.zeros_like(activity)
    if potential.size > 2:
        from scipy.interpolate import CubicSpline  # not by who has no measured neuron

        smooth = CubicSpline(potential, activity, axis=1)(potential[1:-1], 1)
        slopes[:, 1:-1] = np.clip(smooth, 0.0, 3.0 * np.minimum(rise[:, :-1], rise[:, 1:]))
    return slopes


def _constants(potential: Reals, activity: Reals) -> Reals:
    """Return what the kernels of :mod:`neuroep.core.hopfield.spline` read, a row a curve."""
    step = np.diff(potential)
    slopes = _slopes(potential, activity)
    rise = np.diff(activity) / step
    first, second = slopes[:, :-1], slopes[:, 1:]
    square = (3 * rise - 2 * first - second) / step
    cube = (first + second - 2 * rise) / step**2
    areas = step * (activity[:, :-1] + step * (first / 2 + step * (square / 3 + step * cube / 4)))
    points, span = potential.size, potential[-1] - potential[0]
    bins = int(np.clip(np.round(span / step.min()), 1, MOST_BINS * (points - 1)))
    edges = potential[0] + span * np.arange(bins) / bins
    pieces = np.zeros((len(activity), points + 1, spline.PIECE))
    pieces[:, 0, spline.START], pieces[:, 1:, spline.START] = potential[0], potential
    pieces[:, 0, spline.ACTIVITY], pieces[:, 1:, spline.ACTIVITY] = activity[:, 0], activity
    pieces[:, 2:, spline.LAGRANGIAN] = np.cumsum(areas, axis=1)
    pieces[:, 1:-1, spline.LINEAR] = first
    pieces[:, 1:-1, spline.SQUARE], pieces[:, 1:-1, spline.CUBE] = square, cube
    head = [points, bins, potential[0], potential[-1], bins / span]
    places = np.searchsorted(potential, edges, side="right")
    shared = np.tile(np.concatenate([head, places]), (len(activity), 1))
    constants = np.concatenate([shared, pieces.reshape(len(activity), -1)], axis=1)
    # As for other neurons, F(0) = 0.
    pieces[:, :, spline.LAGRANGIAN] -= [[spline.spline_lagrangian(0.0, own)] for own in constants]
    return np.concatenate([shared, pieces.reshape(len(activity), -1)], axis=1)


def _steepest(constants: Reals) -> float:
    """Return the largest slope of any curve: at a point, or between two where it is bent most."""
    points, bins = int(constants[0, spline.POINTS]), int(constants[0, spline.BINS])
    pieces = constants[:, spline.HEAD + bins :].reshape(-1, points + 1, spline.PIECE)[:, 1:]
    step = np.diff(pieces[:, :, spline.START])
    first, square, cube = (pieces[:, :-1, k] for k in (spline.LINEAR, spline.SQUARE, spline.CUBE))
    with np.errstate(divide="ignore", invalid="ignore"):
        bent = -square / (3 * cube)
        between = np.where((cube < 0) & (bent > 0) & (bent < step), first + square * bent, 0.0)
    return float(max(first.max(), between.max()))


@dataclass(frozen=True)
class Measured(Neurons):
    """A measured transfer curve, one for all units or one each; its gain is the steepest slope.

    Parameters
    ----------
    curve : Curve
        What was measured, on the normalised scale.
    """

    curve: Curve = field(kw_only=True, repr=False)
    gain: float = field(init=False)

    activity = staticmethod(spline.spline)
    slope = staticmethod(spline.spline_slope)
    lagrangian = staticmethod(spline.spline_lagrangian)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", self.curve.gain)
        super().__post_init__()
        if self.curve.units not in (0, self.size):
            where = f"layer {self.name!r}: " if self.name else ""
            raise ValueError(
                f"{where}curve: of {self.curve.units} units, the layer has {self.size}"
            )

    @property
    def low(self) -> float:
        """Lowest activity of any unit."""
        return float(self.curve.activity.min())

    @property
    def high(self) -> float:
        """Highest activity of any unit."""
        return float(self.curve.activity.max())

    @classmethod
    def from_table(cls, entry: dict[str, Any]) -> dict[str, Any]:
        """Return a design's table with the curve made of its points."""
        return entry | {"curve": Curve.from_table(entry.get("curve"))}

    def to_table(self) -> dict[str, Any]:
        """Return all fields but the name, and but the gain, which the curve has."""
        fields = super().to_table()
        fields.pop("gain")
        points = (("potential", self.curve.potential), ("activity", self.curve.activity))
        return fields | {"curve": {key: values.tolist() for key, values in points}}

    def cut(self, size: int) -> Self:
        """Return the layer with its first units alone, and their curves."""
        return replace(self, size=size, curve=self.curve.of_first(size))

    def kernel_constants(self) -> Reals:
        """Return the pieces of each curve."""
        return self.curve.constants

    def rest(self, drive: "Drive", inputs: Inputs, activity: Floats, lagrangian: Reals) -> None:
        """Write what each curve is at a potential of zero."""
        activity[:] = self.curve.at_rest
