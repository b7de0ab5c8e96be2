"""Padding changes nothing beyond rounding: a padded token is no token."""

import numpy as np
import pytest
from reference.problems import WIRINGS, Problem, sequences, with_words
from reference.problems import dense_words as wire_dense
from reference.problems import stacked as wire_stacked
from reference.problems import token as wire_token

from neuroep.learning.estimate import estimate
from neuroep.network.inputs import Sequences
from neuroep.settle import Stop, settle

STOP = Stop(1e-14, 3000)
LENGTHS = (2, 5, 1, 3, 4)
CAP = 6


def built(wire, cap: int) -> Problem:
    """Return a problem of five reviews on a network with room for ``cap`` words."""
    problem = with_words(wire, "cross_entropy", np.float64, lengths=(cap,))
    problem.inputs = {"words": sequences(np.random.default_rng(8), LENGTHS)}
    problem.target = np.eye(3)[[0, 1, 2, 0, 1]]
    return problem


def one(problem: Problem, e: int) -> Problem:
    words = problem.inputs["words"]
    ids = words.rows[words.offsets[e] : words.offsets[e + 1]]
    alone = {"words": Sequences(ids, np.array([0, len(ids)]))}
    return Problem(problem.network, alone, problem.target[e : e + 1])


WIRES = {"token": wire_token, "stacked": wire_stacked, "dense_words": wire_dense}


@pytest.mark.parametrize("solver", ["sweep", "synchronous"])
@pytest.mark.parametrize("wiring", WIRES)
def test_an_example_alone_equals_itself_in_a_batch(wiring: str, solver: str) -> None:
    problem = built(WIRES[wiring], CAP)
    net = problem.network
    together = settle(net, problem.drive, solver=solver, stop=STOP)
    found = estimate(net, problem.drive, problem.target, beta=0.1, solver=solver, stop=STOP)
    mean = net.parameters.zeros_like()
    for e in range(5):
        single = one(problem, e)
        alone = settle(net, single.drive, solver=solver, stop=STOP)
        for name in net.settling:
            np.testing.assert_allclose(
                alone.activity(name)[0, 0], together.activity(name)[0, e], rtol=0, atol=1e-12
            )
        assert alone.energy[0, 0] == pytest.approx(together.energy[0, e], rel=1e-12)
        part = estimate(net, single.drive, single.target, beta=0.1, solver=solver, stop=STOP)
        mean.flat[:] += part.gradient.flat / 5
    np.testing.assert_allclose(found.gradient.flat, mean.flat, rtol=0, atol=1e-11)


@pytest.mark.parametrize("wiring", WIRES)
def test_a_larger_cap_changes_nothing(wiring: str) -> None:
    """The small network's weights within the larger one; what lies beyond is never felt."""
    small, large = built(WIRES[wiring], CAP), built(WIRES[wiring], CAP + 3)
    p, q = small.network.parameters, large.network.parameters
    q.flat[:] = np.random.default_rng(1).normal(0, 5, q.flat.size)
    for name in p:
        rows, *rest = p[name].shape
        q[name][:rows] = p[name]
        assert q[name].shape[1:] == tuple(rest), "places are rows of these weights"
    found = [
        estimate(x.network, x.drive, x.target, beta=0.1, stop=STOP).gradient for x in (small, large)
    ]
    free = [settle(x.network, x.drive, stop=STOP) for x in (small, large)]
    for name in small.network.settling:
        s, t = (f.activity(name)[0] for f in free)
        np.testing.assert_allclose(t[:, : s.shape[1]], s, rtol=0, atol=1e-12)
        assert not t[:, s.shape[1] :].any()
    np.testing.assert_allclose(free[1].energy, free[0].energy, rtol=1e-12)
    for name in p:
        rows = len(p[name])
        np.testing.assert_allclose(found[1][name][:rows], found[0][name], rtol=0, atol=1e-11)
        assert not found[1][name][rows:].any(), "weights of unused places do not learn"


def test_padding_sends_no_spikes() -> None:
    problem = built(wire_stacked, CAP)
    free = settle(problem.network, problem.drive, solver="spiking")
    for name in ("first", "second"):
        width = problem.network.shape(name)[1]
        for e, length in enumerate(LENGTHS):
            counts = free.spike_counts(name)[0, e].reshape(-1, width)
            assert counts[:length].any()
            assert not counts[length:].any()


@pytest.mark.parametrize("solver", ["sweep", "synchronous", "spiking"])
@pytest.mark.parametrize("wiring", ["pooled", "token", "two_inputs"])
def test_an_empty_sequence_settles_to_what_the_biases_say(wiring: str, solver: str) -> None:
    problem = WIRINGS[wiring]("squared", np.float64)
    inputs = dict(problem.inputs)
    name = "keys" if wiring == "two_inputs" else "words"
    inputs[name] = Sequences(np.empty(0, np.int64), np.zeros(5, np.int64))
    empty = Problem(problem.network, inputs, problem.target)
    free = settle(empty.network, empty.drive, solver=solver, stop=Stop(1e-12, 2000))
    assert np.isfinite(free.energy).all()
    assert not free.activity("heads").any()
    gradient = estimate(
        empty.network, empty.drive, empty.target, beta=0.3, solver=solver, stop=Stop(1e-12, 2000)
    ).gradient
    assert np.isfinite(gradient.flat).all()
    assert not gradient[f"{name}.patterns"].any()
    assert np.abs(gradient["out.bias"]).max() > 1e-3


@pytest.mark.parametrize("wiring", WIRES)
def test_a_start_from_other_inputs_leaves_nothing_in_the_padding(wiring: str) -> None:
    """Words that stood where no word is now were attended with, and settled like the others."""
    problem = built(WIRES[wiring], CAP)
    net, short = problem.network, problem.drive
    longest = Problem(net, {"words": sequences(np.random.default_rng(9), (CAP,) * 5)}, np.eye(5, 3))
    cold = settle(net, short, stop=STOP)
    for solver in ("sweep", "synchronous", "spiking"):
        before = settle(net, longest.drive, solver=solver, stop=STOP)
        warm = settle(net, short, solver=solver, start=before, stop=STOP)
        for name in net.settling:
            beyond = np.arange(net.size(name)) >= short.used_units(name)[:, None]
            assert not warm.activity(name)[0][beyond].any()
        if solver != "spiking":
            np.testing.assert_allclose(warm.state.activity, cold.state.activity, atol=1e-11)
            np.testing.assert_allclose(warm.energy, cold.energy, atol=1e-11)
        if solver == "sweep":
            assert (warm.energy <= warm.energy_before + 1e-12).all()
