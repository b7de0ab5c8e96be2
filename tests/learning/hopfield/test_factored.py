"""Gradients of large couplings as factors: the same numbers, multiplied out when asked for."""

from typing import Any

import numpy as np
import pytest
from reference.crossed import crossed
from reference.problems import WIRINGS

from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield import slopes
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.updates import UPDATES
from neuroep.settle import Stop


def both(monkeypatch: pytest.MonkeyPatch, rule: str = "centered", **options: Any) -> list[Estimate]:
    """Return one estimate with every coupling factored, and one with none."""
    found = []
    for least in (0, 1 << 30):
        monkeypatch.setattr(slopes, "FACTORED", least)
        problem = crossed("squared", np.float64)
        found.append(
            estimate(
                problem.network,
                problem.drive,
                problem.target,
                rule,
                beta=0.3,
                stop=Stop(1e-12, 300),
                **options,
            )
        )
    return found


@pytest.mark.parametrize("rule", ["centered", "one_sided"])
def test_factors_multiply_out_to_the_gradient(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    """Whole arrays, blocks of rows, and the names and shapes of the parameters."""
    factored, dense = (f.gradient for f in both(monkeypatch, rule))
    assert set(factored.factors) == {
        "first_second-hidden",
        "second_first-hidden",
        "first_first-hidden",
        "first_first-out",
        "hidden-out",
    }
    assert not dense.factors
    assert list(factored) == list(dense)
    assert len(factored) == len(dense)
    assert factored.flat.size < dense.flat.size
    for name, want in dense.items():
        np.testing.assert_allclose(factored[name], want, rtol=1e-12, atol=1e-15)
        assert np.linalg.norm(want) > 0
        rows = factored.rows(name, 1, len(want) - 1)
        np.testing.assert_allclose(rows, want[1:-1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("wiring", WIRINGS)
def test_pulses_that_are_products_find_the_same_gradient_in_any_wiring(wiring: str) -> None:
    """Shared projections between layers of rows among them, with padding."""
    problem = WIRINGS[wiring]("squared", np.float64)
    dense, factored = (
        estimate(HopfieldSystem(problem.network, factored=kept), problem.drive, problem.target)
        for kept in (False, True)
    )
    for name in factored.gradient.factors:
        want = dense.gradient[name]
        before, behind = factored.gradient.products(name)  # type: ignore[misc]
        for found in (factored.gradient[name], -before.T @ behind):
            np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("update", UPDATES)
def test_updates_are_the_same(monkeypatch: pytest.MonkeyPatch, update: str) -> None:
    """In blocks of a few rows, over several steps."""
    monkeypatch.setattr("neuroep.learning.updates.updater.BLOCK", 20)
    changed = []
    for found in both(monkeypatch):
        parameters = found.free.drive.plan.network.parameters
        limits = dict.fromkeys(parameters, (-0.5, 0.5))
        granting = UPDATES[update]().make(parameters, limits, np.random.default_rng(0))
        rates = {name: 0.01 * (i % 3) for i, name in enumerate(parameters)}
        for _ in range(3):
            granting.apply(parameters, found.gradient, rates)
        changed.append(parameters.flat.copy())
    np.testing.assert_allclose(*changed, rtol=1e-9, atol=1e-12)
    assert abs(changed[0] - crossed("squared", np.float64).network.parameters.flat).max() > 0.01


def test_a_factor_that_is_not_a_number_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is multiplied."""
    gradient = both(monkeypatch)[0].gradient
    assert gradient.finite
    gradient.factors["hidden-out"][0].post[0, 0] = np.nan
    assert not gradient.finite
