"""Resistive networks learn: the gradient is that of the loss, training descends and resumes."""

from dataclasses import replace

import numpy as np
import pytest
from neuroep.learning.resistive.estimate import ProjectedSGD, estimate_resistive
from neuroep.learning.resistive.trainer import ResistiveTrainer, evaluate_resistive
from reference import resistive as slow

from neuroep.images import Images, open_images
from neuroep.learning.recipe import Recipe
from neuroep.learning.trainer import Diverged
from neuroep.network.parameters import Parameters
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import Stop
from neuroep.tasks.images.examples import ImageExamples

TIGHT = Stop(1e-15, 5_000)
SOFT = ExponentialDiode(1e-9)
CHIPS = [((6,), 1.0, None), ((6, 4), 3.0, None), ((6,), 1.0, SOFT), ((4, 6, 4), 2.0, SOFT)]


def problem(net: ResistiveNetwork, count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.normal(size=(count, net.inputs)), rng.normal(size=(count, net.outputs))


def finite_differences(net: ResistiveNetwork, x: np.ndarray, y: np.ndarray) -> Parameters:
    """Return the slope of the mean cost along every conductance."""

    def cost() -> float:
        volts = settle_resistive(net, x, stop=TIGHT).volts[-1][0]
        return float(net.cost(volts, y).mean())

    found = net.parameters.zeros_like()
    flat = net.parameters.flat
    for i, g in enumerate(flat.copy()):
        ends = []
        for moved in (g + 1e-4 * g, g - 1e-4 * g):
            flat[i] = moved
            ends.append(cost())
        flat[i] = g
        found.flat[i] = (ends[0] - ends[1]) / (2e-4 * g)
    return found


def distance(found: Parameters, wanted: Parameters, name: str) -> float:
    return float(np.linalg.norm(found[name] - wanted[name]) / np.linalg.norm(wanted[name]))


@pytest.mark.parametrize(("hidden", "amplification", "diode"), CHIPS)
def test_the_estimate_is_the_slope_of_the_loss(hidden, amplification, diode) -> None:
    net = slow.network(hidden, amplification=amplification, diode=diode)
    x, y = problem(net)
    wanted = finite_differences(net, x, y)
    strong, weak = 4e-2, 4e-3

    def errors(beta: float, estimator: str) -> np.ndarray:
        found = estimate_resistive(net, x, y, beta, estimator=estimator, stop=TIGHT)
        assert max(found.free.balance.max(), found.nudged.balance.max()) < 1e-9
        return np.array([distance(found.gradient, wanted, name) for name in wanted])

    centered = errors(strong, "centered"), errors(weak, "centered")
    assert (centered[1] < 1e-3).all()
    slope = np.log10(centered[0] / centered[1])
    assert ((slope > 1.9) & (slope < 2.1)).all(), slope
    one_sided = errors(strong, "one_sided"), errors(weak, "one_sided")
    slope = np.log10(one_sided[0] / one_sided[1])
    assert ((slope > 0.9) & (slope < 1.1)).all(), slope
    assert (errors(weak, "random_sign") < 0.2).all()


def test_each_synapse_reads_only_the_drop_across_itself() -> None:
    """The gradient of one synapse, written out from the voltages at its two ends."""
    net = slow.network((6, 4), amplification=3.0)
    x, y = problem(net)
    beta = 0.3
    found = estimate_resistive(net, x, y, beta, stop=TIGHT)
    kappa = net.nudge_conductance * net.output_gain**2
    for k, (name, (i, j)) in enumerate(zip(net.parameters, ((2, 3), (1, 2), (3, 0)), strict=True)):
        drops = [
            net.gains[k] * found.nudged.layer(k)[phase, :, i]
            - found.nudged.layer(k + 1)[phase, :, j]
            for phase in (0, 1)
        ]
        behind = net.amplification ** (2 * (len(net.hidden) - k))
        local = behind * (drops[0] ** 2 - drops[1] ** 2).mean() / (4 * beta * kappa)
        assert found.gradient[name][i, j] == pytest.approx(local, rel=1e-9)


def test_single_precision_gives_the_same_gradient() -> None:
    double, single = (slow.network((8, 6), dtype=d, inputs=5) for d in (np.float64, np.float32))
    single.parameters.flat[:] = double.parameters.flat
    x, y = problem(double, 8)
    wanted = estimate_resistive(double, x, y, 0.5, stop=TIGHT).gradient
    found = estimate_resistive(single, x, y, 0.5, stop=Stop(1e-7, 50)).gradient
    assert found.flat.dtype == np.float32
    for name in wanted:
        assert distance(found, wanted, name) < 1e-3


def test_bad_estimates_are_refused() -> None:
    net = slow.network()
    x, y = problem(net)
    with pytest.raises(ValueError, match="beta must not be zero"):
        estimate_resistive(net, x, y, 0.0)
    with pytest.raises(ValueError, match="estimator 'best'"):
        estimate_resistive(net, x, y, 0.1, estimator="best")


def test_updates_stay_within_the_device_at_a_rate_normalised_to_it() -> None:
    net = slow.network((6,))
    before, span = net.parameters.copy(), 1e-4 - 1e-6
    gradient = net.parameters.zeros_like()
    gradient["0-1"][0, :3] = 1e4, -1e9, 1e9
    gradient["1-2"][:] = 1.0
    update = ProjectedSGD(net)
    update.apply(net.parameters, gradient, {"0-1": 0.5, "1-2": 0.0})
    moved = before["0-1"][0, 0] - 0.5 * span**2 * 1e4
    assert net.parameters["0-1"][0, 0] == pytest.approx(max(moved, 1e-6))
    assert net.parameters["0-1"][0, 1] == 1e-4
    assert net.parameters["0-1"][0, 2] == 1e-6
    np.testing.assert_array_equal(net.parameters["0-1"][1:], before["0-1"][1:])
    np.testing.assert_array_equal(net.parameters["1-2"], before["1-2"])
    net.check_conductances()
    with pytest.raises(ValueError, match="momentum"):
        ProjectedSGD(net, 1.0)


Data = tuple[ImageExamples, ImageExamples]


def examples(images: Images, shape: tuple[int, int]) -> ImageExamples:
    return ImageExamples(images, shape, "inputs", 10)


@pytest.fixture(scope="module")
def digits() -> Data:
    """A few built-in digits, every other pixel: enough to learn from in a second."""
    data = open_images(None)
    parts = []
    for images in (data.train.take(slice(1000)), data.test.take(slice(400))):
        pixels = images.pixels.reshape(-1, 28, 28)[:, ::2, ::2].reshape(-1, 196)
        few = Images(np.ascontiguousarray(pixels), images.labels)
        parts.append(examples(few, (14, 14)))
    return parts[0], parts[1]


def chip(dtype: type = np.float32, seed: int = 0) -> ResistiveNetwork:
    made = ResistiveNetwork(
        196,
        (64,),
        10,
        input_gain=0.2,
        output_gain=1e-3,
        conductance_range=(0.0, 1e-4),
        nudge_conductance=2e-5,
        dtype=dtype,
    )
    made.initialise(seed, (5e-6, 1.2e-5))
    return made


RECIPE = Recipe(epochs=4, batch=8, beta=1.0, update="sgd", rates={"*": 0.003})
STOP = Stop(1e-6, 20)


def trainer(digits: Data, recipe: Recipe = RECIPE, seed: int = 0) -> ResistiveTrainer:
    return ResistiveTrainer(chip(seed=seed), *digits, recipe, momentum=0.9, stop=STOP, seed=seed)


def test_training_learns_and_keeps_the_best(digits: Data) -> None:
    learner = trainer(digits)
    start = evaluate_resistive(learner.network, digits[1], stop=STOP)
    while not learner.finished:
        learner.run_epoch()
    history = learner.history
    assert history[-1]["train_cost"] < history[0]["train_cost"]
    assert max(h["validation_accuracy"] for h in history) > max(0.55, start.accuracy + 0.4)
    learner.network.check_conductances()
    learner.network.parameters.flat[:] = learner.best.flat
    found = learner.validate()
    assert found.accuracy == history[learner.best_epoch]["validation_accuracy"]
    assert found.not_converged == 0
    assert found.scores.shape == (400, 10)


def test_a_resumed_training_ends_with_the_same_bits(digits: Data) -> None:
    through = trainer(digits)
    for _ in range(3):
        through.run_epoch()
    first = trainer(digits)
    first.run_epoch()
    saved = {name: np.array(array) for name, array in first.to_arrays().items()}
    second = trainer(digits)
    second.from_arrays(saved)
    for _ in range(2):
        second.run_epoch()
    np.testing.assert_array_equal(second.parameters.flat, through.parameters.flat)
    np.testing.assert_array_equal(second.best.flat, through.best.flat)
    assert second.history == through.history


def test_seeds_differ(digits: Data) -> None:
    once = replace(RECIPE, epochs=1)
    learners = [trainer(digits, once, seed) for seed in (0, 1)]
    for learner in learners:
        learner.run_epoch()
    assert learners[0].history != learners[1].history


def test_training_refuses_what_it_cannot_do(digits: Data) -> None:
    with pytest.raises(ValueError, match="update: conductances learn by sgd"):
        trainer(digits, replace(RECIPE, update="adam"))
    with pytest.raises(ValueError, match="batch 2000"):
        trainer(digits, replace(RECIPE, batch=2000))
    with pytest.raises(ValueError, match=r"rate '3-4'"):
        trainer(digits, replace(RECIPE, rates={"3-4": 0.1}))


def test_a_settle_that_diverges_stops_training(digits: Data) -> None:
    images = digits[0].images
    bad = examples(Images(np.full_like(images.pixels, 3e38), images.labels), (14, 14))
    learner = ResistiveTrainer(chip(), bad, digits[1], RECIPE, stop=STOP)
    with np.errstate(all="ignore"), pytest.raises(Diverged, match="step 0"):
        learner.run_epoch()


def test_a_beta_that_the_outputs_do_not_hold_stops_training(
    digits: Data,
) -> None:
    with pytest.raises(Diverged, match=r"step 0: beta: -100 draws more from output \d+"):
        trainer(digits, replace(RECIPE, beta=100.0)).run_epoch()


@pytest.mark.data
def test_real_digits(data_dir) -> None:
    """A few hundred steps on MNIST: far above chance, all settled."""
    folder = data_dir / "mnist"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    data = open_images(folder)
    parts = [
        examples(part, data.shape)
        for part in (data.train.take(slice(2000)), data.test.take(slice(500)))
    ]
    net = ResistiveNetwork(
        784,
        (64,),
        10,
        input_gain=0.2,
        output_gain=1e-3,
        conductance_range=(0.0, 1e-4),
        nudge_conductance=2e-5,
        dtype=np.float32,
    )
    net.initialise(0, (2.5e-6, 1.2e-5))
    recipe = Recipe(epochs=2, batch=8, beta=1.0, update="sgd", rates={"*": 0.003})
    learner = ResistiveTrainer(net, *parts, recipe, momentum=0.9, stop=STOP)
    learner.run_epoch()
    learner.run_epoch()
    assert learner.history[-1]["validation_accuracy"] > 0.75
    assert learner.validate().not_converged == 0
