"""The spline of a measured neuron against scipy's, piece by piece, and its own derivatives."""

import numpy as np
import pytest
from reference.registry import compares
from scipy.interpolate import CubicHermiteSpline, CubicSpline

from neuroep.core import tables
from neuroep.core.hopfield import spline
from neuroep.core.hopfield.layers import first_constant
from neuroep.network.hopfield.curve import Curve


def uneven(rng: np.random.Generator, points: int = 23) -> tuple[np.ndarray, np.ndarray]:
    """Return potentials at uneven distances, and activities that rise."""
    potential = np.cumsum(rng.uniform(0.02, 1.0, points)) - 6.0
    return potential, np.cumsum(rng.uniform(0.0, 0.3, points)) - 1.5


@compares(spline.piece_at)
def test_the_piece_is_the_one_that_holds_the_potential(rng: np.random.Generator) -> None:
    potential, activity = uneven(rng)
    (constants,) = Curve(potential, activity).constants
    first = spline.HEAD + int(constants[spline.BINS])
    for u in [*rng.uniform(-8, 8, 500), *potential]:
        found = (spline.piece_at(u, constants) - first) // spline.PIECE
        assert found == np.searchsorted(potential, u, side="right")


def test_between_points_it_is_a_monotone_cubic(rng: np.random.Generator) -> None:
    potential, activity = uneven(rng)
    (constants,) = Curve(potential, activity).constants
    slopes = CubicSpline(potential, activity)(potential, 1)
    for k in range(1, potential.size - 1):
        secants = [
            (activity[j + 1] - activity[j]) / (potential[j + 1] - potential[j]) for j in (k - 1, k)
        ]
        slopes[k] = min(max(slopes[k], 0.0), 3.0 * min(secants))
    wanted = CubicHermiteSpline(potential, activity, slopes)
    # At both ends this one becomes flat, so that no slope jumps there.
    for u in rng.uniform(potential[1], potential[-2], 300):
        assert spline.spline(u, constants) == pytest.approx(float(wanted(u)), abs=1e-12)
    for end, u in ((0, -50.0), (-1, 50.0)):
        assert spline.spline(u, constants) == pytest.approx(activity[end], abs=1e-12)
        assert spline.spline_slope(u, constants) == 0.0


def test_lagrangian_activity_and_slope_are_derivatives(rng: np.random.Generator) -> None:
    potential, activity = uneven(rng)
    (constants,) = Curve(potential, activity).constants
    h = 1e-6
    for u in rng.uniform(-8, 8, 300):
        below, above = u - h, u + h
        rise = spline.spline_lagrangian(above, constants) - spline.spline_lagrangian(
            below, constants
        )
        assert rise / (2 * h) == pytest.approx(spline.spline(u, constants), abs=1e-6)
        rise = spline.spline(above, constants) - spline.spline(below, constants)
        assert rise / (2 * h) == pytest.approx(spline.spline_slope(u, constants), abs=1e-4)
    assert spline.spline_lagrangian(0.0, constants) == pytest.approx(0.0, abs=1e-15)


def test_slopes_are_bounded_by_the_gain(rng: np.random.Generator) -> None:
    curve = Curve(*uneven(rng))
    slopes = [spline.spline_slope(u, curve.constants[0]) for u in np.linspace(-8, 8, 20_001)]
    assert min(slopes) >= 0.0
    assert max(slopes) == pytest.approx(curve.gain, rel=1e-4)
    assert max(slopes) <= curve.gain * (1 + 1e-12)


def test_not_a_number_stays_one(rng: np.random.Generator) -> None:
    (constants,) = Curve(*uneven(rng)).constants
    assert np.isnan(spline.spline(np.nan, constants))


@compares(first_constant)
@pytest.mark.parametrize("stride", [0, 4])
def test_constants_of_a_unit(stride: int) -> None:
    layer = np.zeros(tables.LAYER_COLUMNS, np.int64)
    layer[tables.CONSTANTS], layer[tables.STRIDE] = 3, stride
    for unit in range(4):
        assert first_constant(layer, unit) == 3 + unit * stride
