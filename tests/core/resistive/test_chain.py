"""Kernels of resistive networks against plain references."""

import numpy as np
import pytest
from reference import resistive as slow
from reference.kernels import both_dtypes, close
from reference.registry import compares
from reference.resistive_case import BETAS, EXAMPLES, SILICON, Case, each_shape

from neuroep.core.resistive import chain as resistive


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
    behind_free = net.parameters.flat[net.conductances[0].size :]
    for k, g in enumerate(net.conductances[1:], start=1):
        np.testing.assert_array_equal(resistive.synapses(behind_free, sizes, k), g)
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
        case.chain,
        case.sources,
        net.conductances[0],
        net.clamp(case.x),
        False,
        case.flat,
        EXAMPLES,
        0,
        EXAMPLES,
        found,
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
