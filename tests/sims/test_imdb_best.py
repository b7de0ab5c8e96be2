"""The better review design: starts from naive Bayes, learns beyond it, reads the same in spikes."""

import numpy as np
import pytest
from neuroep.runs.training import make_trainer
from neuroep.tasks.reviews.data import ReviewData, ReviewExamples, read_reviews, read_vocabulary

from neuroep.design.design import Design, load_design
from neuroep.learning.evaluation import evaluate
from neuroep.network.hopfield.network import Network
from neuroep.text.texts import open_texts

Trained = tuple[Design, ReviewData, Network, float]


@pytest.fixture(scope="module")
def trained() -> Trained:
    design = load_design("imdb_best", ["solver=sweep", "learning.epochs=1", "learning.batch=16"])
    source = open_texts(None)
    vocabulary = read_vocabulary(design, source, None)
    data = read_reviews(design, source, vocabulary, seed=design.seed)
    network = design.make_network(len(vocabulary))
    network.initialise(design.seed)
    network.parameters["words.patterns"][:] = data.vectors
    train = ReviewExamples(data.train, "words", dropout=design.reading.word_dropout)
    trainer = make_trainer(design, network, train, ReviewExamples(data.validation, "words"), "best")
    trainer.run_epoch()
    return design, data, network, trainer.history[0]["validation_accuracy"]


def test_patterns_are_distinct_and_start_from_log_ratios(trained: Trained) -> None:
    design, data, _, _ = trained
    assert data.vocabulary.distinct
    assert all(len(set(data.train[i].tolist())) == len(data.train[i]) for i in range(50))
    scale = design.reading.vector_scale
    labels = np.repeat(data.train.labels, data.train.lengths)
    counts = np.stack(
        [
            np.bincount(data.train.tokens[labels == k], minlength=len(data.vocabulary))
            for k in (0, 1)
        ]
    )
    shares = (counts + 1) / (counts + 1).sum(axis=1, keepdims=True)
    ratios = scale * np.log(shares[1] / shares[0])
    np.testing.assert_allclose(data.vectors[:, 0], ratios, atol=1e-5)


def test_it_learns_and_spikes_agree(trained: Trained) -> None:
    design, data, network, accuracy = trained
    assert accuracy > 0.85
    some = ReviewExamples(data.test.subset(np.arange(0, len(data.test), 4)), "words")
    scores = {}
    for name in ("sweep", "spiking"):
        solver, stop = design.make_solver(name)
        scores[name] = evaluate(network, some, solver=solver, stop=stop).scores
    same = scores["sweep"].argmax(axis=1) == scores["spiking"].argmax(axis=1)
    assert same.mean() > 0.98
    assert np.abs(scores["sweep"] - scores["spiking"]).mean() < 0.02
