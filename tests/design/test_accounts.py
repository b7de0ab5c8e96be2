"""What an example takes of a chip of layers, by its design."""

import numpy as np
import pytest

from neuroep.design.hopfield.accounts import account_of
from neuroep.design.hopfield.sections import CircuitSection
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Linear


def test_a_nudge_that_moves_little_settles_no_faster() -> None:
    """A loop of linear neurons settles as fast whatever it is nudged by."""
    network = Network()
    network.add(Clamped(1), "x")
    network.add(Linear(1), "a")
    network.add(Linear(1), "b")
    network.connect("x", "a")
    network.connect("a", "b")
    network.set_cost(SquaredError("b"))
    parameters = network.initialise(0, np.float64)
    parameters["x-a"][:], parameters["a-b"][:] = 0.3, 0.9
    circuit, rest = Circuit(network, Chip()), 0.3 * 0.9 / (1.0 - 0.9**2)

    def nudged(by: float) -> np.ndarray:
        given = {"x": np.ones((1, 1))}, np.full((1, 1), rest + by)
        found = account_of(circuit, *given, CircuitSection(), False, 0.05, (0.0, 0.0), 0.0)
        return found.settling[1:]

    assert nudged(0.02) == pytest.approx(nudged(1.0), rel=0.01)
