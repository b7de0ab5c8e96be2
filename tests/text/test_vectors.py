"""Vectors learned from co-occurrence, against slow and obvious references."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from neuroep.errors import InputError
from neuroep.text.corpus import Corpus
from neuroep.text.reviews.baselines import mean_vector
from neuroep.text.vectors import (
    count_cooccurrences,
    log_ratio_vectors,
    ppmi,
    ppmi_vectors,
    truncated_svd,
)

SIZE = 30


def random_corpus(rng: np.random.Generator, reviews: int = 60) -> Corpus:
    lengths = rng.integers(1, 25, reviews)
    # Two topics, so that there is something to find.
    tokens = [rng.integers(0, 20, n) + 10 * (i % 2) for i, n in enumerate(lengths)]
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    labels = (np.arange(reviews) % 2).astype(np.int8)
    return Corpus(np.concatenate(tokens).astype(np.int32), offsets, labels)


def slow_counts(corpus: Corpus, window: int) -> NDArray[np.float64]:
    counts = np.zeros((SIZE, SIZE))
    for review in range(len(corpus)):
        ids = corpus[review]
        for i in range(len(ids)):
            for j in range(len(ids)):
                if i != j and abs(i - j) <= window:
                    counts[ids[i], ids[j]] += 1
    return counts


def slow_ppmi(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    joint = counts / counts.sum()
    contexts = counts.sum(axis=0) ** 0.75
    expected = np.outer(joint.sum(axis=1), contexts / contexts.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(0, np.nan_to_num(np.log(joint / expected), nan=0, neginf=0))


@pytest.mark.parametrize("window", [1, 4, 40])
def test_counts_and_ppmi_match_the_slow_reference(rng: np.random.Generator, window: int) -> None:
    corpus = random_corpus(rng)
    counts = count_cooccurrences(corpus, SIZE, window)
    assert np.array_equal(counts.toarray(), slow_counts(corpus, window))
    np.testing.assert_allclose(
        ppmi(counts).toarray(), slow_ppmi(slow_counts(corpus, window)), atol=1e-5
    )


def test_svd_matches_numpy_up_to_sign(rng: np.random.Generator) -> None:
    matrix = ppmi(count_cooccurrences(random_corpus(rng), SIZE, 5))
    left, values = truncated_svd(matrix, 4, seed=0)
    exact_left, exact_values, _ = np.linalg.svd(matrix.toarray())
    np.testing.assert_allclose(values, exact_values[:4], rtol=1e-4)
    assert np.abs((left * exact_left[:, :4]).sum(axis=0)).min() > 0.999
    assert all(column[np.abs(column).argmax()] > 0 for column in left.T)


def test_the_decomposition_does_not_depend_on_the_threads_of_blas(rng: np.random.Generator) -> None:
    """What a run starts from, on a machine with one core or two."""
    matrix = sparse.random(300, 300, 0.05, "csr", np.float32, rng)
    found = []
    for threads in 1, 2:
        with threadpool_limits(threads, user_api="blas"):
            found.append(truncated_svd(matrix, 65, seed=0))
    assert all(map(np.array_equal, *found))


def test_what_a_run_is_compared_with_does_not_depend_on_the_threads_of_blas(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accuracies would seldom show it: what was fitted is compared to the last digit."""
    lengths = rng.integers(1, 25, 2000)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    tokens = rng.integers(0, 300, offsets[-1]).astype(np.int32)
    corpus = Corpus(tokens, offsets, rng.integers(0, 2, 2000).astype(np.int8))
    vectors = rng.standard_normal((300, 300)).astype(np.float32)
    fitted: dict[int, list[NDArray[np.float32]]] = {1: [], 2: []}
    fit = LogisticRegression.fit
    for threads, weights in fitted.items():

        def noted(
            self: LogisticRegression, *given: Any, into: list[Any] = weights
        ) -> LogisticRegression:
            fit(self, *given)
            into.append(self.coef_)
            return self

        monkeypatch.setattr(LogisticRegression, "fit", noted)
        with threadpool_limits(threads, user_api="blas"):
            mean_vector(vectors, corpus, corpus)
    assert len(fitted[1]) > 1
    assert all(map(np.array_equal, fitted[1], fitted[2]))


def test_vectors_are_repeatable_scaled_and_tell_topics_apart(rng: np.random.Generator) -> None:
    corpus = random_corpus(rng, 400)
    vectors = ppmi_vectors(corpus, SIZE + 5, dimension=6, window=5, seed=3)
    assert vectors.shape == (SIZE + 5, 6)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors, ppmi_vectors(corpus, SIZE + 5, dimension=6, window=5, seed=3))
    assert np.square(vectors[corpus.tokens]).sum(axis=1).mean() == pytest.approx(1, abs=1e-4)
    assert np.abs(vectors[SIZE:]).max() < 1e-5
    unit = vectors[:SIZE] / np.linalg.norm(vectors[:SIZE], axis=1, keepdims=True)
    first, last = unit[:10].mean(axis=0), unit[20:].mean(axis=0)
    assert first @ last < 0 < (unit[:10] @ first).min()


def test_nothing_to_learn_from_is_an_error() -> None:
    corpus = Corpus(np.arange(3, dtype=np.int32), np.arange(4), np.zeros(3, np.int8))
    with pytest.raises(InputError, match="too little text"):
        ppmi_vectors(corpus, 10, dimension=2)
    alike = Corpus(np.zeros(20, np.int32), np.array([0, 10, 20]), np.zeros(2, np.int8))
    with pytest.raises(InputError, match="too little text"):
        ppmi_vectors(alike, 10, dimension=2)
    with pytest.raises(ValueError, match="dimension"):
        ppmi_vectors(corpus, 10, dimension=9)


def test_log_ratios_match_the_slow_reference(rng: np.random.Generator) -> None:
    corpus = random_corpus(rng)
    vectors = log_ratio_vectors(corpus, SIZE + 2, dimension=50, seed=3)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors, log_ratio_vectors(corpus, SIZE + 2, dimension=50, seed=3))
    counts = np.ones((2, SIZE + 2))
    for review, label in enumerate(corpus.labels):
        for row in corpus[review]:
            counts[label, row] += 1
    shares = counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(vectors[:, 0], np.log(shares[1] / shares[0]), atol=1e-6)
    assert vectors[20:30, 0].min() > 0 > vectors[:10, 0].max(), "labels are the two topics"
    assert np.square(vectors[:, 1:]).sum(axis=1).mean() == pytest.approx(0.0098, rel=0.1)


def test_mean_vector_baseline_tells_topics_apart(rng: np.random.Generator) -> None:
    train, test = random_corpus(rng, 300), random_corpus(rng, 100)
    vectors = ppmi_vectors(train, SIZE, dimension=6, window=5)
    result = mean_vector(vectors, train, test)
    assert result.test_accuracy > 0.9
    assert result.validation_accuracy > 0.9
    assert mean_vector(np.zeros_like(vectors), train, test).test_accuracy == 0.5
