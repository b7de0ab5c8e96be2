"""Reference gradients of drawn chips: the slope of their own cost, or none at all."""

import numpy as np
import pytest
from learning.hopfield.test_backprop import TIGHT, check_by_differences
from reference import drawn as slow
from reference.problems import WIRINGS, Problem

from neuroep.learning.hopfield.backprop.reference import backprop_gradient
from neuroep.network.hopfield.network import Network

NAMES = ("pooled", "token", "stacked", "triangle")


def problem_of(name: str, **options) -> Problem:
    return slow.drawn(WIRINGS[name]("squared", np.float64), **options)


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_at_rest_is_the_slope_of_the_chips_own_cost(name: str) -> None:
    problem = problem_of(name)
    found = backprop_gradient(problem.network, problem.drive, problem.target, method="implicit")
    assert found.free.converged
    check_by_differences(problem, found.gradient, "sweep", TIGHT)


@pytest.mark.parametrize("name", NAMES)
def test_so_is_that_through_a_few_sweeps(name: str) -> None:
    problem = problem_of(name)
    found = backprop_gradient(problem.network, problem.drive, problem.target, steps=3)
    check_by_differences(problem, found.gradient, "sweep", TIGHT.__class__(0.0, 3))


def one_unit_apart(network: Network) -> None:
    """Let one unit of attention ask by more than the others do."""
    units = dict(network.drawn)
    name = next(name for name in units if network.layers[name].stored)
    units[name].gain[0] *= 1.01
    network.draw(units, {})


@pytest.mark.parametrize("method", ["bptt", "implicit"])
def test_attention_that_answers_other_than_it_asks_has_none(method: str) -> None:
    problem = problem_of("pooled")
    backprop_gradient(problem.network, problem.drive, problem.target, method=method)
    one_unit_apart(problem.network)
    with pytest.raises(ValueError, match="has no energy"):
        backprop_gradient(problem.network, problem.drive, problem.target, method=method)
