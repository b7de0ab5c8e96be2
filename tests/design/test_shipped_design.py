"""The shipped pooled design: its spiking gradient is the analog one, at the start and trained."""

import numpy as np
import pytest
from neuroep.learning.estimators import Estimate, estimate
from neuroep.tasks.reviews.data import ReviewData, ReviewExamples, read_reviews, read_vocabulary

from neuroep.design.design import Design, load_design
from neuroep.learning.trainer import Trainer
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.settle import Stop
from neuroep.text.texts import open_texts

REVIEWS = 32
Shipped = tuple[Design, ReviewData, Network]


@pytest.fixture(scope="module")
def data() -> tuple[Design, ReviewData]:
    design = load_design("imdb_pooled", ["solver=sweep", "learning.epochs=1"])
    source = open_texts(None)
    vocabulary = read_vocabulary(design, source, None)
    return design, read_reviews(design, source, vocabulary)


@pytest.fixture(scope="module", params=["start", "trained"])
def shipped(request: pytest.FixtureRequest, data: tuple[Design, ReviewData]) -> Shipped:
    design, reviews = data
    network = design.make_network(len(reviews.vocabulary))
    network.initialise(design.seed)
    network.parameters["words.patterns"][:] = reviews.vectors
    if request.param == "trained":
        solver, stop = design.make_solver()
        trainer = Trainer(
            network,
            ReviewExamples(reviews.train, "words", dropout=design.reading.word_dropout),
            ReviewExamples(reviews.validation, "words"),
            design.recipe,
            solver=solver,
            stop=stop,
        )
        trainer.run_epoch()
        assert trainer.history[-1]["validation_accuracy"] > 0.7  # so that it is a trained one
    return design, reviews, network


def phases(shipped: Shipped, solver_name: str) -> Estimate:
    design, reviews, network = shipped
    chosen = np.random.default_rng(1).permutation(len(reviews.test))[:REVIEWS]
    inputs, target = ReviewExamples(reviews.test, "words").batch(chosen)
    solver, stop = design.make_solver(solver_name)
    if solver_name == "sweep":
        stop = Stop(1e-6, 500)
    drive = make_drive(network, inputs)
    return estimate(network, drive, target, beta=0.5, solver=solver, stop=stop)


def test_spiking_gradient_of_every_parameter_is_the_analog_one(shipped: Shipped) -> None:
    analog, spiking = phases(shipped, "sweep"), phases(shipped, "spiking")
    for name, exact in analog.gradient.items():
        found = spiking.gradient[name]
        cosine = float((exact * found).sum()) / np.linalg.norm(exact) / np.linalg.norm(found)
        assert cosine >= 0.995, name
        assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(exact), rel=0.1), name


def test_no_line_spends_more_than_200_spikes_in_a_phase(shipped: Shipped) -> None:
    spiking = phases(shipped, "spiking")
    for name in shipped[2].settling:
        for settled in (spiking.free, spiking.nudged):
            assert settled.spike_counts(name).max() <= 200, name
    assert spiking.free.saturated is not None
    assert spiking.free.saturated.sum() == 0
