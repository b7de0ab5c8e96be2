"""The oscillating nudge against a lock-in that is written out, and the order of its bias."""

import math

import numpy as np
import pytest
from learning_support import PROBLEMS, Reviews, words_system

from neuroep.learning.estimate import estimate
from neuroep.learning.rules.oscillating import Oscillating
from neuroep.traces.lens import _ends


def lock_in(signal, rule: Oscillating) -> float:
    """Return the slope of signal(beta) at 0 as lock-in amplifiers read it, a full period at once.

    Each multiplies by its cosine and averages; the k-th harmonic of a Chebyshev series counts with
    the slope of T_k at zero.
    """
    count = 2 * rule.points
    total = 0.0
    for number in range(rule.harmonics or rule.points // 2):
        k = 2 * number + 1
        mean = 0.0
        for n in range(count):
            phase = 2 * math.pi * (n + 0.5) / count
            mean += signal(rule.beta * math.cos(phase)) * math.cos(k * phase) / count
        total += 2 * mean * k * math.sin(k * math.pi / 2) / rule.beta
    return total


def read(signal, rule: Oscillating, rng) -> float:
    betas = rule.betas(1, rng)
    share, on_free = rule.shares(betas)
    assert on_free is None
    return float((share * signal(betas)).sum())


OPTIONS = [(2, 0), (4, 1), (4, 0), (6, 2), (6, 0), (8, 0)]


@pytest.mark.parametrize(("points", "harmonics"), OPTIONS)
def test_shares_are_those_of_a_lock_in(points: int, harmonics: int, rng) -> None:
    rule = Oscillating(0.7, points, harmonics)
    found = read(lambda beta: np.exp(1.3 * beta), rule, rng)
    assert found == pytest.approx(lock_in(lambda beta: math.exp(1.3 * beta), rule), rel=1e-12)


@pytest.mark.parametrize(("points", "harmonics"), OPTIONS)
def test_polynomials_of_lower_order_are_read_exactly(points: int, harmonics: int, rng) -> None:
    rule = Oscillating(0.7, points, harmonics)
    read_of = 2 * (harmonics or points // 2)
    for power in range(read_of + 1):  # the first that is not is of order read_of + 1
        slope = read(lambda beta, p=power: beta**p, rule, rng)
        assert slope == pytest.approx(float(power == 1), abs=1e-12), power
    assert abs(read(lambda beta: beta ** (read_of + 1), rule, rng)) > 1e-4


def error(problem: str, rule: str, reference: np.ndarray, **options) -> float:
    system, inputs, target = PROBLEMS[problem]()
    found = estimate(system, system.clamp(inputs), target, rule, **options).gradient
    values = np.concatenate([found[name].ravel() for name in found])
    return float(np.linalg.norm(values - reference) / np.linalg.norm(reference))


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(("points", "order"), [(2, 2), (4, 4)])
def test_the_bias_falls_with_the_power_of_b_that_there_are_points(
    problem: str, points: int, order: int
) -> None:
    system, inputs, target = PROBLEMS[problem]()
    exact = estimate(system, system.clamp(inputs), target, "implicit").gradient
    reference = np.concatenate([exact[name].ravel() for name in exact])
    large, small = (0.1, 0.05) if problem == "hopfield" else (0.4, 0.2)
    errors = [
        error(problem, "oscillating", reference, beta=beta, points=points)
        for beta in (large, small)
    ]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.35)
    # One lock-in is three quarters of a centered pair's bias.
    pair = error(problem, "centered", reference, beta=small)
    one = error(problem, "oscillating", reference, beta=small, points=4, harmonics=1)
    assert one / pair == pytest.approx(0.75, abs=0.02)


def test_two_points_are_a_centered_pair() -> None:
    system, inputs, target = PROBLEMS["hopfield"]()
    drive = system.clamp(inputs)
    two = estimate(system, drive, target, "oscillating", beta=0.3, points=2).gradient
    pair = estimate(system, drive, target, beta=0.3 * math.sqrt(0.5)).gradient
    np.testing.assert_allclose(two.flat, pair.flat, rtol=1e-9, atol=1e-12)


def test_bad_options_are_refused() -> None:
    for points in (0, 3, -2):
        with pytest.raises(ValueError, match="points must be even and at least 2"):
            Oscillating(points=points)
    for harmonics in (-1, 3):
        with pytest.raises(ValueError, match="harmonics: 4 points tell 0 to 2 apart"):
            Oscillating(harmonics=harmonics)


def test_it_works_by_spikes_and_traces_keep_the_extremes() -> None:
    given, y = Reviews(12, 1).batch(np.arange(12))
    found = []
    for solver in ("sweep", "spiking"):
        system = words_system(np.float64, solver)
        found.append(estimate(system, system.clamp(given), y, "oscillating").gradient)
    analog, spiking = (np.concatenate([g[name].ravel() for name in g]) for g in found)
    assert spiking @ analog > 0.9 * np.linalg.norm(spiking) * np.linalg.norm(analog)
    assert [list(_ends(n)) for n in (1, 2, 4, 6)] == [[0], [0, 1], [0, 3], [0, 5]]
