"""What a network makes of data: the same whatever the batches, and nothing kept of the settles."""

import weakref
from dataclasses import replace

import numpy as np
import pytest
from learning_support import PROBLEMS, Points, Reviews, points_system, words_system
from reference.problems import WIRINGS
from threadpoolctl import threadpool_limits

from neuroep.learning.evaluation import Evaluation, evaluate
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.settle import Stop


def test_evaluation_does_not_depend_on_its_batches() -> None:
    system = replace(words_system(np.float64), stop=Stop(1e-13, 500))
    data = Reviews(30, 2)
    small, large = (evaluate(system, data, batch=batch) for batch in (7, 30))
    np.testing.assert_allclose(small.scores, large.scores, atol=1e-12)
    assert small.accuracy == large.accuracy
    assert small.cost == pytest.approx(large.cost, rel=1e-12)
    assert small.not_converged == 0
    assert small.spikes == {}
    kinds = data.classes
    assert small.accuracy == (small.scores.argmax(axis=1) == kinds).mean()
    assert small.cost == pytest.approx(-np.log(small.scores[np.arange(30), kinds]).mean())


def test_evaluation_does_not_depend_on_the_threads_of_blas() -> None:
    """So many examples at once that BLAS would share out the products of the read-out."""
    network = Network()
    network.add(Clamped(12), "inputs")
    network.add(HardSigmoid(1000), "hidden")
    network.connect("inputs", "hidden")
    network.cost = CrossEntropy("hidden", 3)
    network.initialise(0)
    system, data = HopfieldSystem(network), Points(1024, 2)
    found = []
    for threads in 1, 2:
        with threadpool_limits(threads, user_api="blas"):
            found.append(evaluate(system, data, batch=1024))
    assert np.array_equal(found[0].scores, found[1].scores)
    assert found[0].cost == found[1].cost


def test_outputs_that_tell_nothing_are_found() -> None:
    scores = np.array([[0.0, 0.5, 1.0], [0.0, 0.25, 1.0]])
    for rows, labels, stuck in (
        (scores, [0, 2], [0, 2]),
        (scores, [1, 2], [2]),
        (scores[:1], [0], []),
    ):
        found = Evaluation(0.5, 0.1, np.array(labels), rows, 1.0, {}, 0.0, 0)
        assert found.stuck.tolist() == stuck


def test_a_resistive_network_is_evaluated_by_its_largest_output() -> None:
    system, data = points_system(), Points(40, 2)
    seen: list[int] = []
    found = evaluate(system, data, batch=15, progress=seen.append)
    assert seen == [15, 15, 10]
    _, target = data.batch(np.arange(40))
    assert found.accuracy == (found.scores.argmax(axis=1) == data.classes).mean()
    cost = 0.5 * ((found.scores - target) ** 2).sum(axis=1).mean()
    assert found.cost == pytest.approx(cost, rel=1e-5)
    assert (found.spikes, found.saturated, found.not_converged) == ({}, 0.0, 0)


def test_spikes_are_counted_where_there_are_some() -> None:
    found = evaluate(words_system(solver="spiking"), Reviews(30, 2), batch=12)
    assert list(found.spikes) == ["heads", "hidden", "out"]
    for counts in found.spikes.values():
        assert counts.shape == (30,)
        assert (counts > 0).all()


class Watching(HopfieldSystem):
    """Notes which settled states are still alive."""

    def settle(self, *given, **wanted):
        found = super().settle(*given, **wanted)
        states.append(weakref.ref(found.state.activity))
        return found


states: list[weakref.ref] = []


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
def test_evaluation_keeps_no_state_of_earlier_batches(cost: str) -> None:
    """Those of the seed paper's network hold 90 MB a batch."""
    from reference.problems import pooled, with_words

    states.clear()
    network = with_words(pooled, cost, np.float32).network

    def alive(done: int) -> None:
        assert sum(state() is not None for state in states) <= 1

    evaluate(Watching(network), Reviews(30, 2), batch=4, progress=alive)
    assert len(states) == 8


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
def test_the_cost_is_the_textbooks(cost: str) -> None:
    problem = WIRINGS["pooled"](cost, np.float64)
    system = HopfieldSystem(problem.network, stop=Stop(1e-12, 500))
    free = system.settle(problem.drive)
    wanted = [e.cost(e.read(problem.drive.plan, free.state.activity)) for e in problem.example]
    np.testing.assert_allclose(system.cost(free, problem.target)[0], wanted, rtol=1e-12)


def test_the_cost_of_a_resistive_network_counts_phases_apart() -> None:
    system, inputs, target = PROBLEMS["resistive, ideal diodes"]()
    drive = system.clamp(inputs)
    settled = system.settle(drive, beta=[0.0, 0.5], target=target)
    cost = system.cost(settled, target)
    assert cost.shape == (2, len(target))
    assert (cost[1] < cost[0]).all(), "a nudge lowers the cost"
