"""Initial parameters: what is drawn, and from what."""

from copy import deepcopy

import numpy as np
import pytest

from neuroep import Clamped, HardSigmoid, Network, settle


def net(spread: float) -> Network:
    """A chain whose hidden biases are drawn within ``spread`` of 0.5."""
    found = Network()
    found.add(Clamped(6), "x")
    found.add(HardSigmoid(400, bias=0.5, bias_spread=spread), "hidden")
    found.add(HardSigmoid(3, bias=0.2), "out")
    found.connect("x", "hidden")
    found.connect("hidden", "out", gain=2.0)
    found.initialise(4)
    return found


def test_biases_are_drawn_around_their_value() -> None:
    """Uniform: both ends are reached, and the other layer's stay where they are."""
    found = net(0.25).parameters
    bias = found["hidden.bias"]
    assert 0.25 <= bias.min() < 0.26
    assert 0.74 < bias.max() <= 0.75
    assert abs(bias.mean() - 0.5) < 0.03
    assert (found["out.bias"] == np.float32(0.2)).all()


def test_biases_without_a_spread_draw_nothing() -> None:
    """So that a network's other parameters do not depend on them."""
    plain = net(0.0).parameters
    assert (plain["hidden.bias"] == 0.5).all()
    limit = np.sqrt(6 / 406)
    want = np.random.default_rng(4).uniform(-limit, limit, (6, 400)).astype(np.float32)
    np.testing.assert_array_equal(plain["x-hidden"], want)


def test_a_negative_spread() -> None:
    """The message names the field."""
    with pytest.raises(ValueError, match="bias_spread"):
        HardSigmoid(3, bias_spread=-0.1)


def test_a_deep_copy_settles_with_weights_of_its_own() -> None:
    first = net(0.0)
    x = np.random.default_rng(0).uniform(0, 1, (2, 6)).astype(np.float32)
    before = settle(first, x).activity("out").copy()
    second = deepcopy(first)
    second.parameters["out.bias"][:] = 1.0
    assert np.shares_memory(second.parameters["out.bias"], second.parameters.flat)
    assert (settle(second, x).activity("out") == 1.0).all()
    np.testing.assert_array_equal(settle(first, x).activity("out"), before)
