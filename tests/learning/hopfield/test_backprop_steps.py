"""Step by step: EP's updates descend as BPTT's truncated gradients; both train alike."""

import numpy as np
import pytest
from reference.problems import WIRINGS, sequences, with_words
from reference.problems import pooled as wire_pooled

from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.backprop.reference import backprop_gradient
from neuroep.learning.hopfield.backprop.rest import AtRest
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules import RULES
from neuroep.learning.rules.rule import Rule
from neuroep.learning.trainer import Trainer
from neuroep.learning.updates.sgd import SGD
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import Record, Settled, Stop, settle

TIGHT = Stop(1e-15, 3000)
BETA = 1e-3
STEPS = 8


@pytest.mark.parametrize("wiring", ["token", "stacked", "dense_words", "two_inputs"])
def test_updates_descend_as_truncated_gradients(wiring: str) -> None:
    """Theorem 1 of Ernoult et al. 2019: after each synchronous step, for every parameter."""
    problem = WIRINGS[wiring]("squared", np.float64)
    drive, target = problem.drive, problem.target
    free = settle(problem.network, drive, stop=TIGHT)
    rest = AtRest(free, target, drive.plan.synchronous, patterns=True)
    up = down = free
    share = 0.5 / BETA / drive.count
    for _ in rest.steps(STEPS):
        before = up.state.activity - down.state.activity
        up, down = one_step(up, BETA, target), one_step(down, -BETA, target)
        after = up.state.activity - down.state.activity
        # Activities move by -beta mu, the adjoint of the mean cost times the examples.
        moved = (after - before) * share
        np.testing.assert_allclose(moved, -rest.current, atol=1e-5 * np.abs(rest.total).max())
        found = energy_slope(up, share)
        energy_slope(down, -share, into=found)
        for name, wanted in rest.gradient().items():
            error = np.linalg.norm(found[name] - wanted)
            assert error <= 1e-4 * np.linalg.norm(wanted) + 1e-12, name


def one_step(phase: Settled, beta: float, target: np.ndarray) -> Settled:
    return settle(
        phase.drive.plan.network,
        phase.drive,
        solver="synchronous",
        beta=beta,
        target=target,
        start=phase,
        stop=Stop(0.0, 1),
    )


@pytest.mark.parametrize("solver", ["sweep", "synchronous"])
def test_truncated_bptt_at_a_fixed_point_is_that_of_steps_at_rest(solver: str) -> None:
    problem = WIRINGS["pooled"]("cross_entropy", np.float64)
    drive, target = problem.drive, problem.target
    rest = AtRest(
        settle(problem.network, drive, stop=TIGHT), target, getattr(drive.plan, solver), True
    )
    for step in rest.steps(5):
        found = backprop_gradient(
            problem.network, drive, target, solver=solver, steps=300, truncate=step
        ).gradient
        for name, wanted in rest.gradient().items():
            np.testing.assert_allclose(found[name], wanted, atol=1e-12)


class Reviews:
    """Sequences whose class is which of three words they hold."""

    def __init__(self, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.words = [rng.integers(3, 11, rng.integers(1, 6)) for _ in range(count)]
        self.classes = rng.integers(0, 3, count)
        for ids, kind in zip(self.words, self.classes, strict=True):
            ids[rng.integers(len(ids))] = kind

    def __len__(self) -> int:
        return len(self.words)

    def batch(self, indices, rng=None):
        chosen = [self.words[i] for i in indices]
        packed = sequences(np.random.default_rng(0), [len(x) for x in chosen])
        packed.rows[:] = np.concatenate(chosen)
        return {"words": packed}, np.eye(3)[self.classes[indices]]


def trainer(rule: Rule, solver: str = "sweep") -> Trainer:
    recipe = Recipe(epochs=4, batch=20, rule=rule, update=SGD(), rates={"*": 0.3})
    network = with_words(wire_pooled, "cross_entropy", np.float64).network
    system = HopfieldSystem(network, solver, Stop(1e-8, 200))
    return Trainer(system, Reviews(120, 1), Reviews(30, 2), recipe, seed=5)


def test_the_same_training_by_each_gradient() -> None:
    runs = {name: trainer(RULES[name]()) for name in ("bptt", "implicit")}
    runs["centered"] = trainer(RULES["centered"](beta=0.01))
    start = runs["bptt"].parameters.flat.copy()
    for run in runs.values():
        while not run.finished:
            run.run_epoch()
    ends = {name: run.parameters.flat for name, run in runs.items()}
    way = np.linalg.norm(ends["bptt"] - start)
    assert np.linalg.norm(ends["implicit"] - ends["bptt"]) < 1e-6 * way
    assert np.linalg.norm(ends["centered"] - ends["bptt"]) < 1e-3 * way
    history = runs["bptt"].history
    assert history[-1]["train_cost"] < history[0]["train_cost"]
    repeated = trainer(RULES["bptt"]())
    repeated.run_epoch()
    assert repeated.history[0] == history[0]


def test_backpropagation_is_an_estimate_without_nudged_phases() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    network, drive, target = problem.network, problem.drive, problem.target
    stop = Stop(1e-9, 100)
    for name in ("bptt", "implicit"):
        found = estimate(network, drive, target, name, stop=stop)
        free = settle(network, drive, stop=stop)
        np.testing.assert_array_equal(found.free.state.potential, free.state.potential)
        assert found.residual == free.residual.max()
        assert found.free.trace.size == 0
        with pytest.raises(ValueError, match="no nudged phase"):
            found.nudged  # noqa: B018
        with pytest.raises(ValueError, match="keeps no record"):
            estimate(network, drive, target, name, record=Record((0,)))


def test_spikes_have_no_gradient_to_go_back_through() -> None:
    with pytest.raises(ValueError, match="bptt goes back through sweep or synchronous steps"):
        trainer(RULES["bptt"](), solver="spiking")
    problem = WIRINGS["pooled"]("squared", np.float64)
    with pytest.raises(ValueError, match="implicit goes back"):
        estimate(
            problem.network,
            make_drive(problem.network, problem.inputs),
            problem.target,
            "implicit",
            solver="spiking",
        )
