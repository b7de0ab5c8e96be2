"""Training, whatever the family: it repeats to the last bit, resumes, learns, and stops in time."""

from collections.abc import Callable

import numpy as np
import pytest
from learning_support import Points, Reviews, points_system, words_system

from neuroep.images import Images, open_images
from neuroep.learning.estimate import estimate
from neuroep.learning.recipe import Recipe
from neuroep.learning.resistive.system import ResistiveSystem
from neuroep.learning.rules import RULES
from neuroep.learning.trainer import Diverged, Trainer
from neuroep.learning.updates.adam import Adam
from neuroep.learning.updates.projected import Projected
from neuroep.learning.updates.sgd import SGD
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle import Stop
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.tasks.images.task import ImageExamples

SPIKING = Spiking(free_duration=40e-6, nudged_duration=30e-6, window=25e-6)
BASE = {"epochs": 3, "batch": 20}


def of_words(solver: object = "sweep", **changes) -> Trainer:
    recipe = Recipe(**BASE | {"rates": {"*": 0.02}} | changes)
    return Trainer(words_system(solver=solver), Reviews(70, 1), Reviews(30, 2), recipe, seed=5)


def of_points(seed: int = 5, **changes) -> Trainer:
    own = {"rule": RULES["centered"](0.3), "update": Projected(0.9), "rates": {"*": 0.01}}
    recipe = Recipe(**BASE | own | changes)
    return Trainer(points_system(), Points(70, 1), Points(30, 2), recipe, seed=seed)


def random_sgd(solver: object = "sweep", **changes) -> Trainer:
    own = {"rule": RULES["random_sign"](), "update": SGD(), "decay": "none"}
    return of_words(solver, **own | changes)


TRAININGS: dict[str, Callable[..., Trainer]] = {
    "sweep, Adam": of_words,
    "spiking, Adam": lambda **changes: of_words(SPIKING, **changes),
    "sweep, random sign, SGD": random_sgd,
    "spiking, random sign, SGD": lambda **changes: random_sgd(SPIKING, **changes),
    "sweep, bptt": lambda **changes: of_words(rule=RULES["bptt"](), **changes),
    "resistive": of_points,
    "resistive, Adam": lambda **changes: of_points(
        **{"update": Adam(), "rates": {"*": 1e-6}} | changes
    ),
    "resistive, implicit": lambda **changes: of_points(rule=RULES["implicit"](), **changes),
}
FAMILIES = ["sweep, Adam", "resistive"]


def arrays(t: Trainer) -> dict[str, bytes]:
    return {name: np.asarray(a).tobytes() for name, a in t.to_arrays().items()}


def run(t: Trainer, epochs: int) -> Trainer:
    for _ in range(epochs):
        t.run_epoch()
    return t


@pytest.mark.parametrize("kind", TRAININGS)
def test_same_seed_gives_the_same_bits_and_so_does_resuming(kind: str) -> None:
    make = TRAININGS[kind]
    whole = run(make(), 3)
    assert arrays(whole) == arrays(run(make(), 3))
    interrupted = run(make(), 1)
    saved = {name: np.array(a) for name, a in interrupted.to_arrays().items()}
    resumed = make()
    resumed.parameters.flat[:] = 0  # all that counts is in the checkpoint
    resumed.from_arrays(saved)
    assert resumed.epoch == 1
    assert arrays(whole) == arrays(run(resumed, 2))
    assert whole.history == resumed.history


def test_seeds_differ() -> None:
    one, two = (run(of_points(seed), 1) for seed in (0, 1))
    assert one.history != two.history


