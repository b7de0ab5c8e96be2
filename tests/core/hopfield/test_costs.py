"""Cost kernels, and the exact step of a nudged layer."""

import numpy as np
import pytest
from reference.kernels import both_dtypes, close
from reference.neurons import NEURONS
from reference.problems import WIRINGS, Problem
from reference.registry import compares
from reference.settling import nudged_drive, solve

from neuroep.core.hopfield.activations import rails
from neuroep.core.hopfield.costs import cost_value, nudge_drive, readout, softmax_in_place
from neuroep.core.hopfield.layers import activate_neurons, clip_neurons, solve_potential
from neuroep.core.jit import scalar_address
from neuroep.core.tables import ACTIVITY, LAYER_COLUMNS, RAILS, SLOPE
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh

COSTS = ("squared", "cross_entropy")


def layer_row(kind: type[Neurons]) -> np.ndarray:
    row = np.zeros(LAYER_COLUMNS, np.int64)
    row[ACTIVITY], row[SLOPE] = scalar_address(kind.activity), scalar_address(kind.slope)
    return row


def example_with_cost(cost: str, dtype: type, mass: float = 1.0) -> tuple[Problem, np.ndarray]:
    """Return a problem whose targets may sum to more than one, and activities of its output."""
    problem = WIRINGS["vector"](cost, dtype)
    problem.target = mass * np.array([[0.7, 0.2, 0.1]] * 4)
    return problem, np.array([0.9, 0.15, 0.4], dtype)


@compares(readout)
@both_dtypes
def test_readout(dtype: type) -> None:
    problem, s = example_with_cost("cross_entropy", dtype)
    p = problem.network.parameters
    z = np.empty(3)
    readout(problem.drive.plan.sweep.cost, p.flat, s, z)
    close(z, s.astype(float) @ p["readout.weight"] + p["readout.bias"], dtype)


@compares(softmax_in_place)
@pytest.mark.parametrize("z", [[0.0, 1.0, -2.0], [800.0, 799.0, -800.0], [-900.0]])
def test_softmax_in_place(z: list[float]) -> None:
    z = np.array(z)
    norm = np.logaddexp.reduce(z)
    wanted = np.exp(z - norm)
    assert softmax_in_place(z) == pytest.approx(norm, rel=1e-14)
    np.testing.assert_allclose(z, wanted, rtol=1e-12)


@compares(cost_value)
@both_dtypes
@pytest.mark.parametrize("mass", [1.0, 2.5])
@pytest.mark.parametrize("cost", COSTS)
def test_cost_value(cost: str, mass: float, dtype: type) -> None:
    problem, s = example_with_cost(cost, dtype, mass)
    example = problem.example[0]
    p = problem.network.parameters
    target = problem.target[0].astype(dtype)
    found = cost_value(problem.drive.plan.sweep.cost, p.flat, s, target, np.empty(3))
    close(found, example.cost({"out": s.astype(float)}), dtype)


@compares(nudge_drive)
@both_dtypes
@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("beta", [0.0, 0.7, -0.4])
@pytest.mark.parametrize("mass", [1.0, 2.5])
@pytest.mark.parametrize("cost", COSTS)
def test_nudge_drive(cost: str, mass: float, beta: float, implicit: bool, dtype: type) -> None:
    problem, s = example_with_cost(cost, dtype, mass)
    example, p = problem.example[0], problem.network.parameters
    u = np.array([0.3, -1.0, 2.0], dtype)
    wanted, stiffness = u.astype(float), 0.0
    if beta:
        wanted, stiffness = nudged_drive(example, wanted, s.astype(float), beta, implicit)
    curvature = 1.0
    if cost == "cross_entropy":
        curvature = 0.5 * np.linalg.norm(p["readout.weight"].astype(float), 2) ** 2
    found = nudge_drive(
        problem.drive.plan.sweep.cost,
        p.flat,
        s,
        problem.target[0].astype(dtype),
        beta,
        curvature,
        implicit,
        u,
        np.empty(3),
    )
    close(found, stiffness, dtype)
    close(u, wanted, dtype)


@compares(solve_potential)
@pytest.mark.parametrize("steepness", [0.0, 1e-3, 0.5, 4.0, 32.0, 2e3, -0.2, -0.9])
@pytest.mark.parametrize("gain", [0.5, 2.0, 16.0])
@pytest.mark.parametrize("kind", [Linear, HardSigmoid, Sigmoid, Tanh])
def test_solve_potential(kind: type[Neurons], gain: float, steepness: float) -> None:
    """Also where Newton alone would swing between the flat ends of a sigmoid for ever."""
    row, constants = layer_row(kind), np.array([gain, 0.0, 0.0, 0.0])
    stiffness = steepness / gain
    formula = NEURONS[kind.__name__].activity
    for drive in (0.0, 1e-9, 0.3, -0.7, 1.0, 4.0, -5.0, 300.0, -300.0):
        found = solve_potential(row, constants, 0, drive, stiffness)
        wanted = solve(lambda v: float(formula(v, gain)), stiffness, drive)
        assert found == pytest.approx(wanted, rel=1e-12, abs=1e-12), drive


