"""The gradient of every parameter against the exact one through the fixed point, in float64."""

import numpy as np
import pytest
from reference.problems import WIRINGS, Problem, hard

from neuroep.learning.estimate import estimate
from neuroep.settle import Stop, settle

STOP = Stop(1e-14, 3000)
COSTS = ("squared", "cross_entropy")
BETAS = np.array([0.003, 0.01, 0.02, 0.05])


def errors(problem: Problem, beta: float, rule: str = "centered") -> dict[str, float]:
    """Return the relative error of each parameter's gradient."""
    found = estimate(problem.network, problem.drive, problem.target, rule, beta=beta, stop=STOP)
    assert found.free.residual.max() < 1e-13
    assert found.nudged.residual.max() < 1e-13
    exact = problem.exact(found.free)
    norm = np.linalg.norm
    return {
        name: float(norm(found.gradient[name] - wanted) / norm(wanted))
        for name, wanted in exact.items()
    }


def slope(values: list[float], betas: np.ndarray = BETAS) -> float:
    """Return the slope in a log-log plot against beta."""
    return float(np.polyfit(np.log(betas), np.log(values), 1)[0])


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("wiring", WIRINGS)
def test_centered_gradient_is_exact_to_second_order_in_beta(wiring: str, cost: str) -> None:
    problem = WIRINGS[wiring](cost, np.float64)
    by_beta = [errors(problem, beta) for beta in BETAS]
    for name in problem.network.parameters:
        assert by_beta[1][name] < 1e-3, name
        assert 1.9 < slope([e[name] for e in by_beta]) < 2.1, name


def test_the_exact_gradient_is_the_slope_of_the_settled_cost() -> None:
    """The yardstick itself, against central differences along random directions."""
    rng = np.random.default_rng(0)
    for wiring in ("token", "dense_words", "two_inputs"):
        problem = WIRINGS[wiring]("cross_entropy", np.float64)
        network = problem.network
        parameters = network.parameters

        def settled_cost(problem: Problem = problem) -> float:
            drive = problem.drive
            free = settle(problem.network, drive, stop=STOP)
            return float(
                np.mean([e.cost(e.read(drive.plan, free.state.activity)) for e in problem.example])
            )

        exact = problem.exact(settle(network, problem.drive, stop=STOP))
        for name in parameters:
            way, here, h = rng.normal(size=parameters[name].shape), parameters[name].copy(), 1e-5
            parameters[name][:] = here + h * way
            above = settled_cost()
            parameters[name][:] = here - h * way
            below = settled_cost()
            parameters[name][:] = here
            assert (exact[name] * way).sum() == pytest.approx(
                (above - below) / (2 * h), rel=1e-6, abs=1e-9
            ), (wiring, name)


@pytest.mark.parametrize("cost", COSTS)
def test_hard_sigmoid_gradient_is_exact_away_from_its_kinks(cost: str) -> None:
    problem = hard(cost, np.float64)
    free = settle(problem.network, problem.drive, stop=STOP)
    v = np.concatenate([free.potential("hidden").ravel(), free.potential("out").ravel()])
    assert min(np.abs(v).min(), np.abs(v - 1).min()) > 0.02, "a kink is too near for this test"
    assert 0 < (np.clip(v, 0, 1) != v).mean() < 0.7, "some neurons are at a rail, not all"
    assert max(errors(problem, 0.01).values()) < 1e-3


@pytest.mark.parametrize("cost", COSTS)
def test_one_sided_gradient_is_exact_to_first_order_in_beta(cost: str) -> None:
    problem = WIRINGS["pooled"](cost, np.float64)
    by_beta = [errors(problem, beta, "one_sided") for beta in BETAS]
    for name in problem.network.parameters:
        assert 0.9 < slope([e[name] for e in by_beta]) < 1.1, name


def test_random_sign_averages_to_the_centered_gradient() -> None:
    """A step with +beta and one with -beta make two centered steps; signs are fair and its own."""
    problem = WIRINGS["pooled"]("squared", np.float64)
    beta, draws = 0.2, 200
    rng = np.random.default_rng(7)
    found = [
        estimate(
            problem.network,
            problem.drive,
            problem.target,
            "random_sign",
            beta=beta,
            stop=Stop(1e-12, 500),
            rng=rng,
        )
        for _ in range(draws)
    ]
    signs = np.array([np.sign(f.nudged.beta[0]) for f in found])
    assert np.abs(signs.mean(axis=0)).max() < 0.25
    assert len({tuple(s) for s in signs}) == 16, "each example draws its own sign"
    mean = np.mean([f.gradient.flat for f in found], axis=0)
    centered, one_sided = (
        estimate(
            problem.network, problem.drive, problem.target, name, beta=beta, stop=STOP
        ).gradient.flat
        for name in ("centered", "one_sided")
    )
    # One-sided, the bias of first order stays however long one averages.
    assert np.linalg.norm(mean - centered) < 0.2 * np.linalg.norm(one_sided - centered)
    plus, minus = (
        estimate(
            problem.network, problem.drive, problem.target, "one_sided", beta=b, stop=STOP
        ).gradient.flat
        for b in (beta, -beta)
    )
    np.testing.assert_allclose(0.5 * (plus + minus), centered, atol=1e-10)
