"""A new neuron type comes with three scalar functions; no kernel is touched or compiled again."""

from dataclasses import dataclass

import numpy as np
import pytest
from extending.algebraic import Algebraic
from reference.neurons import NEURONS, Neuron
from reference.problems import Problem, finish

from neuroep.core.hopfield.relax import relax
from neuroep.learning.estimate import estimate
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Linear, Neurons, Tanh
from neuroep.settle import Stop, settle
from neuroep.settle.hopfield.spiking import Spiking

STOP = Stop(1e-14, 2000)


def relu6(u, constants):
    return min(max(constants[0] * u, 0.0), 6.0)


def relu6_slope(u, constants):
    return constants[0] if 0.0 < constants[0] * u < 6.0 else 0.0


def relu6_lagrangian(u, constants):
    s = min(max(constants[0] * u, 0.0), 6.0)
    return u * s - s * s / (2.0 * constants[0])


@dataclass(frozen=True)
class ReLU6(Neurons):
    """clip(g u, 0, 6): unsigned, its full scale is not 1."""

    activity = staticmethod(relu6)
    slope = staticmethod(relu6_slope)
    lagrangian = staticmethod(relu6_lagrangian)
    low = 0.0
    high = 6.0


FORMULAS = {
    "Algebraic": Neuron(
        activity=lambda u, g: g * u / np.sqrt(1 + (g * u) ** 2),
        slope=lambda u, g: g / (1 + (g * u) ** 2) ** 1.5,
        lagrangian=lambda u, g: np.sqrt(1 + (g * u) ** 2) / g,
        conjugate=lambda s, g: -np.sqrt(1 - s**2) / g,
    ),
    "ReLU6": Neuron(
        activity=lambda u, g: np.clip(g * u, 0, 6),
        slope=lambda u, g: np.where((g * u > 0) & (g * u < 6), g, 0.0),
        lagrangian=lambda u, g: u * np.clip(g * u, 0, 6) - np.clip(g * u, 0, 6) ** 2 / (2 * g),
        conjugate=lambda s, g: s**2 / (2 * g),
    ),
}


@pytest.fixture(params=[Algebraic, ReLU6])
def problem(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Problem:
    """A chain with a skip whose hidden layer is of the new type."""
    kind = request.param
    monkeypatch.setitem(NEURONS, kind.__name__, FORMULAS[kind.__name__])
    net = Network()
    x, hidden = net.add(Clamped(6), "x"), net.add(kind(5, gain=0.8, bias=1.3), "hidden")
    out = net.add(Tanh(3, gain=0.8), "out")
    net.connect(x, hidden, gain=0.5)
    net.connect(hidden, out, gain=0.3)
    net.connect(x, out, gain=0.5)
    finish(net, out, "squared", np.float64)
    inputs = {"x": np.random.default_rng(2).uniform(-1, 1, (4, 6))}
    return Problem(net, inputs, np.eye(3)[[0, 2, 1, 1]])


def test_kernels_are_not_compiled_again(problem: Problem) -> None:
    known = Network()
    x, out = known.add(Clamped(6), "x"), known.add(Linear(3), "out")
    known.connect(x, out)
    finish(known, out, "squared", np.float64)
    settle(known, Problem(known, problem.inputs, problem.target).drive)
    before = len(relax.signatures)
    settle(problem.network, problem.drive)
    assert len(relax.signatures) == before


def test_every_solver_settles_it(problem: Problem) -> None:
    drive = problem.drive
    swept = settle(problem.network, drive, stop=STOP).require_converged()
    synchronous = settle(problem.network, drive, solver="synchronous", stop=STOP)
    np.testing.assert_allclose(swept.state.activity, synchronous.state.activity, atol=1e-12)
    for e in problem.example:
        v, s = (e.read(drive.plan, f) for f in (swept.state.potential, swept.state.activity))
        for name in e.names:
            np.testing.assert_allclose(s[name], e.activity(name, e.current(s, name)), atol=1e-12)
        assert swept.energy[0, e.index] == pytest.approx(e.energy(v, s), rel=1e-12)
    solver = Spiking(free_duration=900e-6, nudged_duration=900e-6, window=800e-6)
    spiking = settle(problem.network, drive, solver=solver)
    scale = problem.network.layers["hidden"].full_scale
    assert np.abs(spiking.activity("hidden") - swept.activity("hidden")).max() < 0.01 * scale
    assert np.abs(spiking.activity("out") - swept.activity("out")).max() < 0.01 * scale


def test_its_gradient_is_exact(problem: Problem) -> None:
    found = estimate(problem.network, problem.drive, problem.target, beta=0.01, stop=STOP)
    for name, wanted in problem.exact(found.free).items():
        assert np.linalg.norm(found.gradient[name] - wanted) < 1e-3 * np.linalg.norm(wanted), name
