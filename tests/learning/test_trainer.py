"""Training repeats to the last bit: same seed, any number of threads, resumed or not."""

import weakref

import numpy as np
import pytest
from reference.problems import WIRINGS, sequences, with_words
from reference.problems import pooled as wire_pooled

from neuroep.learning import evaluation
from neuroep.learning.estimators import estimate
from neuroep.learning.evaluation import evaluate, mean_cost, output_scores
from neuroep.learning.recipe import Recipe
from neuroep.learning.trainer import Diverged, Trainer
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import Settled, Stop, settle
from neuroep.settle.hopfield.spiking import Spiking

SPIKING = Spiking(free_duration=40e-6, nudged_duration=30e-6, window=25e-6)


class Reviews:
    """Sequences whose class is which of three words they hold; ``noisy`` shuffles by the rng."""

    def __init__(self, count: int, seed: int, noisy: bool = True) -> None:
        rng = np.random.default_rng(seed)
        self.words = [rng.integers(3, 11, rng.integers(1, 6)) for _ in range(count)]
        self.classes = rng.integers(0, 3, count)
        for ids, kind in zip(self.words, self.classes, strict=True):
            ids[rng.integers(len(ids))] = kind
        self.noisy = noisy

    def __len__(self) -> int:
        return len(self.words)

    def batch(self, indices, rng=None):
        chosen = [self.words[i] for i in indices]
        if rng is not None and self.noisy:
            chosen = [rng.permutation(ids) for ids in chosen]
        packed = sequences(np.random.default_rng(0), [len(x) for x in chosen])
        packed.rows[:] = np.concatenate(chosen)
        return {"words": packed}, np.eye(3)[self.classes[indices]]


def trainer(
    dtype: type = np.float32, solver="sweep", epochs: int = 3, patience: int = 0, **recipe
) -> Trainer:
    network = with_words(wire_pooled, "cross_entropy", dtype).network
    recipe = Recipe(
        **{"epochs": epochs, "batch": 20, "rates": {"*": 0.02}, "patience": patience} | recipe
    )
    stop = Stop(1e-4, 50)
    return Trainer(
        network, Reviews(70, 1), Reviews(30, 2), recipe, solver=solver, stop=stop, seed=5
    )


def arrays(t: Trainer) -> dict[str, bytes]:
    return {name: np.asarray(a).tobytes() for name, a in t.to_arrays().items()}


def run(t: Trainer, epochs: int) -> Trainer:
    for _ in range(epochs):
        t.run_epoch()
    return t


@pytest.mark.parametrize("solver", ["sweep", SPIKING], ids=["sweep", "spiking"])
@pytest.mark.parametrize(
    "recipe",
    [{}, {"estimator": "random_sign", "update": "sgd", "decay": "none"}],
    ids=["adam", "sgd"],
)
def test_same_seed_gives_the_same_bits_and_so_does_resuming(solver, recipe) -> None:
    whole = run(trainer(solver=solver, **recipe), 3)
    assert arrays(whole) == arrays(run(trainer(solver=solver, **recipe), 3))
    interrupted = run(trainer(solver=solver, **recipe), 1)
    saved = {name: np.array(a) for name, a in interrupted.to_arrays().items()}
    resumed = trainer(solver=solver, **recipe)
    resumed.network.parameters.flat[:] = 0  # all that counts is in the checkpoint
    resumed.from_arrays(saved)
    assert resumed.epoch == 1
    assert arrays(whole) == arrays(run(resumed, 2))
    assert whole.history == resumed.history


