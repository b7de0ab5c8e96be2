"""Newton's method for resistive networks against plain references."""

import numpy as np
import pytest
from reference import resistive as slow
from reference.registry import compares
from reference.resistive_case import BETAS, EXAMPLES, SILICON, Case, each_shape
from scipy.linalg import solve_triangular
from scipy.optimize import root

from neuroep.core.resistive import newton as resistive_newton


@compares(
    resistive_newton.factorise,
    resistive_newton.substitute_forward,
    resistive_newton.substitute_backward,
)
def test_cholesky() -> None:
    rng = np.random.default_rng(2)
    root_of = rng.normal(size=(7, 7))
    matrix = root_of @ root_of.T + 0.1 * np.eye(7)
    factor, right = matrix.copy(), rng.normal(size=(7, 3))
    factor[np.triu_indices(7, 1)] = np.nan  # only the lower half is read
    wanted = np.linalg.cholesky(matrix)
    assert resistive_newton.factorise(factor)
    np.testing.assert_allclose(np.tril(factor), wanted, atol=1e-12)
    found = right.copy()
    resistive_newton.substitute_forward(factor, found)
    np.testing.assert_allclose(found, solve_triangular(wanted, right, lower=True), atol=1e-10)
    found = right[:, 0].copy()
    resistive_newton.substitute_backward(factor, found)
    np.testing.assert_allclose(found, solve_triangular(wanted.T, right[:, 0]), atol=1e-10)
    assert not resistive_newton.factorise(matrix - 5 * np.eye(7))


@compares(resistive_newton.diode, resistive_newton.limited)
def test_diode_and_its_limit() -> None:
    sat, w, rail = 1e-12, 0.03, 0.1
    for v in (-0.4, 0.0, 0.4):
        current, slope = resistive_newton.diode(v, 0, 4, sat, w, rail)
        assert current == pytest.approx(sat * np.expm1((rail - v) / w), rel=1e-9, abs=1e-20)
        assert slope == pytest.approx(sat / w * np.exp((rail - v) / w), rel=1e-12)
        mirrored = resistive_newton.diode(-v, 3, 4, sat, w, rail)
        assert mirrored == pytest.approx((-current, slope), rel=1e-12)
    corner = 0.5
    for sign, j in ((1, 0), (-1, 3)):

        def limited(v: float, step: float, sign: int = sign, j: int = j) -> float:
            return -sign * resistive_newton.limited(-sign * v, -sign * step, j, 4, corner, w)

        assert limited(0.1, 0.2) == pytest.approx(0.3)  # below the corner: the whole step
        assert limited(0.6, -0.5) == pytest.approx(0.1)
        assert limited(0.6, 0.05) == pytest.approx(0.65)  # a small one beyond it: the whole step
        assert limited(0.6, 3.0) == pytest.approx(0.6 + w * np.log(1 + 3.0 / w))
        assert limited(0.1, 3.0) == pytest.approx(corner + w * np.log(1 + (3.1 - corner) / w))
        assert limited(0.9, -0.2) == pytest.approx(corner)  # back, still beyond the corner


@compares(resistive_newton.node_equations, resistive_newton.newton_step)
@pytest.mark.parametrize("beta", BETAS)
@each_shape
def test_newton_step_solves_the_whole_jacobian(hidden, amplification, beta) -> None:
    net = slow.network(hidden, amplification=amplification, diode=SILICON)
    case = Case(net, beta)
    example, sizes = 1, net.sizes
    scale = np.repeat(case.chain.scale[1:], sizes[1:])
    currents = slow.residual_currents(net, case.x[example], beta, case.y[example])
    flat = np.concatenate(case.volts(example)[1:])
    step, h = np.empty(flat.size), 1e-6
    jacobian = np.stack(
        [(currents(flat + h * e) - currents(flat - h * e)) / (2 * h) for e in np.eye(flat.size)],
        axis=1,
    )
    begin = 0
    for k in range(1, len(sizes)):
        right, diagonal = np.empty(sizes[k]), np.empty(sizes[k])
        resistive_newton.node_equations(
            case.chain,
            case.sources,
            case.flat,
            EXAMPLES,
            k,
            example,
            right,
            diagonal,
            np.empty(99),
        )
        part = slice(begin, begin + sizes[k])
        np.testing.assert_allclose(
            right * scale[part], currents(flat)[part], atol=1e-9 * np.abs(right).max()
        )
        np.testing.assert_allclose(diagonal, -np.diag(jacobian)[part], rtol=1e-6)
        begin += sizes[k]
    assert resistive_newton.newton_step(
        case.chain,
        case.sources,
        case.flat,
        EXAMPLES,
        example,
        step,
        np.empty(sum(g.size for g in net.conductances[1:])),
        np.empty(sizes[1] + sum(n * n for n in sizes[2:])),
        np.empty(2 * max(sizes[1:])),
    )
    wanted = np.linalg.solve(jacobian, -currents(flat))
    np.testing.assert_allclose(step * scale, wanted, rtol=1e-5, atol=1e-6 * np.abs(wanted).max())


@compares(resistive_newton.settle_exponential)
@pytest.mark.parametrize("beta", BETAS)
@each_shape
def test_exponential_diodes_settle_where_scipy_finds_no_current(
    hidden, amplification, beta
) -> None:
    net = slow.network(hidden, amplification=amplification, diode=SILICON)
    case = Case(net, beta, settled=True, solver="newton")
    assert case.result.converged
    assert case.result.steps.max() < 30
    for example in range(EXAMPLES):
        currents = slow.residual_currents(net, case.x[example], beta, case.y[example])
        ours = np.concatenate(case.volts(example)[1:])
        theirs = root(lambda v, f=currents: 1e6 * f(v), ours + 1e-3, tol=1e-14).x
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
