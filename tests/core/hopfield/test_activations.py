"""Scalar neuron functions against the textbook, and each other: sigma = dF/du, F* its conjugate."""

import numpy as np
import pytest
from numba import njit
from reference.neurons import NEURONS
from reference.registry import compares

from neuroep.core.hopfield.layers import neuron_lagrangian
from neuroep.core.jit import scalar_address
from neuroep.core.pointers import call_scalar
from neuroep.core.tables import LAGRANGIAN, LAYER_COLUMNS
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Sigmoid, Tanh

TYPES = (Linear, HardSigmoid, Sigmoid, Tanh)
GAINS = (0.5, 1.0, 3.0)
U = np.concatenate([np.linspace(-2.03, 2.03, 41), [-60.0, 60.0, -1e4, 1e4]])


@njit
def call(address: int, u: float, constants: np.ndarray) -> float:
    return call_scalar(address, u, constants, 0)


@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", ["activity", "slope", "lagrangian"])
def test_scalar_function_equals_its_formula(kind: type, gain: float, name: str) -> None:
    function = getattr(kind, name)
    constants = np.array([gain, 0.0, 0.0, 0.0])
    wanted = getattr(NEURONS[kind.__name__], name)(U, gain)
    python = [function(u, constants) for u in U]
    compiled = [call(scalar_address(function), u, constants) for u in U]
    np.testing.assert_allclose(python, wanted, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(compiled, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize("kind", TYPES)
def test_activity_is_the_gradient_of_a_convex_lagrangian(kind: type, gain: float) -> None:
    constants, h = [gain], 1e-5
    u = np.linspace(-2.03, 2.03, 41)
    kinks = np.array([0.0, 1 / gain]) if kind is HardSigmoid else np.array([np.inf])
    u = u[np.abs(u[:, None] - kinks).min(axis=1) > 2 * h]

    def difference(function):
        up = [function(x + h, constants) for x in u]
        down = [function(x - h, constants) for x in u]
        return (np.array(up) - np.array(down)) / (2 * h)

    activity = [kind.activity(x, constants) for x in u]
    slope = np.array([kind.slope(x, constants) for x in u])
    np.testing.assert_allclose(difference(kind.lagrangian), activity, atol=1e-8)
    np.testing.assert_allclose(difference(kind.activity), slope, atol=1e-8)
    assert (slope >= 0).all()
    assert slope.max() <= gain * (1 + 1e-12), "the gain is the steepest slope"


@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize("kind", TYPES)
def test_conjugate_in_closed_form_equals_us_minus_f(kind: type, gain: float) -> None:
    u = U[np.abs(U) < 100]
    s = np.array([kind.activity(x, [gain]) for x in u])
    f = np.array([kind.lagrangian(x, [gain]) for x in u])
    # Where s rounds to a rail, u s - F is a difference of large numbers: hence the absolute part.
    np.testing.assert_allclose(
        u * s - f, NEURONS[kind.__name__].conjugate(s, gain), rtol=1e-9, atol=1e-13
    )


@compares(neuron_lagrangian)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_lagrangian_of_a_layer_is_the_sum_over_its_neurons(dtype: type) -> None:
    row = np.zeros(LAYER_COLUMNS, np.int64)
    row[LAGRANGIAN] = scalar_address(Sigmoid.lagrangian)
    v = np.linspace(-3, 3, 9).astype(dtype)
    wanted = NEURONS["Sigmoid"].lagrangian(v.astype(float), 2.0).sum()
    found = neuron_lagrangian(row, np.array([2.0, 0, 0, 0]), v)
    assert found == pytest.approx(wanted, rel=1e-12 if dtype is np.float64 else 1e-6)
