"""Every example reports on itself, whatever happens to its neighbours in the batch."""

import numpy as np
import pytest
from reference.problems import WIRINGS, Problem

from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Linear
from neuroep.settle import Status, Stop, settle


@pytest.mark.parametrize("solver", ["sweep", "synchronous", "spiking"])
def test_one_bad_example_does_not_stop_the_others(solver: str) -> None:
    problem = WIRINGS["vector"]("squared", np.float64)
    stop = Stop(0.05 if solver == "spiking" else 1e-10, 300)
    well = settle(problem.network, problem.drive, solver=solver, stop=stop)
    assert well.converged
    drive = problem.drive
    drive.plan.view(drive.current, "hidden")[1, 0] = np.nan
    found = settle(problem.network, drive, solver=solver, stop=stop)
    wanted = [Status.CONVERGED, Status.DIVERGED, Status.CONVERGED, Status.CONVERGED]
    assert found.status[0].tolist() == wanted
    for e in (0, 2, 3):
        np.testing.assert_allclose(
            found.activity("out")[0, e], well.activity("out")[0, e], rtol=0, atol=1e-9
        )


def runaway() -> Problem:
    """Two linear layers that amplify each other: an energy without a minimum."""
    net = Network()
    x, a, b = net.add(Clamped(1), "x"), net.add(Linear(1), "a"), net.add(Linear(1), "b")
    net.connect(x, a)
    net.connect(a, b)
    net.set_cost(SquaredError(b))
    net.initialise(0, np.float64)
    net.parameters["x-a"][:] = 1.0
    net.parameters["a-b"][:] = 1.5
    return Problem(net, {"x": np.array([[1.0], [0.0]])}, np.zeros((2, 1)))


@pytest.mark.parametrize("solver", ["sweep", "synchronous"])
def test_a_network_without_a_minimum_diverges_and_says_so(solver: str) -> None:
    problem = runaway()
    found = settle(problem.network, problem.drive, solver=solver, stop=Stop(1e-8, 5000))
    assert found.status[0].tolist() == [Status.DIVERGED, Status.CONVERGED]
    short = settle(problem.network, problem.drive, solver=solver, stop=Stop(1e-8, 50))
    assert short.status[0].tolist() == [Status.STEP_LIMIT, Status.CONVERGED]
    assert short.steps[0].tolist() == [50, 1]  # each example counts its own


def test_steps_residual_and_status_belong_together() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    full = settle(problem.network, problem.drive, stop=Stop(1e-8, 500)).require_converged()
    assert (full.residual <= 1e-8).all()
    steps = int(full.steps.max())
    again = settle(problem.network, problem.drive, stop=Stop(1e-8, steps))
    assert again.converged
    short = settle(problem.network, problem.drive, stop=Stop(1e-8, steps - 1))
    assert (short.status == Status.STEP_LIMIT).any()
    assert (short.residual > 1e-8).any()
