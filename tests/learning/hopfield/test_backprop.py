"""Backpropagation through time and implicit differentiation: the references that EP is held to."""

import numpy as np
import pytest
from reference.kernels import close
from reference.problems import WIRINGS, WORDS, Problem, finish, hard, sequences

from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield import slopes
from neuroep.learning.hopfield.backprop.path import AT_A_TIME, settle_recorded
from neuroep.learning.hopfield.backprop.reference import (
    Backprop,
    backprop_gradient,
    implicit_gradient,
)
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.network.hopfield.attention import TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Sigmoid, Tanh
from neuroep.settle import Stop, settle
from neuroep.settle.hopfield.relaxation import Sweep, Synchronous

TIGHT = Stop(1e-14, 3000)
SOLVERS = ("sweep", "synchronous")
COSTS = ("squared", "cross_entropy")


def two_sentences(cost: str, dtype: type) -> Problem:
    """Every sentence asks the other and itself, as for inference; one table of words for both."""
    net = Network()
    premise = net.add(Clamped(4, 5, vocabulary=WORDS), "premise")
    hypothesis = net.add(Clamped(4, 5, table="premise"), "hypothesis")
    hidden, out = net.add(Tanh(6), "hidden"), net.add(Sigmoid(3), "out")
    for asking in (premise, hypothesis):
        for stored in (premise, hypothesis):
            name = f"{asking.name}_{stored.name}"
            heads = TokenAttention(stored, queries_from=asking, inverse_temperature=0.5)
            heads = net.add(heads, name)
            net.connect(asking, heads, shared=True)
            net.connect(heads, hidden, gain=0.3)
    net.connect(hidden, out, gain=0.5)
    finish(net, out, cost, dtype)
    rng = np.random.default_rng(3)
    inputs = {"premise": sequences(rng, (5, 2, 1, 3)), "hypothesis": sequences(rng, (1, 5, 3, 2))}
    return Problem(net, inputs, np.eye(3)[[0, 2, 1, 1]])


PROBLEMS = WIRINGS | {"two_sentences": two_sentences}


def distance(found, wanted) -> float:
    """Return the largest relative error of a parameter's gradient."""
    norm = np.linalg.norm
    return max(float(norm(found[k] - wanted[k]) / norm(wanted[k])) for k in wanted)


def check_by_differences(problem: Problem, gradient, solver: str, stop: Stop) -> None:
    """Compare with central differences of the settled cost, every parameter along one direction."""
    rng = np.random.default_rng(0)
    network = problem.network

    def settled_cost() -> float:
        system = HopfieldSystem(network, solver, stop)
        return float(system.cost(system.settle(problem.drive), problem.target).mean())

    for name, array in network.parameters.items():
        way, here, h = rng.normal(size=array.shape), array.copy(), 1e-5
        array[:] = here + h * way
        above = settled_cost()
        array[:] = here - h * way
        below = settled_cost()
        array[:] = here
        slope = (gradient[name] * way).sum()
        assert (above - below) / (2 * h) == pytest.approx(slope, rel=1e-6, abs=1e-9), name


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", PROBLEMS)
def test_bptt_is_the_slope_of_the_cost_after_any_number_of_steps(
    name: str, solver: str, steps: int
) -> None:
    """Far from convergence, where nothing but the steps themselves counts, start included."""
    problem = PROBLEMS[name](COSTS[steps % 2], np.float64)
    found = backprop_gradient(
        problem.network, problem.drive, problem.target, solver=solver, steps=steps
    )
    check_by_differences(problem, found.gradient, solver, Stop(0.0, steps))


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("name", PROBLEMS)
def test_all_references_agree_at_convergence(name: str, cost: str) -> None:
    problem = PROBLEMS[name](cost, np.float64)
    network, drive, target = problem.network, problem.drive, problem.target
    implicit = backprop_gradient(network, drive, target, method="implicit", stop=TIGHT)
    assert implicit.residual is not None
    assert implicit.residual.max() < 1e-12
    check_by_differences(problem, implicit.gradient, "sweep", TIGHT)
    for found in (
        backprop_gradient(network, drive, target, stop=TIGHT),
        backprop_gradient(network, drive, target, solver="synchronous", steps=200),
    ):
        assert distance(found.gradient, implicit.gradient) < 1e-10
        np.testing.assert_allclose(found.adjoint, implicit.adjoint, atol=1e-12)


def test_neurons_at_their_rails_pass_nothing_back() -> None:
    problem = hard("squared", np.float64)
    found = backprop_gradient(problem.network, problem.drive, problem.target, stop=TIGHT)
    check_by_differences(problem, found.gradient, "sweep", TIGHT)
    v = found.free.potential("hidden")[0]
    railed = (v < 0) | (v > 1)
    assert railed.any()

    def hidden(backprop: Backprop) -> np.ndarray:
        return problem.drive.plan.view(backprop.adjoint, "hidden")

    assert np.abs(hidden(found)[railed]).max() < 1e-15, "but on the way to the rail"
    implicit = implicit_gradient(found.free, problem.target, stop=TIGHT)
    assert not hidden(implicit)[railed].any()


