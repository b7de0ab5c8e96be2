"""Kernels of resistive networks against plain references."""

import numpy as np
import pytest
from reference import resistive as slow
from reference.kernels import both_dtypes, close
from reference.registry import compares
from scipy.linalg import solve_triangular
from scipy.optimize import root

from neuroep.core.resistive import chain as resistive
from neuroep.core.resistive import newton as resistive_newton
from neuroep.core.resistive.chain import Chain, Sources
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.result import Status, Stop

SILICON = ExponentialDiode(1e-12, 1.3, 320.0, rail=0.15)
SHAPES = [((6,), 1.0), ((6, 4), 1.0), ((4, 6, 2), 3.0)]
BETAS = (0.0, 0.4, -0.03)
EXAMPLES = 3
each_shape = pytest.mark.parametrize(("hidden", "amplification"), SHAPES)


class Case:
    """A network with random voltages, as kernels and as the reference see it."""

    def __init__(
        self, net: ResistiveNetwork, beta: float = 0.0, settled: bool = False, steps: int = 1
    ) -> None:
        rng = np.random.default_rng(5)
        self.net = net
        self.beta = beta
        self.x = rng.normal(size=(EXAMPLES, net.inputs))
        self.y = rng.normal(size=(EXAMPLES, net.outputs))
        self.result = self.settle(beta, steps=10_000 if settled else steps)
        self.chain: Chain = self.result.drive.chain
        self.sources: Sources = self.result._job.sources
        self.flat = self.result._job.volts
        if not settled:
            self.flat[:] = 0.1 * rng.normal(size=self.flat.size)

    def settle(self, beta: float, steps: int) -> ResistiveSettled:
        stop = Stop(1e-14, steps)
        return settle_resistive(self.net, self.x, beta=beta, target=self.y, stop=stop)

    def volts(self, example: int) -> list[np.ndarray]:
        """Return the physical voltages of an example, from layer 0 on."""
        ends = EXAMPLES * np.cumsum(self.net.sizes[1:])[:-1]
        free = [
            part.reshape(EXAMPLES, -1)[example] * scale
            for part, scale in zip(
                np.split(self.flat.astype(float), ends), self.chain.scale[1:], strict=True
            )
        ]
        return [self.net.clamp(self.x)[example], *free]


@compares(resistive.layer_rows, resistive.synapses, resistive.within)
def test_views_of_layers_and_synapses() -> None:
    net = slow.network((6, 4))
    sizes = np.array(net.sizes)
    flat = np.arange(5.0 * sum(net.sizes[1:]))
    begin = 0
    for k in range(1, len(sizes)):
        whole = flat[begin : begin + 5 * sizes[k]].reshape(5, -1)
        np.testing.assert_array_equal(resistive.layer_rows(flat, sizes, 5, k, 1, 4), whole[1:4])
        begin += whole.size
    for k, g in enumerate(net.conductances):
        np.testing.assert_array_equal(resistive.synapses(net.parameters.flat, sizes, k), g)
    blocks = [np.full((n, n), k) + np.arange(n) for k, n in enumerate(sizes[1:], start=1)]
    beside = np.concatenate([block.ravel() for block in blocks]).astype(float)
    for k, block in enumerate(blocks, start=1):
        np.testing.assert_array_equal(resistive.within(beside, sizes, k), block)
    assert resistive.within(beside[:0], sizes, 1).size == 0


@compares(resistive.add_neighbours)
@both_dtypes
@each_shape
def test_currents_of_neighbours(hidden, amplification, dtype) -> None:
    case = Case(slow.network(hidden, amplification=amplification, dtype=dtype))
    for k in range(1, len(case.net.sizes)):
        total = np.empty((2, case.net.sizes[k]), dtype)
        resistive.add_neighbours(
            case.chain, case.sources, case.flat, EXAMPLES, k, 1, 3, total, np.empty(999, dtype)
        )
        for example in (1, 2):
            volts = case.volts(example)
            own, volts[k] = volts[k], np.zeros_like(volts[k])
            layer = slow.nodes(case.net, volts, 0.0, None)[k - 1]
            wanted = np.array([sum(node.currents) for node in layer]) / case.chain.scale[k]
            assert own.any()
            close(total[example - 1], wanted, dtype, scale=1e-4)


