"""Baselines of what starts from labels: texts that the start never saw choose the penalty."""

import numpy as np

from neuroep.text.corpus import Corpus
from neuroep.text.reviews.baselines import log_ratio_rows, mean_vector

ROWS, COUNT, LENGTH = 4000, 200, 20


def corpus(rng: np.random.Generator) -> Corpus:
    """Draw texts of random rows with random labels: there is nothing to learn."""
    tokens = rng.integers(0, ROWS, COUNT * LENGTH).astype(np.int32)
    labels = rng.permutation(np.arange(COUNT, dtype=np.int16) % 2)
    return Corpus(tokens, np.arange(COUNT + 1, dtype=np.int64) * LENGTH, labels)


def ratios(train: Corpus) -> np.ndarray:
    """Return log-ratios of each row from the labels of the training texts."""
    found = [np.full(ROWS, 1.0), np.full(ROWS, 1.0)]
    for i in range(len(train)):
        np.add.at(found[train.labels[i]], train[i], 1.0)
    return np.log(found[1] / found[0]).astype(np.float32)


def test_labels_in_the_start_do_not_judge_themselves(rng: np.random.Generator) -> None:
    train, validation, test = corpus(rng), corpus(rng), corpus(rng)
    start = ratios(train)
    rows = log_ratio_rows(start, train, validation, test)
    means = mean_vector(start[:, None], train, test, validation=validation)
    blind = mean_vector(start[:, None], train, test)
    assert blind.validation_accuracy > 0.95  # what the start knows of its own texts
    for found in (rows, means):
        assert abs(found.validation_accuracy - 0.5) < 0.12
        assert abs(found.test_accuracy - 0.5) < 0.12