@pytest.mark.parametrize("name", ["pooled", "two_sentences"])
def test_equilibrium_propagation_comes_to_bptt_by_the_square_of_beta(name: str) -> None:
    problem = PROBLEMS[name]("squared", np.float64)
    network, drive, target = problem.network, problem.drive, problem.target
    reference = backprop_gradient(network, drive, target, stop=TIGHT).gradient
    betas = np.array([0.003, 0.01, 0.03])
    apart = [
        distance(estimate(network, drive, target, beta=b, stop=TIGHT).gradient, reference)
        for b in betas
    ]
    assert apart[1] < 1e-3
    assert 1.9 < np.polyfit(np.log(betas), np.log(apart), 1)[0] < 2.1


def test_examples_go_back_through_their_own_steps() -> None:
    """A batch's gradient is the mean of its examples', though they settle in different times."""
    problem = WIRINGS["pooled"]("squared", np.float64)
    stop = Stop(1e-7, 200)
    words, target = problem.inputs["words"], problem.target
    whole = backprop_gradient(problem.network, problem.drive, target, stop=stop)
    assert len(np.unique(whole.free.steps)) > 1
    mean = {name: np.zeros_like(array) for name, array in problem.network.parameters.items()}
    for e in range(problem.count):
        rows = words.rows[words.offsets[e] : words.offsets[e + 1]]
        problem.inputs = {"words": type(words)(rows, np.array([0, len(rows)]))}
        alone = backprop_gradient(
            problem.network, problem.drive, target[e : e + 1], steps=int(whole.free.steps[0, e])
        )
        for name in mean:
            mean[name] += alone.gradient[name] / len(target)
    assert distance(whole.gradient, mean) < 1e-6


@pytest.mark.parametrize("solver", [Sweep(), Synchronous()])
def test_a_recorded_settle_is_the_same_settle(solver) -> None:
    problem = WIRINGS["triangle"]("squared", np.float64)
    problem.network.parameters.flat[:] *= 1.3
    stop = Stop(1e-13, 500)
    plain = settle(problem.network, problem.drive, solver=solver, stop=stop)
    drive = problem.drive
    recorded = settle_recorded(drive, solver, stop)
    assert plain.steps.max() > AT_A_TIME, "the test wants more than one stretch"
    np.testing.assert_array_equal(recorded.steps, plain.steps)
    np.testing.assert_array_equal(recorded.status, plain.status)
    np.testing.assert_array_equal(recorded.energy_before, plain.energy_before)
    # Who has settled leaves the products of the others, once in a stretch more than without.
    close(recorded.state.potential, plain.state.potential, np.float64, 100)
    last = recorded.trace[int(plain.steps.max())]
    np.testing.assert_array_equal(last[:, :1], recorded.potential("heads")[0][:, :1])


def test_what_is_not_wanted_is_left_out() -> None:
    problem = WIRINGS["dense_words"]("squared", np.float64)
    names = [name for name in problem.network.parameters if name != "words.patterns"]
    for method in ("bptt", "implicit"):
        all_of_it, part = (
            backprop_gradient(
                problem.network, problem.drive, problem.target, method=method, wanted=wanted
            ).gradient
            for wanted in (None, names)
        )
        assert not part["words.patterns"].any()
        for name in names:
            np.testing.assert_array_equal(part[name], all_of_it[name])


def test_large_couplings_stay_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = PROBLEMS["two_sentences"]("squared", np.float64)
    network, drive, target = problem.network, problem.drive, problem.target
    methods = ("bptt", "implicit")
    dense = [backprop_gradient(network, drive, target, method=m).gradient for m in methods]
    monkeypatch.setattr(slopes, "FACTORED", 20)
    for method, wanted in zip(methods, dense, strict=True):
        found = backprop_gradient(network, drive, target, method=method).gradient
        assert "hypothesis_premise-hidden" in found.factors
        for name in wanted:
            np.testing.assert_allclose(found[name], wanted[name], atol=1e-14)


def test_memory_grows_with_the_steps_of_bptt_alone() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    taken = [
        backprop_gradient(problem.network, problem.drive, problem.target, steps=t).nbytes
        for t in (5, 10, 20)
    ]
    assert taken[2] - taken[1] == 2 * (taken[1] - taken[0]) > 0
    free = settle(problem.network, problem.drive)
    assert implicit_gradient(free, problem.target, stop=Stop()).nbytes == 0


def test_an_adjoint_that_has_not_converged_says_so() -> None:
    problem = WIRINGS["triangle"]("squared", np.float64)
    free = settle(problem.network, problem.drive, stop=TIGHT)
    rough = implicit_gradient(free, problem.target, stop=Stop(1e-14, 2))
    assert rough.residual is not None
    assert rough.residual.max() > 1e-4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "rtrl"}, "method 'rtrl': choose one of bptt, implicit"),
        ({"solver": "spiking"}, "not through 'spiking'"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"truncate": 0}, "truncate must be at least 1, got 0"),
        ({"method": "implicit", "truncate": 3}, "goes back through no steps"),
    ],
)
def test_bad_requests_are_one_line(options: dict, message: str) -> None:
    problem = WIRINGS["vector"]("squared", np.float64)
    with pytest.raises(ValueError, match=message) as error:
        backprop_gradient(problem.network, problem.drive, problem.target, **options)
    assert "\n" not in str(error.value)


def test_a_target_that_does_not_fit_is_refused() -> None:
    problem = WIRINGS["vector"]("squared", np.float64)
    for method in ("bptt", "implicit"):
        with pytest.raises(ValueError, match="target of shape"):
            backprop_gradient(problem.network, problem.drive, problem.target[:, :2], method=method)
    problem.network.cost = None
    with pytest.raises(ValueError, match="needs a cost"):
        backprop_gradient(problem.network, problem.drive, problem.target)
