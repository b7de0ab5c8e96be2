"""The energy never rises along sweeps, also where the synchronous iteration cycles."""

import numpy as np
import pytest
from reference.problems import WIRINGS, Problem, hard

from neuroep.network.hopfield.attention import TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.settle import Record, Settled, Status, Stop, settle

ALL = WIRINGS | {"hard": hard}


def energies(problem: Problem, found: Settled, beta: float) -> np.ndarray:
    """Return the total energy after every step, (steps + 1, examples), by the slow reference."""
    plan = found.drive.plan
    result = np.empty((len(found.trace), problem.count))
    for e in problem.example:
        for t, units in enumerate(found.trace[:, e.index]):
            v = {}
            for k, name in enumerate(plan.names):
                rows, width = e.shape(name)
                begin = plan.offsets[k]
                v[name] = units[begin : begin + rows * width].reshape(rows, width)
            result[t, e.index] = e.energy(v, e.activities(v), beta)
    return result


def assert_never_rises(energy: np.ndarray) -> None:
    assert (np.diff(energy, axis=0) <= 1e-12 * (1 + np.abs(energy[1:]))).all()


@pytest.mark.parametrize("beta", [0.0, -0.5, 0.5, 2.0])
@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
@pytest.mark.parametrize("gain", [1.0, 8.0, 16.0])
@pytest.mark.parametrize("wiring", ["pooled", "stacked", "vector", "hard"])
def test_energy_never_rises_along_sweeps(wiring: str, gain: float, cost: str, beta: float) -> None:
    problem = ALL[wiring](cost, np.float64)
    for c in problem.network.couplings:
        problem.network.parameters[c.name][:] *= gain
    if cost == "cross_entropy":
        problem.network.parameters["readout.weight"][:] *= gain
    every = Record(tuple(range(problem.count)))
    drive = problem.drive
    found = settle(problem.network, drive, stop=Stop(0.0, 12), record=every)
    energy = energies(problem, found, 0.0)
    assert_never_rises(energy)
    if beta:
        found = settle(
            problem.network,
            drive,
            beta=beta,
            target=problem.target,
            start=found,
            stop=Stop(0.0, 12),
            record=every,
        )
        energy = energies(problem, found, beta)
        assert_never_rises(energy)
        if gain == 1:
            assert (energy[-1] < energy[0]).all(), "a nudge moves what is not saturated"
    np.testing.assert_allclose(found.energy_before[0], energy[0], rtol=1e-10)
    np.testing.assert_allclose(found.energy[0], energy[-1], rtol=1e-10)


def published(gain: float) -> Problem:
    """The seed paper's wiring and initialisation times a gain: token attention, hard sigmoids."""
    net = Network()
    words = net.add(Clamped(20, 8), "words")
    below = net.add(TokenAttention(words, inverse_temperature=0.16), "heads")
    net.connect(words, below, shared=True)
    for size in (80, 3):
        layer = net.add(HardSigmoid(size, gain=0.5))
        net.connect(below, layer)
        below = layer
    net.set_cost(SquaredError(below))
    net.initialise(0, np.float64)
    for c in net.couplings:
        w = net.parameters[c.name]
        bound = gain / np.sqrt(w.shape[0])
        w[:] = np.random.default_rng([2, len(w)]).uniform(-bound, bound, w.shape)
    words = np.random.default_rng(2).normal(0, 1, (4, 8, 20))
    return Problem(net, {"words": words}, np.eye(3)[[0, 2, 1, 1]])


def test_both_agree_at_gain_one() -> None:
    problem = published(1.0)
    drive = problem.drive
    swept, synchronous = (
        settle(problem.network, drive, solver=name, stop=Stop(1e-12, 200)).require_converged()
        for name in ("sweep", "synchronous")
    )
    np.testing.assert_allclose(swept.state.activity, synchronous.state.activity, rtol=0, atol=1e-11)
    assert (swept.steps <= synchronous.steps).all()


@pytest.mark.parametrize("gain", [8.0, 12.0, 16.0])
def test_synchronous_iteration_cycles_at_high_gain_and_sweeps_converge(gain: float) -> None:
    problem = published(gain)
    drive = problem.drive
    before, between, after = (
        settle(problem.network, drive, solver="synchronous", stop=Stop(1e-8, steps))
        for steps in (1000, 1001, 1002)
    )
    cycling = after.status[0] == Status.STEP_LIMIT
    assert cycling.any()
    for e in np.flatnonzero(cycling):
        s = [settled.activity("heads")[0, e] for settled in (before, between, after)]
        assert np.abs(s[2] - s[1]).max() > 0.5, "it keeps moving"
        assert np.abs(s[2] - s[0]).max() < 1e-6, "and comes back every second step"
    every = Record(tuple(range(problem.count)))
    swept = settle(problem.network, drive, stop=Stop(1e-8, 500), record=every)
    swept.require_converged()
    assert_never_rises(energies(problem, swept, 0.0))


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
@pytest.mark.parametrize("beta", [0.0, -0.5, 0.5, 2.0])
def test_energy_never_rises_round_a_triangle(cost: str, beta: float) -> None:
    """Three colours; its linear layer has a minimum at small gain only."""
    problem = WIRINGS["triangle"](cost, np.float64)
    found = settle(
        problem.network,
        problem.drive,
        beta=beta,
        target=problem.target,
        stop=Stop(0.0, 12),
        record=Record(tuple(range(problem.count))),
    )
    assert_never_rises(energies(problem, found, beta))
