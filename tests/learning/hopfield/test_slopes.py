"""The local slopes of the total energy against differences of the slow reference's energy."""

import numpy as np
import pytest
from reference.problems import WIRINGS, sequences

from neuroep import Clamped, HardSigmoid, Network, PooledAttention, SquaredError
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.transient import Transient
from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import Stop, settle
from neuroep.settle.hopfield.inspect import attention_of
from neuroep.settle.hopfield.relaxation import Sweep

BETAS = (0.6, -0.4)


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
@pytest.mark.parametrize("wiring", WIRINGS)
def test_slope_of_the_energy_at_any_state(wiring: str, cost: str) -> None:
    """Far from the fixed point too, at several nudges at once, each example with its own share."""
    problem = WIRINGS[wiring](cost, np.float64)
    if "words" in problem.inputs:
        problem.inputs["words"] = sequences(np.random.default_rng(4), (3, 0, 1, 6))
    drive = problem.drive
    found = settle(problem.network, drive, beta=BETAS, target=problem.target, stop=Stop(0.0, 1))
    share = np.array([[0.5, -1.0, 2.0, 0.3], [1.5, 0.7, -0.2, 0.0]])
    slope = energy_slope(found, share)
    examples = problem.example
    held = [
        (
            e,
            beta,
            share[phase, e.index],
            *(
                e.read(drive.plan, flat, phase * problem.count + e.index)
                for flat in (found.state.potential, found.state.activity)
            ),
        )
        for phase, beta in enumerate(BETAS)
        for e in examples
    ]
    rng, h = np.random.default_rng(9), 1e-5
    for name, found_slope in slope.items():
        way = rng.normal(size=found_slope.shape)
        difference = 0.0
        for sign in (1, -1):
            for e in examples:
                e.p[name] += sign * h * way
            energy = sum(part * e.held_energy(v, s, beta) for e, beta, part, v, s in held)
            difference += sign * energy / (2 * h)
            for e in examples:
                e.p[name] -= sign * h * way
        assert (found_slope * way).sum() == pytest.approx(difference, rel=1e-6, abs=1e-8), name


def test_slopes_add_up() -> None:
    problem = WIRINGS["stacked"]("squared", np.float64)
    found = settle(problem.network, problem.drive)
    once = energy_slope(found, 0.25)
    into = energy_slope(found, -1.0)
    np.testing.assert_allclose(into.flat, -4 * once.flat, rtol=1e-12, atol=1e-14)
    assert energy_slope(found, 1.0, into=into) is into
    np.testing.assert_allclose(into.flat, 0, atol=1e-12)


def test_patterns_learn_from_a_circuit_in_time_that_is_finer_than_its_network() -> None:
    """It settles in float64: a float32 network learns from it what sweeps in float64 ask for."""
    found = []
    for dtype in (np.float32, np.float64):
        net = Network()
        words = net.add(Clamped(4, tokens=5, vocabulary=7), "words")
        heads = net.add(PooledAttention(words, queries=2), "heads")
        net.connect(heads, net.add(HardSigmoid(2), "out"), gain=0.5)
        net.set_cost(SquaredError("out"))
        net.initialise(3, dtype)
        drive = make_drive(net, {"words": np.array([[0, 1, 2, 3, 3]])})
        circuit = Transient(Circuit(net, Chip()))
        solver = circuit if dtype == np.float32 else Sweep()
        given = {"beta": 0.3, "solver": solver, "stop": Stop(1e-12, 1000)}
        found.append(estimate(net, drive, np.eye(2)[:1], **given))
    gradients = [one.gradient["words.patterns"] for one in found]
    assert abs(gradients[1]).max() > 1e-3
    np.testing.assert_allclose(gradients[0], gradients[1], atol=1e-5 * abs(gradients[1]).max())
    shares = [attention_of(one.free, "heads", 0) for one in found]
    np.testing.assert_allclose(*shares, rtol=1e-5)
