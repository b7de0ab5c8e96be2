"""Random layer graphs through every solver and the gradient check."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.exact import exact_gradient
from reference.graphs import SMOOTH, random_problem

from neuroep.learning.estimate import estimate
from neuroep.settle import Stop, settle
from neuroep.settle.hopfield.spiking import Spiking

STOP = Stop(1e-13, 2000)
SPIKING = Spiking(free_duration=500e-6, nudged_duration=500e-6, window=400e-6, attention_stride=2)


SEEDS = st.integers(0, 10**6)


@given(SEEDS)
@settings(max_examples=40)
def test_every_solver_finds_the_same_fixed_point(seed: int) -> None:
    problem = random_problem(seed)
    drive = problem.drive
    net = problem.network
    swept = settle(net, drive, stop=STOP).require_converged()
    synchronous = settle(net, drive, solver="synchronous", stop=STOP).require_converged()
    spiking = settle(net, drive, solver=SPIKING)
    plan = drive.plan
    for e in problem.example:
        s = e.read(plan, swept.state.activity)
        for name in net.settling:
            wanted = e.activity(name, e.current(s, name)) if s[name].size else s[name]
            np.testing.assert_allclose(s[name], wanted, atol=1e-11)
    np.testing.assert_allclose(synchronous.state.activity, swept.state.activity, atol=1e-11)
    np.testing.assert_allclose(synchronous.energy, swept.energy, atol=1e-11)
    assert (swept.energy <= swept.energy_before + 1e-12).all()
    if not spiking.saturated.any():  # a linear neuron may need more than its line can carry
        for name in net.settling:
            assert np.abs(spiking.activity(name) - swept.activity(name)).max(initial=0) < 0.03


@given(SEEDS)
@settings(max_examples=30)
def test_centered_gradient_is_the_exact_one(seed: int) -> None:
    problem = random_problem(seed, SMOOTH)
    found = estimate(problem.network, problem.drive, problem.target, beta=0.01, stop=STOP)
    exact = problem.exact(found.free)
    v = [e.read(found.free.drive.plan, found.free.state.potential) for e in problem.example]
    alone = [exact_gradient(e, potential) for e, potential in zip(problem.example, v, strict=True)]
    whole = np.linalg.norm(found.gradient.flat)
    for name, wanted in exact.items():
        # Measured by what the examples ask for singly, because they may cancel.
        size = np.mean([np.linalg.norm(gradient[name]) for gradient in alone])
        assert np.linalg.norm(found.gradient[name] - wanted) < 1e-3 * size + 1e-8 * whole, name


def test_random_graphs_are_of_every_kind() -> None:
    seen = set()
    for seed in range(60):
        net = random_problem(seed).network
        pairs = {frozenset((c.source, c.target)) for c in net.couplings if c.source in net.settling}
        names = net.settling
        for i, a in enumerate(names):
            for j, b in enumerate(names[:i]):
                for c in names[:j]:
                    if {frozenset(p) for p in ((a, b), (b, c), (a, c))} <= pairs:
                        seen.add("triangle")
        kinds = [type(net.layers[name]).__name__ for name in names]
        seen |= set(kinds) | {type(net.cost).__name__}
        seen |= {f"{sum('Attention' in k for k in kinds)} attention layers"}
        seen |= {"stacked attention" for c in net.couplings if c.shared and c.source in names}
    assert seen >= {
        "triangle",
        "2 attention layers",
        "stacked attention",
        *("PooledAttention", "TokenAttention", "HardSigmoid", "Sigmoid", "Tanh", "Linear"),
        *("SquaredError", "CrossEntropy"),
    }
