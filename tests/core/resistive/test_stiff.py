"""The implicit transient against scipy, and its parts against numpy."""

import numpy as np
import pytest
from reference import stiff as slow
from reference.registry import compares

from neuroep.core.resistive import stiff
from neuroep.core.tables import CONVERGED, DIVERGED, STEP_LIMIT

DURATION = 4e-7
SEEDS = (0, 1, 2)


def run(circuit, start, duration=DURATION, tolerance=1e-10, limit=20_000):
    times, energy = np.zeros(limit + 1), np.zeros(limit + 1)
    volts = np.zeros((limit + 1, len(start)))
    volts[0] = start
    steps, status = stiff.stiff_transient(circuit, duration, tolerance, times, volts, energy)
    return times[: steps + 1], volts[: steps + 1], energy[: steps + 1], status


@compares(stiff.node_currents, stiff.supply_power)
@pytest.mark.parametrize("seed", SEEDS)
def test_currents_and_power(seed: int, rng: np.random.Generator) -> None:
    circuit = slow.random_circuit(seed)
    v = rng.normal(0, 0.3, 7)
    current, slope, power_slope = np.zeros((3, 7))
    stiff.node_currents(circuit, v, current, slope)
    power = stiff.supply_power(circuit, v, power_slope)
    wanted_current, wanted_slope = slow.node_currents(circuit, v)
    wanted_power, wanted_power_slope = slow.supply_power(circuit, v)
    np.testing.assert_allclose(current, wanted_current, rtol=1e-12)
    np.testing.assert_allclose(slope, wanted_slope, rtol=1e-12)
    np.testing.assert_allclose(power, wanted_power, rtol=1e-12)
    np.testing.assert_allclose(power_slope, wanted_power_slope, rtol=1e-12)


@compares(stiff.factorise, stiff.substitute)
@pytest.mark.parametrize("n", [1, 2, 9])
def test_linear_system(n: int, rng: np.random.Generator) -> None:
    matrix, x = rng.normal(0, 1, (n, n)), rng.normal(0, 1, n)
    matrix[0, 0] = 0.0 if n > 1 else 2.0  # cannot be solved without exchanging rows
    factors, pivots, found = matrix.copy(), np.zeros(n, np.int64), x.copy()
    stiff.factorise(factors, pivots)
    stiff.substitute(factors, pivots, found)
    np.testing.assert_allclose(found, np.linalg.solve(matrix, x), rtol=1e-10)


@compares(stiff.rosenbrock_step)
def test_one_step_is_of_fifth_order_and_estimates_its_error() -> None:
    circuit = slow.random_circuit(3)
    n = 7
    space = np.empty((6, n)), np.empty((n, n)), np.empty(n, np.int64), np.empty((2, n))
    errors, estimates, energy_errors = [], [], []
    start = np.full(n, 0.02)
    for step in (2e-9, 1e-9):
        moved = np.empty(n)
        estimate, energy = stiff.rosenbrock_step(circuit, start, step, *space, moved)
        volts, drawn = slow.transient(circuit, start, [0.0, step])
        errors.append(np.abs(moved - volts[-1]).max())
        energy_errors.append(abs(energy - drawn[-1]))
        estimates.append(estimate)
    assert 2**4.5 < errors[0] / errors[1] < 2**5.5
    assert 2**4.3 < energy_errors[0] / energy_errors[1] < 2**5.7
    assert 2**3.5 < estimates[0] / estimates[1] < 2**4.5
    assert estimates[0] > errors[0]


@compares(stiff.stiff_transient)
@pytest.mark.parametrize("seed", SEEDS)
def test_transient_follows_scipy(seed: int) -> None:
    circuit = slow.random_circuit(seed)
    start = np.random.default_rng(seed).normal(0, 0.1, 7)
    times, volts, energy, status = run(circuit, start)
    wanted, drawn = slow.transient(circuit, start, times)
    assert status == CONVERGED
    assert times[-1] == DURATION
    np.testing.assert_allclose(volts, wanted, rtol=0, atol=1e-8)
    np.testing.assert_allclose(energy, drawn, rtol=0, atol=1e-7 * np.abs(drawn).max())


def test_it_ends_in_balance() -> None:
    circuit = slow.random_circuit(4)
    volts = run(circuit, np.zeros(7), 40 * DURATION)[1][-1]
    current, _ = slow.node_currents(circuit, volts)
    assert np.abs(current).max() < 1e-9 * np.abs(circuit.conductance @ volts).max()


def test_what_stops_it_early_is_told() -> None:
    circuit = slow.random_circuit(5)
    start = np.zeros(7)
    times, _, _, status = run(circuit, start, limit=10)
    assert status == STEP_LIMIT
    assert len(times) == 11
    assert times[-1] < DURATION
    assert run(circuit, np.full(7, np.nan))[-1] == DIVERGED