@pytest.mark.parametrize("kind", ["sweep, Adam", "spiking, Adam", "synchronous", "resistive"])
def test_results_do_not_depend_on_the_number_of_threads(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = TRAININGS.get(kind) or (lambda: of_words("synchronous"))
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("NEUROEP_THREADS", threads)
        t = run(make(), 1)
        inputs, target = t.data.batch(np.arange(70))
        estimated = estimate(t.system, t.system.clamp(inputs), target, beta=0.2)
        found.append(
            (
                arrays(t),
                estimated.gradient.flat.tobytes(),
                estimated.nudged.energy.tobytes(),
                t.system.scores(estimated.nudged).tobytes(),
            )
        )
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", FAMILIES)
def test_training_learns_and_keeps_the_best_epoch(kind: str) -> None:
    t = TRAININGS[kind](epochs=6)
    before = t.validate()
    run(t, 6)
    assert t.finished
    accuracies = [h["validation_accuracy"] for h in t.history]
    assert max(accuracies) > before.accuracy + 0.2
    assert t.history[-1]["train_cost"] < t.history[0]["train_cost"]
    assert t.best_epoch == int(np.argmax(accuracies))
    t.parameters.flat[:] = t.best.flat
    assert t.validate().accuracy == max(accuracies)


def test_a_cost_that_is_no_number_is_not_the_best() -> None:
    t = of_words(choose="cost")
    t.history += [{"validation_cost": cost} for cost in (0.5, float("nan"), 0.4, 0.4)]
    assert t.best_epoch == 2


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_epoch_sees_every_example_once_in_an_order_of_its_own(kind: str) -> None:
    t = TRAININGS[kind](epochs=2)
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


@pytest.mark.parametrize("kind", FAMILIES)
def test_patience_ends_training(kind: str) -> None:
    t = TRAININGS[kind](epochs=50, patience=2, rates={"*": 0.0})
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
            self.before = t.parameters.copy()

        def after_update(self, step):
            assert (t.parameters["hidden.bias"] != self.before["hidden.bias"]).any()
            assert (t.parameters["out.bias"] == self.before["out.bias"]).all()

    t = of_words(epochs=2, rates={"hidden.*": 0.1, "words.patterns": 0.02})
    t.observer = Observer()
    run(t, 2)
    assert [step for step, _ in seen] == list(range(8)), "the last, short batch counts"
    for step, rates in seen:
        factor = 0.5 * (1 + np.cos(np.pi * step / 8))
        assert rates["hidden.bias"] == pytest.approx(0.1 * factor)
        assert rates["words.patterns"] == pytest.approx(0.02 * factor)
        assert rates["out.bias"] == 0


def test_the_limits_of_a_device_hold_in_training_and_are_counted() -> None:
    system = words_system()
    system.limits.update({"heads-hidden": (-0.05, 0.05), "hidden.bias": (-10.0, 10.0)})
    recipe = Recipe(**BASE, rates={"*": 0.02})
    t = Trainer(system, Reviews(70, 1), Reviews(30, 2), recipe, seed=5)
    run(t, 2)
    low, high = np.float32(-0.05), np.float32(0.05)
    weights = t.parameters["heads-hidden"]
    assert ((weights >= low) & (weights <= high)).all()
    assert ((weights == low) | (weights == high)).any()
    assert all(h["clipped"] > 0 for h in t.history)
    assert "clipped" not in run(of_words(), 1).history[0]
    chip = run(of_points(), 2)
    chip.system.network.check_conductances()
    assert all(h["clipped"] > 0 for h in chip.history)


def test_an_updater_that_is_given_takes_the_place_of_the_recipes() -> None:
    system = words_system()
    updater = SGD().make(system.parameters, {}, np.random.default_rng(0))
    recipe = Recipe(**BASE, rates={"*": 0.02})
    data = Reviews(70, 1), Reviews(30, 2)
    given = run(Trainer(system, *data, recipe, seed=5, updater=updater), 1)
    wanted = run(of_words(update=SGD()), 1)
    np.testing.assert_array_equal(given.parameters.flat, wanted.parameters.flat)


def test_a_diverged_settle_stops_training_and_names_the_step() -> None:
    t = of_words()
    t.parameters["readout.bias"][:] = np.nan
    with pytest.raises(Diverged, match="step 0: a settle diverged"):
        t.run_epoch()
    chip = of_points()
    chip.data.x[:] = 3e38
    with np.errstate(all="ignore"), pytest.raises(Diverged, match="step 0"):
        chip.run_epoch()


def test_a_beta_that_the_outputs_do_not_hold_stops_training() -> None:
    with pytest.raises(Diverged, match=r"step 0: beta: -100 draws more from output \d+"):
        of_points(rule=RULES["centered"](100.0)).run_epoch()
    layered = of_words()
    recipe = Recipe(**BASE, rule=RULES["one_sided"](-50.0))
    network = layered.system.network
    from neuroep.network.hopfield.costs import SquaredError

    network.set_cost(SquaredError("out"))
    network.initialise(0)
    with pytest.raises(Diverged, match="step 0: beta -50: a negative nudge must stay above"):
        Trainer(layered.system, layered.data, layered.validation, recipe).run_epoch()


def test_what_cannot_be_trained_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="batch 2000 is larger than the 70 examples"):
        of_words(batch=2000)
    with pytest.raises(ValueError, match=r"rate '3-4': fits none"):
        of_points(rates={"3-4": 0.1})
    with pytest.raises(ValueError, match=r"^update: projected"):
        of_words(update=Projected())
    with pytest.raises(ValueError, match=r"^bptt: a resistive network"):
        of_points(rule=RULES["bptt"]())
    with pytest.raises(ValueError, match=r"^bptt goes back through sweep or synchronous"):
        of_words(SPIKING, rule=RULES["bptt"]())
    for bad in ({"epochs": 0}, {"batch": 0}, {"patience": -1}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} must"):
            Recipe(**bad)


