"""The limit of a resistive network's stability is where its nudged circuit turns over, exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import resistive as slow

from neuroep.errors import Unheld
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.resistive.stability import check_stable, lowest_beta

SHAPES = pytest.mark.parametrize(
    ("hidden", "amplification"), [((6,), 1.0), ((8,), 4.0), ((6, 4), 1.0), ((4, 6, 4), 3.0)]
)


def limit_of(net: ResistiveNetwork) -> float:
    return lowest_beta(make_resistive_drive(net, np.zeros((1, net.inputs))))


def jacobian(net: ResistiveNetwork, beta: float) -> np.ndarray:
    """Return the slope of the currents out of all nodes in all voltages, every diode open, S.

    By differences of the circuit one element at a time, in volts and amperes.
    """
    polarity = [net.polarity(k) for k in range(1, len(net.hidden) + 1)]
    open_ = np.concatenate([*(20.0 * sign for sign in polarity), np.zeros(2 * net.outputs)])
    x, y = np.zeros(net.inputs), np.zeros(net.outputs)
    currents = slow.residual_currents(net, x, beta, y)
    step = 1e-2
    columns = [
        (currents(open_ - step * one) - currents(open_ + step * one)) / (2 * step)
        for one in np.eye(open_.size)
    ]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("diode", [None, ExponentialDiode(1e-14)], ids=["ideal", "exponential"])
@SHAPES
def test_the_circuit_turns_over_at_the_limit(hidden, amplification, diode) -> None:
    net = slow.network(hidden, amplification=amplification, diode=diode)
    lowest = limit_of(net)
    assert lowest < 0
    inside, outside = (np.linalg.slogdet(jacobian(net, f * lowest))[0] for f in (0.9999, 1.0001))
    assert (inside, outside) == (1.0, -1.0)
    at, half = (
        np.linalg.svd(jacobian(net, f * lowest), compute_uv=False).min() for f in (1.0, 0.5)
    )
    assert at < 1e-6 * half
    assert np.linalg.eigvals(jacobian(net, 0.9999 * lowest)).real.min() > 0
    assert np.linalg.eigvals(jacobian(net, 1.0001 * lowest)).real.min() < 0


@SHAPES
def test_outputs_whose_hidden_nodes_give_way_hold_less(hidden, amplification) -> None:
    net = slow.network(hidden, amplification=amplification)
    loads = net.conductances[-1].sum(axis=0)  # of the outputs, their hidden nodes standing still
    pairs = loads[0::2] * loads[1::2] / (loads[0::2] + loads[1::2])
    assert limit_of(net) > -pairs.min() / net.nudge_conductance


@pytest.mark.parametrize("amplification", [1.0, 3.0])
def test_settles_are_refused_below_the_limit_and_nowhere_above(amplification) -> None:
    net = slow.network((6, 4), amplification=amplification)
    lowest = limit_of(net)
    drive = make_resistive_drive(net, np.zeros((1, net.inputs)))
    for share in (-1.0, 0.0, 0.5, 0.99, 0.9999):
        check_stable(drive, share * lowest)
    for share in (1.0001, 1.5, 100.0):
        with pytest.raises(Unheld, match=f"must be above {lowest:g}"):
            check_stable(drive, share * lowest)
    with pytest.raises(Unheld, match=r"draws more from output [01]"):
        settle_resistive(net, drive, beta=1.0001 * lowest, target=np.zeros((1, net.outputs)))


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_passing_over_the_whole_calculation_never_lets_a_beta_through(
    seed: int, layers: int
) -> None:
    net = slow.network((6,) * layers, seed=seed)
    drive = make_resistive_drive(net, np.zeros((1, net.inputs)))
    lowest = lowest_beta(drive)
    check_stable(drive, lowest * (1 - 1e-9))
    with pytest.raises(Unheld):
        check_stable(drive, lowest * (1 + 1e-9))
