"""Adam and momentum against the textbook, over several steps."""

import numpy as np
from reference import updates as slow
from reference.kernels import both_dtypes, close
from reference.registry import compares

from neuroep.core import updates
from neuroep.learning.updates.adam import Adam
from neuroep.learning.updates.sgd import SGD
from neuroep.network.parameters import Parameters

RATE = 0.03


def start(dtype: type) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    gradients = rng.normal(0, 1, (6, 5)).astype(dtype)
    gradients[:, 4] = 0  # a parameter without a gradient must not move
    return rng.normal(0, 1, 5).astype(dtype), gradients


@compares(updates.adam)
@both_dtypes
def test_adam(dtype: type) -> None:
    p, gradients = start(dtype)
    wanted = slow.adam(p, gradients.astype(float), RATE)
    first, second = np.zeros_like(p), np.zeros_like(p)
    fixed = [dtype(x) for x in (0.9, 0.999)]
    for t, g in enumerate(gradients, start=1):
        updates.adam(p, g, first, second, RATE, *fixed, t, dtype(1e-8))
    close(p, wanted, dtype, scale=1 if dtype is np.float64 else 10)


@both_dtypes
def test_adam_over_a_thousand_small_gradients(dtype: type) -> None:
    """As a training has them: what float32 loses stays far below what the parameters move."""
    rng = np.random.default_rng(7)
    gradients = (rng.normal(0.3, 1, (1000, 50)) * np.logspace(-6, -3, 50)).astype(dtype)
    p = np.zeros(50, dtype)
    wanted = slow.adam(p, gradients.astype(float), RATE)
    first, second = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, start=1):
        updates.adam(p, g, first, second, RATE, dtype(0.9), dtype(0.999), t, dtype(1e-8))
    np.testing.assert_allclose(p, wanted, rtol=1e-3 if dtype is np.float32 else 1e-9)


@compares(updates.momentum)
@both_dtypes
def test_momentum(dtype: type) -> None:
    p, gradients = start(dtype)
    wanted = slow.momentum(p, gradients.astype(float), RATE, 0.7)
    velocity = np.zeros_like(p)
    for g in gradients:
        updates.momentum(p, g, velocity, RATE, dtype(0.7))
    close(p, wanted, dtype)


@compares(updates.hold)
@both_dtypes
def test_hold(dtype: type) -> None:
    p = np.array([-1.0, 0.2, 0.5, 0.8, 3.0, -0.5], dtype)
    assert updates.hold(p, dtype(0.2), dtype(0.8)) == 3, "one at a limit is not beyond it"
    np.testing.assert_array_equal(p, np.array([0.2, 0.2, 0.5, 0.8, 0.8, 0.2], dtype))
    assert updates.hold(p, dtype(0.2), dtype(0.8)) == 0


def test_updates_move_each_parameter_at_its_own_rate_and_resume() -> None:
    values, gradients = start(np.float64)
    for update, slow_one in ((Adam(), slow.adam), (SGD(0.7), None)):
        parameters = Parameters({"a": (3,), "b": (2,)}, np.float64)
        parameters.flat[:] = values
        rates = {"a": RATE, "b": 0.0}
        rule = update.make(parameters, {}, np.random.default_rng(0))
        for i, g in enumerate(gradients):
            if i == 3:  # a checkpoint in between
                saved = {k: np.array(v) for k, v in rule.to_arrays().items()}
                rule = update.make(parameters, {}, np.random.default_rng(0))
                rule.from_arrays(saved)
            gradient = parameters.zeros_like()
            gradient.flat[:] = g
            rule.apply(parameters, gradient, rates)
        if slow_one is not None:
            wanted = slow_one(values, gradients, RATE)
        else:
            wanted = slow.momentum(values, gradients, RATE, 0.7)
        np.testing.assert_allclose(parameters["a"], wanted[:3], rtol=1e-12)
        np.testing.assert_array_equal(parameters["b"], values[3:])