@compares(resistive.minimise_hidden, resistive.minimise_outputs)
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
    resistive.minimise_hidden(total, load, v, 2.0, worst)
    close(v, wanted, dtype)
    close(worst, moves, dtype)

    total, load = total[:, :4].copy(), load[:4]
    v = rng.normal(size=(EXAMPLES, 4)).astype(dtype)
    worst = np.full(EXAMPLES, 1e9)
    resistive.minimise_outputs(total, load, v, case.sources, 0, 1.0, worst)
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
            resistive.minimise_hidden(total, load, np.zeros((1, 4)), 1.0, worst)
            resistive.minimise_hidden(np.ones((1, 4)), load, np.zeros((1, 4)), 1.0, worst)
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


@compares(resistive.settle_ideal)
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


@compares(resistive.co_content)
@both_dtypes
@pytest.mark.parametrize("diode", [None, SILICON])
@pytest.mark.parametrize("beta", BETAS)
@each_shape
def test_co_content(hidden, amplification, beta, diode, dtype) -> None:
    case = Case(slow.network(hidden, amplification=amplification, diode=diode, dtype=dtype), beta)
    energy = np.empty(EXAMPLES)
    resistive.co_content(case.chain, case.sources, case.flat, EXAMPLES, 0, 2, energy)
    resistive.co_content(case.chain, case.sources, case.flat, EXAMPLES, 2, 3, energy)
    for example in range(EXAMPLES):
        wanted = slow.co_content(case.net, case.volts(example), beta, case.y[example])
        assert energy[example] == pytest.approx(wanted, rel=1e-12 if dtype is np.float64 else 1e-5)


@compares(resistive.current_balance)
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("diode", [None, SILICON])
@pytest.mark.parametrize("beta", BETAS)
@each_shape
def test_current_balance(hidden, amplification, beta, diode, settled) -> None:
    net = slow.network(hidden, amplification=amplification, diode=diode)
    case = Case(net, beta, settled)
    found = np.empty(EXAMPLES)
    resistive.current_balance(
        case.chain, case.sources, net.clamp(case.x), case.flat, EXAMPLES, 0, EXAMPLES, found
    )
    for example in range(EXAMPLES):
        every = slow.nodes(net, case.volts(example), beta, case.y[example])
        wanted = max(node.balance(diode is None) for layer in every for node in layer)
        if settled:
            assert wanted < 1e-9
            assert found[example] < 1e-9
        else:
            assert wanted > 1e-3
            assert found[example] == pytest.approx(wanted, rel=1e-9)


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
    case = Case(net, beta, settled=True)
    assert case.result.converged
    assert case.result.steps.max() < 30
    for example in range(EXAMPLES):
        currents = slow.residual_currents(net, case.x[example], beta, case.y[example])
        ours = np.concatenate(case.volts(example)[1:])
        theirs = root(lambda v, f=currents: 1e6 * f(v), ours + 1e-3, tol=1e-14).x
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@compares(resistive.fold_inputs, resistive.unfold_inputs)
@both_dtypes
def test_inputs_and_their_inverses(dtype: type) -> None:
    rng = np.random.default_rng(4)
    plus, minus = rng.uniform(0, 1, (2, 3, 5)).astype(dtype)
    folded, loads, powers = np.empty((3, 5), dtype), np.ones(5, dtype), np.empty(3)
    resistive.fold_inputs(plus, minus, folded, loads, powers)
    close(folded, plus - minus, dtype)
    close(loads, (plus + minus).sum(axis=0), dtype)
    close(powers, (plus + minus).sum(axis=1), dtype)
    squares = rng.normal(size=5).astype(dtype)
    resistive.unfold_inputs(folded, squares, plus, minus)
    close(plus, squares - folded, dtype)
    close(minus, squares + folded, dtype)
