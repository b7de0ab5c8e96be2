"""The better review design: starts from naive Bayes, learns beyond it, reads the same in spikes."""

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.learning.evaluation import evaluate
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import Job, prepare
from neuroep.tasks.reviews.encoder import TextExamples


@pytest.fixture(scope="module")
def trained() -> Job:
    design = load_design("imdb_best", ["solver=sweep", "learning.epochs=1", "learning.batch=16"])
    job = prepare(design, TrainOptions(), "imdb_best")
    job.trainer.run_epoch()
    return job


def test_patterns_are_distinct_and_start_from_log_ratios(trained: Job) -> None:
    vocabulary = trained.encoder.vocabulary
    assert vocabulary.distinct
    corpus = trained.material.train.corpus
    assert all(len(set(corpus[i].tolist())) == len(corpus[i]) for i in range(50))
    scale = trained.design.text.vector_scale
    labels = np.repeat(corpus.labels, corpus.lengths)
    counts = np.stack(
        [np.bincount(corpus.tokens[labels == k], minlength=len(vocabulary)) for k in (0, 1)]
    )
    shares = (counts + 1) / (counts + 1).sum(axis=1, keepdims=True)
    ratios = scale * np.log(shares[1] / shares[0])
    vectors = trained.material.initial["words.patterns"]
    np.testing.assert_allclose(vectors[:, 0], ratios, atol=1e-5)


def test_it_learns_and_spikes_agree(trained: Job) -> None:
    assert trained.trainer.history[0]["validation_accuracy"] > 0.85
    test = trained.material.test.corpus
    some = TextExamples(test.subset(np.arange(0, len(test), 4)), "words")
    scores = {
        name: evaluate(trained.design.settled_by(trained.system, name), some).scores
        for name in ("sweep", "spiking")
    }
    same = scores["sweep"].argmax(axis=1) == scores["spiking"].argmax(axis=1)
    assert same.mean() > 0.98
    assert np.abs(scores["sweep"] - scores["spiking"]).mean() < 0.02
