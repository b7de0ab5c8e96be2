"""Without an energy a settle may go round in circles, and says so."""

import numpy as np
import pytest

from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Tanh
from neuroep.settle import Status, Stop, settle
from neuroep.settle.result import SettleError


def two_units(back: float) -> Network:
    """Return two units whose ways are 3 and ``back`` times 3."""
    network = Network()
    x = network.add(Clamped(1), "x")
    a, b = network.add(Tanh(1), "a"), network.add(Tanh(1), "b")
    network.connect(x, a)
    network.connect(a, b)
    network.initialise(0, np.float64)
    network.parameters["a-b"][:] = 3.0
    network.parameters["x-a"][:] = 0.3
    network.draw({}, {"a-b": np.array([[back]])})
    return network


@pytest.mark.parametrize("back", [-1.0, -0.8])
def test_ways_that_oppose_each_other_cycle(back: float) -> None:
    network = two_units(back)
    drive = make_drive(network, {"x": np.array([[1.0], [-1.0]])})
    found = settle(network, drive, stop=Stop(1e-6, 200))
    assert (found.status == Status.CYCLES).all()
    assert not found.converged
    with pytest.raises(SettleError, match="without an energy they may cycle"):
        found.require_converged()
    assert "2 cycles" in repr(found)
    longer = settle(network, drive, stop=Stop(1e-6, 202))
    np.testing.assert_allclose(longer.state.potential, found.state.potential, atol=1e-9)


def test_ways_that_help_each_other_settle() -> None:
    network = two_units(0.9)
    found = settle(network, make_drive(network, {"x": np.array([[1.0]])}), stop=Stop(1e-9, 200))
    assert found.converged


def test_what_is_only_slow_does_not_cycle() -> None:
    network = two_units(0.9)
    network.parameters["a-b"][:] = 0.999
    found = settle(network, make_drive(network, {"x": np.array([[0.0]])}), stop=Stop(1e-12, 3))
    assert found.converged or (found.status == Status.STEP_LIMIT).all()
    moved = settle(network, make_drive(network, {"x": np.array([[1.0]])}), stop=Stop(1e-12, 3))
    assert (moved.status == Status.STEP_LIMIT).all()
