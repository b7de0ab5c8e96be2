"""Sweeps of resistive networks against plain references."""

import numpy as np
import pytest
from reference import resistive as slow
from reference.kernels import both_dtypes, close
from reference.registry import compares
from reference.resistive_case import BETAS, EXAMPLES, SILICON, Case, each_shape
from scipy.optimize import root
from scipy.special import wrightomega

from neuroep.core.resistive import chain as resistive
from neuroep.core.resistive import sweep as sweeps
from neuroep.core.resistive.omega import first_guess, omega
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import Status, Stop


@compares(sweeps.minimise_hidden, sweeps.minimise_outputs)
@both_dtypes
@pytest.mark.parametrize("beta", BETAS)
def test_a_layer_goes_to_its_minimum(beta: float, dtype: type) -> None:
    case = Case(slow.network((6,), dtype=dtype), beta)
    rng = np.random.default_rng(1)
    load = rng.uniform(1e-5, 1e-4, 6).astype(dtype)
    total = rng.normal(0, 1e-4, (EXAMPLES, 6)).astype(dtype)
    v = rng.normal(size=(EXAMPLES, 6)).astype(dtype)
    worst = np.zeros(EXAMPLES)
    wanted = total / load
    wanted[:, :3] = np.maximum(wanted[:, :3], 0)
    wanted[:, 3:] = np.minimum(wanted[:, 3:], 0)
    moves = 2.0 * np.abs(wanted - v).max(axis=1)
    sweeps.minimise_hidden(total, load, v, 2.0, worst)
    close(v, wanted, dtype)
    close(worst, moves, dtype)

    total, load = total[:, :4].copy(), load[:4]
    v = rng.normal(size=(EXAMPLES, 4)).astype(dtype)
    worst = np.full(EXAMPLES, 1e9)
    sweeps.minimise_outputs(total, load, v, case.sources, 0, 1.0, worst)
    b = beta * case.net.nudge_conductance
    for r in range(EXAMPLES):
        for i in range(2):
            pull = b * case.y[r, i] * case.net.output_gain
            pair = slice(2 * i, 2 * i + 2)
            matrix = np.diag(load[pair].astype(float)) + b * np.array([[1, -1], [-1, 1]])
            right = total[r, pair] + pull * np.array([1, -1])
            close(v[r, pair], np.linalg.solve(matrix, right), dtype, scale=3)
    assert (worst == 1e9).all()


def test_what_is_not_finite_is_never_taken_for_converged() -> None:
    load = np.ones(4)
    for bad in (np.nan, np.inf, -np.inf):
        for place in range(4):
            total = np.zeros((1, 4))
            total[0, place] = bad
            worst = np.zeros(1)
            sweeps.minimise_hidden(total, load, np.zeros((1, 4)), 1.0, worst)
            sweeps.minimise_hidden(np.ones((1, 4)), load, np.zeros((1, 4)), 1.0, worst)
            assert np.isnan(worst[0])
    net = slow.network((6, 4, 4))
    net.conductances[1][0, 0] = np.nan
    with pytest.raises(ValueError, match="layer 1, node 0"):
        settle_resistive(net, np.ones((1, 3)))
    for diode in (None, SILICON):
        net = slow.network((6, 4, 4), diode=diode)
        with np.errstate(over="ignore"):
            found = settle_resistive(net, [[1e308] * 3, [1.0] * 3], stop=Stop(1e-12, 1000))
        assert list(found.status[0]) == [Status.DIVERGED, Status.CONVERGED]


@compares(omega, first_guess)
def test_omega_is_what_scipy_says_wherever_it_starts() -> None:
    z = np.concatenate([np.linspace(-60, 60, 4001), [-700.0, -18.0, -1.0, 3.0, 1e5]])
    wanted = wrightomega(z)
    inside = (z > -18) & (z < 60)
    guesses = np.array([first_guess(x) for x in z[inside]])
    np.testing.assert_allclose(guesses, wanted[inside], rtol=0.1)
    for factor in (-1.0, 0.0, 1e-3, 0.95, 1.0, 1.04, 1e3):
        ours = np.array([omega(x, factor * w) for x, w in zip(z, wanted, strict=True)])
        np.testing.assert_allclose(ours, wanted, rtol=1e-14)


@compares(sweeps.minimise_diodes)
def test_a_node_with_a_diode_goes_where_no_current_is_left() -> None:
    rng = np.random.default_rng(1)
    load, saturation = rng.uniform(1e-5, 1e-4, 6), rng.uniform(1e-12, 1e-9, 6)
    total = rng.normal(0, 1e-4, (EXAMPLES, 6))
    v, worst = rng.normal(size=(EXAMPLES, 6)), np.zeros(EXAMPLES)
    before = v.copy()
    sweeps.minimise_diodes(total, load, v, saturation, 0.03, 0.15, 2.0, worst)
    np.testing.assert_allclose(worst, 2.0 * np.abs(v - before).max(axis=1))
    sign = np.array([1, 1, 1, -1, -1, -1])
    for r in range(EXAMPLES):

        def left(u: np.ndarray, r: int = r) -> np.ndarray:
            through = sign * saturation * np.expm1((0.15 - sign * u) / 0.03)
            return 1e6 * (total[r] - load * u + through)

        np.testing.assert_allclose(v[r], root(left, v[r] + 1e-3, tol=1e-14).x, atol=1e-12)


@compares(sweeps.sweep)
@pytest.mark.parametrize("diode", [None, SILICON])
@pytest.mark.parametrize("beta", BETAS)
@each_shape
def test_co_content_falls_at_every_sweep(hidden, amplification, beta, diode) -> None:
    case = Case(slow.network(hidden, amplification=amplification, diode=diode), beta)
    scales = np.repeat(case.chain.scale[1:], EXAMPLES * np.array(case.net.sizes[1:]))
    energies, worst = np.empty((6, EXAMPLES)), np.empty(EXAMPLES)
    for energy in energies:
        resistive.co_content(case.chain, case.sources, case.flat, EXAMPLES, 0, EXAMPLES, energy)
        before, (total, scratch) = case.flat.copy(), np.empty((2, EXAMPLES * 20))
        sweeps.sweep(
            case.chain, case.sources, case.flat, EXAMPLES, 0, EXAMPLES, total, scratch, worst
        )
        moved = (np.abs(case.flat - before) * scales).max()
        assert worst.max() == pytest.approx(moved, rel=1e-12)
    falls = -np.diff(energies, axis=0)
    assert (falls >= -1e-15 * np.abs(energies).max()).all()
    assert (falls[0] > 0).all()


@compares(sweeps.settle_by_sweeps)
@both_dtypes
@pytest.mark.parametrize("beta", [0.0, 0.4])
@each_shape
def test_ideal_diodes_settle_to_bounded_least_squares(hidden, amplification, beta, dtype) -> None:
    net = slow.network(hidden, amplification=amplification, dtype=dtype)
    case = Case(net, beta, settled=dtype is np.float64, steps=200)
    result = case.settle(beta, 10_000 if dtype is np.float64 else 200)
    for example in range(EXAMPLES):
        wanted = slow.ideal_state(net, case.x[example], beta, case.y[example])
        for k in range(1, len(net.sizes)):
            close(result.layer(k)[0, example], wanted[k], dtype, scale=5)
    if dtype is np.float64:
        assert result.converged
        assert result.balance.max() < 1e-9
