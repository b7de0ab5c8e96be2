"""What the study of learning rules compares, on the network that takes no time."""

import math

import numpy as np
import pytest


def test_rules_are_compared_with_the_gradient_of_the_settled_cost() -> None:
    from benchmarks.learning import rules

    given = rules.problem("resistive_small")
    assert given.compared(given.exact) == pytest.approx((1.0, 0.0, 1.0))
    assert given.compared(-2 * given.exact) == pytest.approx((-1.0, 3.0, 0.0))
    found = rules.over_beta(given)
    assert set(found) == {title for title, *_ in rules.RULES}
    first, last = rules.BETAS.index(0.03), rules.BETAS.index(0.3)
    for title, order in (("one-sided", 1), ("centered", 2), ("oscillating, 4 points", 4)):
        small, large = (found[title][at][1] for at in (first, last))
        assert abs(math.log10(large / small) - order) < 0.2, title
    assert all(cosine > 0.99 for cosine, _, _ in found["continual, a pair, rate 0"])
    assert all(signs > 0.99 for _, _, signs in found["one bit"])


def test_a_batch_moves_parameters_and_they_are_put_back() -> None:
    from benchmarks.learning import rules
    from neuroep.learning.rules.continual import Continual

    given = rules.problem("resistive_small")
    before = given.system.parameters.flat.copy()
    found = rules.moved(given, Continual(0.1, 2000), 1e-20)
    np.testing.assert_array_equal(given.system.parameters.flat, before)
    cosine, _, _ = given.compared(found)
    assert cosine > 0.9
