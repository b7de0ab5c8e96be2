"""A chip's own curves in the kernels: where they are the ideal ones, so is all that they settle."""

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.measuring import Mean
from neuroep.hardware.hopfield.on_curves import OnCurves
from neuroep.hardware.hopfield.tabulate import Curves
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.curve import Curve
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Tanh
from neuroep.settle import Stop, settle

STOP = Stop(1e-12, 1000)


@pytest.mark.parametrize("cost", [SquaredError("out"), CrossEntropy("out", 2)])
def test_ideal_curves_settle_as_sweeps_do(cost: object) -> None:
    """With the read-out that has been learned, not the one that a network begins with."""
    network = Network()
    network.add(Clamped(3), "x")
    network.add(Tanh(4), "hidden")
    network.add(Tanh(2), "out")
    network.connect("x", "hidden")
    network.connect("hidden", "out", gain=0.5)
    network.set_cost(cost)  # type: ignore[arg-type]
    parameters = network.initialise(3, np.float64)
    parameters.flat[:] *= -1.0
    v = np.linspace(-6.0, 6.0, 2001)
    still = {
        name: Mean(np.zeros(n), np.zeros(n)) for name, n in (("x", 3), ("hidden", 4), ("out", 2))
    }
    neurons = {name: Curve(v, np.tanh(v)) for name in ("hidden", "out")}
    solver = OnCurves(Circuit(network, Chip()), lambda _: Curves(neurons, {}, still))
    drive = make_drive(network, {"x": np.array([[0.9, -0.4, 0.6]])})
    given = {"beta": [0.5, -0.5], "target": np.array([[1.0, 0.0]]), "stop": STOP}
    found, wanted = (settle(network, drive, solver=by, **given) for by in (solver, "sweep"))
    np.testing.assert_allclose(found.activity("out"), wanted.activity("out"), atol=1e-6)
    assert np.abs(np.diff(found.activity("out"), axis=0)).max() > 0.05


def test_a_chip_is_measured_with_the_lines_of_its_targets(process: str) -> None:
    """Their drivers have offsets of their own, to which a nudge pulls."""
    design = load_design("transistors_small", ["circuit.chip=1"])
    network = design.make_system().network
    solver, _ = design.make_solver(network, "measured")
    drive = make_drive(network, {"inputs": np.zeros((1, 4))})
    targets = solver.twin(drive).curves.targets  # type: ignore[attr-defined]
    assert targets.shape == (2,)
    assert (np.abs(targets) > 1e-3).all()
