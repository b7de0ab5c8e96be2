"""Two clamped layers that share one table of patterns."""

import numpy as np
import pytest

from neuroep import Clamped, HardSigmoid, Network, PooledAttention, SquaredError
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import settle


def two(tied: bool) -> Network:
    """Attention over two sequences, with one table or with two equal ones."""
    net = Network()
    net.add(Clamped(4, tokens=5, vocabulary=7), "first")
    net.add(Clamped(4, tokens=3, vocabulary=7, table="first" if tied else ""), "second")
    out = net.add(HardSigmoid(2), "out")
    for name in ("first", "second"):
        heads = net.add(PooledAttention(name, queries=2), f"on_{name}")
        net.connect(heads, out)
    net.set_cost(SquaredError(out))
    net.initialise(3, np.float64)
    if not tied:
        net.parameters["second.patterns"][:] = net.parameters["first.patterns"]
    return net


def test_a_tied_table_is_one_parameter_with_the_sum_of_both_slopes() -> None:
    """The same states as two equal tables, and both layers' slopes in one."""
    ids = {"first": np.array([[0, 1, 2, 3, 3]]), "second": np.array([[3, 6, 1]])}
    slopes = []
    states = []
    for tied in (True, False):
        net = two(tied)
        if tied:
            assert "second.patterns" not in net.parameters
            flat = {k: v.copy() for k, v in net.parameters.items()}
        else:
            for name, value in flat.items():
                net.parameters[name][:] = value
            net.parameters["second.patterns"][:] = flat["first.patterns"]
        settled = settle(net, make_drive(net, ids)).require_converged()
        states.append(settled.state.activity)
        slopes.append(energy_slope(settled, 1.0))
    np.testing.assert_array_equal(*states)
    both = slopes[1]["first.patterns"] + slopes[1]["second.patterns"]
    np.testing.assert_allclose(slopes[0]["first.patterns"], both, rtol=0, atol=1e-14)
    assert abs(both[3]).max() > 0


@pytest.mark.parametrize("table", ["nothing", "narrow", "plain"])
def test_a_table_that_is_not_there(table: str) -> None:
    """The error names the layer and the table."""
    net = Network()
    net.add(Clamped(5, tokens=3, vocabulary=7), "narrow")
    net.add(Clamped(4, tokens=3), "plain")
    with pytest.raises(ValueError, match=f"'second'.*{table!r}"):
        net.add(Clamped(4, tokens=3, table=table), "second")