@pytest.mark.parametrize("change", ["missing", "shape"])
def test_a_checkpoint_of_another_network_is_refused(change: str) -> None:
    t = run(of_words(), 1)
    saved = {name: np.array(a) for name, a in t.to_arrays().items()}
    if change == "missing":
        del saved["parameters/out.bias"]
    else:
        saved["parameters/out.bias"] = np.zeros(7)
    with pytest.raises(ValueError, match=r"parameters/out\.bias"):
        of_words().from_arrays(saved)


def images(which: Images, shape: tuple[int, int]) -> ImageExamples:
    return ImageExamples(which, shape, "inputs", 10)


def chip(pixels: int, first: float) -> ResistiveSystem:
    made = ResistiveNetwork(
        pixels,
        (64,),
        10,
        input_gain=0.2,
        output_gain=1e-3,
        conductance_range=(0.0, 1e-4),
        nudge_conductance=2e-5,
        dtype=np.float32,
    )
    made.initialise(0, (first, 1.2e-5))
    return ResistiveSystem(made, Stop(1e-6, 20))


DIGITS = Recipe(
    epochs=4, batch=8, rule=RULES["centered"](1.0), update=Projected(0.9), rates={"*": 0.003}
)


def test_a_resistive_chip_learns_digits() -> None:
    """A few built-in ones, every other pixel."""
    data = open_images(None)
    parts = []
    for part in (data.train.take(slice(1000)), data.test.take(slice(400))):
        pixels = part.pixels.reshape(-1, 28, 28)[:, ::2, ::2].reshape(-1, 196)
        parts.append(images(Images(np.ascontiguousarray(pixels), part.labels), (14, 14)))
    learner = Trainer(chip(196, 5e-6), *parts, DIGITS)
    start = learner.validate().accuracy
    run(learner, 4)
    found = learner.validate()
    assert max(h["validation_accuracy"] for h in learner.history) > max(0.55, start + 0.4)
    assert found.not_converged == 0
    assert found.scores.shape == (400, 10)


@pytest.mark.data
def test_real_digits(data_dir) -> None:
    """A few hundred steps on MNIST: far above chance, all settled."""
    folder = data_dir / "mnist"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    data = open_images(folder)
    parts = [
        images(part, data.shape)
        for part in (data.train.take(slice(2000)), data.test.take(slice(500)))
    ]
    recipe = Recipe(
        epochs=2, batch=8, rule=RULES["centered"](1.0), update=Projected(0.9), rates={"*": 0.003}
    )
    learner = run(Trainer(chip(784, 2.5e-6), *parts, recipe), 2)
    assert learner.history[-1]["validation_accuracy"] > 0.75
    assert learner.validate().not_converged == 0