@pytest.mark.parametrize("solver", ["sweep", "synchronous", SPIKING], ids=str)
def test_results_do_not_depend_on_the_number_of_threads(
    solver, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("NEUROEP_THREADS", threads)
        t = run(trainer(solver=solver, epochs=1), 1)
        inputs, target = t.data.batch(np.arange(70))
        drive = make_drive(t.network, inputs)
        estimated = estimate(t.network, drive, target, 0.5, solver=solver)
        found.append(
            (
                arrays(t),
                estimated.gradient.flat.tobytes(),
                estimated.nudged.energy.tobytes(),
                estimated.nudged.state.potential.tobytes(),
            )
        )
    assert found[0] == found[1]


def test_training_learns_and_keeps_the_best_epoch() -> None:
    t = trainer(epochs=6)
    before = t.validate()
    run(t, 6)
    assert t.finished
    accuracies = [h["validation_accuracy"] for h in t.history]
    assert max(accuracies) > before.accuracy + 0.2
    assert t.history[-1]["train_cost"] < t.history[0]["train_cost"]
    assert t.best_epoch == int(np.argmax(accuracies))
    t.network.parameters.flat[:] = t.best.flat
    assert t.validate().accuracy == max(accuracies)


def test_every_epoch_sees_every_example_once_in_an_order_of_its_own() -> None:
    t = trainer(epochs=2)
    orders: list[int] = []
    batch = t.data.batch

    def watched(indices, rng=None):
        orders.extend(indices)
        return batch(indices, rng)

    t.data.batch = watched
    run(t, 2)
    first, second = orders[:70], orders[70:]
    assert sorted(first) == sorted(second) == list(range(70))
    assert first != second


def test_patience_ends_training() -> None:
    t = trainer(epochs=50, patience=2, rates={"*": 0.0})
    while not t.finished:
        t.run_epoch()
    assert t.epoch == 3, "the first epoch stays the best when nothing learns"


def test_cosine_decay_and_rates_by_name() -> None:
    seen = []

    class Observer:
        def record(self, step, examples):
            return None

        def before_update(self, step, found, rates):
            seen.append((step, dict(rates)))
            self.before = t.network.parameters.copy()

        def after_update(self, step):
            assert (t.network.parameters["hidden.bias"] != self.before["hidden.bias"]).any()
            assert (t.network.parameters["out.bias"] == self.before["out.bias"]).all()

    t = trainer(epochs=2, rates={"hidden.*": 0.1, "words.patterns": 0.02})
    t.observer = Observer()
    run(t, 2)
    assert [step for step, _ in seen] == list(range(8)), "the last, short batch counts"
    for step, rates in seen:
        factor = 0.5 * (1 + np.cos(np.pi * step / 8))
        assert rates["hidden.bias"] == pytest.approx(0.1 * factor)
        assert rates["words.patterns"] == pytest.approx(0.02 * factor)
        assert rates["out.bias"] == 0


def test_a_diverged_settle_stops_training_and_names_the_step() -> None:
    t = trainer()
    t.network.parameters["readout.bias"][:] = np.nan
    with pytest.raises(Diverged, match="step 0"):
        t.run_epoch()


def test_evaluation_does_not_depend_on_its_batches() -> None:
    t = trainer(np.float64)
    small, large = (
        evaluate(t.network, t.validation, batch=batch, stop=Stop(1e-13, 500)) for batch in (7, 30)
    )
    np.testing.assert_allclose(small.scores, large.scores, atol=1e-12)
    assert small.accuracy == large.accuracy
    assert small.cost == pytest.approx(large.cost, rel=1e-12)
    assert small.not_converged == 0
    kinds = t.validation.classes
    assert small.accuracy == (small.scores.argmax(axis=1) == kinds).mean()
    assert small.cost == pytest.approx(-np.log(small.scores[np.arange(30), kinds]).mean())


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
def test_evaluation_keeps_no_state_of_earlier_batches(
    cost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the seed paper's network hold 90 MB a batch."""
    network = with_words(wire_pooled, cost, np.float32).network
    states: list[weakref.ref[np.ndarray]] = []

    def watched(*given, **wanted) -> Settled:
        found = settle(*given, **wanted)
        states.append(weakref.ref(found.state.activity))
        return found

    def alive(done: int) -> None:
        assert sum(state() is not None for state in states) <= 1

    monkeypatch.setattr(evaluation, "settle", watched)
    evaluate(network, Reviews(30, 2), batch=4, progress=alive)
    assert len(states) == 8


@pytest.mark.parametrize("change", ["missing", "shape"])
def test_a_checkpoint_of_another_network_is_refused(change: str) -> None:
    t = run(trainer(), 1)
    saved = {name: np.array(a) for name, a in t.to_arrays().items()}
    if change == "missing":
        del saved["parameters/out.bias"]
    else:
        saved["parameters/out.bias"] = np.zeros(7)
    with pytest.raises(ValueError, match=r"parameters/out\.bias"):
        trainer().from_arrays(saved)


def test_mean_cost_of_training_is_that_of_the_free_phase() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    found = estimate(problem.network, problem.drive, problem.target, 0.5)
    s = found.free.activity("out")[0]
    scores = output_scores(problem.network, found.free)[0]
    np.testing.assert_array_equal(scores, s)
    assert mean_cost(problem.network, scores, problem.target) == pytest.approx(
        np.mean([0.5 * ((a - b) ** 2).sum() for a, b in zip(s, problem.target, strict=True)])
    )
