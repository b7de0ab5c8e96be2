"""The local slopes of the total energy against differences of the slow reference's energy."""

import numpy as np
import pytest
from reference.problems import WIRINGS, sequences

from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.settle import Stop, settle

BETAS = (0.6, -0.4)


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
@pytest.mark.parametrize("wiring", WIRINGS)
def test_slope_of_the_energy_at_any_state(wiring: str, cost: str) -> None:
    """Far from the fixed point too, at several nudges at once, each example with its own share."""
    problem = WIRINGS[wiring](cost, np.float64)
    if "words" in problem.inputs:
        problem.inputs["words"] = sequences(np.random.default_rng(4), (3, 0, 1, 6))
    drive = problem.drive
    found = settle(problem.network, drive, beta=BETAS, target=problem.target, stop=Stop(0.0, 1))
    share = np.array([[0.5, -1.0, 2.0, 0.3], [1.5, 0.7, -0.2, 0.0]])
    slope = energy_slope(found, share)
    examples = problem.example
    held = [
        (
            e,
            beta,
            share[phase, e.index],
            *(
                e.read(drive.plan, flat, phase * problem.count + e.index)
                for flat in (found.state.potential, found.state.activity)
            ),
        )
        for phase, beta in enumerate(BETAS)
        for e in examples
    ]
    rng, h = np.random.default_rng(9), 1e-5
    for name, found_slope in slope.items():
        way = rng.normal(size=found_slope.shape)
        difference = 0.0
        for sign in (1, -1):
            for e in examples:
                e.p[name] += sign * h * way
            energy = sum(part * e.held_energy(v, s, beta) for e, beta, part, v, s in held)
            difference += sign * energy / (2 * h)
            for e in examples:
                e.p[name] -= sign * h * way
        assert (found_slope * way).sum() == pytest.approx(difference, rel=1e-6, abs=1e-8), name


def test_slopes_add_up() -> None:
    problem = WIRINGS["stacked"]("squared", np.float64)
    found = settle(problem.network, problem.drive)
    once = energy_slope(found, 0.25)
    into = energy_slope(found, -1.0)
    np.testing.assert_allclose(into.flat, -4 * once.flat, rtol=1e-12, atol=1e-14)
    assert energy_slope(found, 1.0, into=into) is into
    np.testing.assert_allclose(into.flat, 0, atol=1e-12)
