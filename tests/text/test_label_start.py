"""Baselines of what starts from labels: texts that the start never saw choose the penalty."""

from typing import Any

import numpy as np
import pytest

from neuroep.tasks.reviews.encoder import TextSection
from neuroep.tasks.reviews.task import TextTask
from neuroep.tasks.task import InputLayer, Shape
from neuroep.text.corpus import Corpus
from neuroep.text.reviews.baselines import log_ratio_rows, mean_vector, same_rows
from neuroep.text.vectors import log_ratio_vectors, random_vectors

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
    rows = log_ratio_rows(start[:, None], train, validation, test)
    means = mean_vector(start[:, None], train, test, validation=validation)
    blind = mean_vector(start[:, None], train, test)
    assert blind.validation_accuracy > 0.95  # what the start knows of its own texts
    for found in (rows, means):
        assert abs(found.validation_accuracy - 0.5) < 0.12
        assert abs(found.test_accuracy - 0.5) < 0.12


def test_each_of_three_classes_has_a_ratio_of_its_own() -> None:
    # A word a class: its own ratio tells it, whichever class it is.
    rng = np.random.default_rng(1)

    def texts(seed: int) -> Corpus:
        labels = np.random.default_rng(seed).integers(0, 3, 300)
        tokens = rng.integers(3, 40, 300 * 4)
        tokens[::4] = labels
        return Corpus(tokens, np.arange(301, dtype=np.int64) * 4, labels)

    train, validation, test = texts(0), texts(1), texts(2)
    vectors = log_ratio_vectors(train, 40, 8, 0, 3)
    for label in range(3):
        assert vectors[label, :3].argmax() == label
    assert log_ratio_rows(vectors[:, :3], train, validation, test).test_accuracy > 0.95


def test_a_task_of_three_classes_starts_from_three_ratios(rng: np.random.Generator) -> None:
    layer = InputLayer("words", 12, 8, 1)
    task = TextTask(TextSection(start="log_ratio"), Shape({"words": layer}, 3, 0, "design"))
    train = corpus(rng)
    labels = np.arange(len(train)) % 3
    three = Corpus(train.tokens, train.offsets, labels)
    found = task.vectors(None, range(ROWS), three, ())  # type: ignore[arg-type]
    expected = log_ratio_vectors(three, ROWS, 8, 0, 3)
    assert np.array_equal(found, task.text.vector_scale * expected)


def test_texts_are_left_as_they_are(rng: np.random.Generator) -> None:
    # The same rows again and again, in no order: bags of them sort and join, texts must not be.
    parts = [corpus(rng) for _ in range(3)]
    for part in parts:
        part.tokens[:] = rng.integers(0, 9, len(part.tokens))
    before = [(part.tokens.copy(), part.offsets.copy()) for part in parts]
    same_rows(ROWS, *parts)
    log_ratio_rows(ratios(parts[0])[:, None], *parts)
    for part, (tokens, offsets) in zip(parts, before, strict=True):
        np.testing.assert_array_equal(part.tokens, tokens)
        np.testing.assert_array_equal(part.offsets, offsets)


def test_a_random_start_knows_neither_texts_nor_labels(rng: np.random.Generator) -> None:
    layer = InputLayer("words", 12, 8, 1)
    task = TextTask(TextSection(start="random", vector_scale=3), Shape({"words": layer}, 2, 5, "d"))
    vocabulary: Any = range(ROWS)
    found = task.vectors(None, vocabulary, corpus(rng), ())  # type: ignore[arg-type]
    assert np.array_equal(found, task.vectors(None, vocabulary, None, ()))  # type: ignore[arg-type]
    assert np.array_equal(found, 3 * random_vectors(ROWS, 8, 5))
    assert not np.array_equal(found, 3 * random_vectors(ROWS, 8, 6))


def test_random_vectors_are_short() -> None:
    vectors = random_vectors(2000, 50)
    assert vectors.dtype == np.float32
    assert np.square(vectors).sum(axis=1).mean() == pytest.approx(0.01, rel=0.05)