@pytest.mark.parametrize("beta", [2.0, 0.5, -0.5])
@pytest.mark.parametrize("kind", [HardSigmoid, Sigmoid, Tanh])
def test_solution_minimises_the_nudged_energy(kind: type[Neurons], beta: float) -> None:
    """F*(s) - u s + beta (s - y)^2 / 2 over a fine grid of activities."""
    neuron, u, y = NEURONS[kind.__name__], 0.4, 0.25
    v = solve_potential(layer_row(kind), np.array([1.0, 0, 0, 0]), 0, u + beta * y, beta)
    grid = np.linspace(kind.low, kind.high, 200001)
    energy = neuron.conjugate(grid, 1.0) - u * grid + beta * (grid - y) ** 2 / 2
    assert neuron.activity(v, 1.0) == pytest.approx(grid[energy.argmin()], abs=2e-5)


@compares(activate_neurons)
@both_dtypes
@pytest.mark.parametrize("stiffness", [0.0, 0.8, -0.3])
@pytest.mark.parametrize("kind", [Linear, HardSigmoid, Sigmoid, Tanh])
def test_activate_neurons(kind: type[Neurons], stiffness: float, dtype: type) -> None:
    drive = np.linspace(-2, 2.1, 7).astype(dtype)
    v, s = np.zeros(7, dtype), np.linspace(0, 1, 7).astype(dtype)
    before, formula = s.astype(float), NEURONS[kind.__name__].activity
    change = activate_neurons(
        layer_row(kind), np.array([1.5, 0.0, 0.0, 0.0]), drive, stiffness, v, s
    )
    wanted = [solve(lambda x: float(formula(x, 1.5)), stiffness, float(a)) for a in drive]
    close(v, wanted, dtype)
    close(s, formula(np.array(wanted), 1.5), dtype)
    close(change, np.abs(formula(np.array(wanted), 1.5) - before).max(), dtype)


@compares(clip_neurons)
@both_dtypes
@pytest.mark.parametrize("stiffness", [0.0, 0.7, 40.0, -0.3])
@pytest.mark.parametrize("kind", [Linear, HardSigmoid])
def test_clipped_neurons(kind: type[Neurons], stiffness: float, dtype: type) -> None:
    """All in one loop, as one by one; also where potentials stand where the drive stood."""
    gain, formula = 1.3, NEURONS[kind.__name__].activity
    drive = np.linspace(-3, 3, 41).astype(dtype)
    v, s = drive.copy(), np.linspace(0, 1, 41).astype(dtype)
    before = s.astype(float)
    row = layer_row(kind)
    row[RAILS] = 4
    constants = np.array([gain, 0.0, 0.0, 0.0, *rails(kind.activity)])
    change = activate_neurons(row, constants, v, stiffness, v, s)
    wanted = [solve(lambda x: float(formula(x, gain)), stiffness, float(u)) for u in drive]
    close(v, wanted, dtype)
    close(s, formula(np.array(wanted), gain), dtype)
    close(change, np.abs(formula(np.array(wanted), gain) - before).max(), dtype)


def test_other_activities_are_not_taken_for_clipped_ones() -> None:
    for kind in (Sigmoid, Tanh):
        assert not np.isfinite(rails(kind.activity)).any()


@both_dtypes
@pytest.mark.parametrize("clipped", [False, True])
def test_a_neuron_that_is_not_finite_is_reported(clipped: bool, dtype: type) -> None:
    row, constants = layer_row(Linear), np.array([1.0, 0, 0, 0, -np.inf, np.inf])
    row[RAILS] = 4 if clipped else 0
    for bad in (np.nan, np.inf, -np.inf):
        for before in (0.0, bad):
            drive, v, s = np.array([0.1, bad], dtype), np.zeros(2, dtype), np.zeros(2, dtype)
            s[1] = before
            assert activate_neurons(row, constants, drive, 0.0, v, s) == np.inf
            np.testing.assert_array_equal(v, drive)


def test_rails_do_not_hide_what_is_not_a_number() -> None:
    s = np.zeros(2)
    assert clip_neurons(1.0, 0.0, 1.0, 0.5, np.array([0.1, np.nan]), np.zeros(2), s) == np.inf
    assert np.isnan(s[1])
