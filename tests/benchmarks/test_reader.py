"""The contest between the network and linear readers: what it counts, and by what it chooses."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.learning.linear import LINEAR, features, rarity
from benchmarks.learning.reader import READERS, Contest, accuracy, paired
from neuroep.design.load import load_design
from neuroep.text.corpus import Corpus

ROWS = 30


def texts(seed: int, count: int = 200) -> Corpus:
    """Draw sets of five rows, of the lower half of all where the label is 0, with 20 % noise."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count, dtype=np.int16) % 2)
    tokens = [
        rng.choice(ROWS // 2, 5, replace=False)
        + (ROWS // 2) * np.where(rng.random(5) < 0.2, 1 - label, label)
        for label in labels
    ]
    return Corpus(np.concatenate(tokens).astype(np.int32), np.arange(count + 1) * 5, labels)


def test_features_are_the_factors_of_the_rows_that_occur() -> None:
    corpus = texts(0, 20)
    factors = rarity(corpus, ROWS)
    for unit in (False, True):
        found = features(corpus, factors, unit).toarray()
        for i, row in enumerate(found):
            expected = np.zeros(ROWS)
            for j in corpus[i]:
                seen = sum(j in corpus[k] for k in range(len(corpus)))
                expected[j] = np.log(21 / (1 + seen)) + 1
            expected /= np.linalg.norm(expected) if unit else 1
            np.testing.assert_allclose(row, expected, rtol=1e-5)


@pytest.mark.parametrize("name", list(LINEAR))
def test_every_regression_tells_which_half_of_the_rows(name: str) -> None:
    train, unseen = texts(1, 2000), texts(2, 1000)  # the best of all readers: 94 %
    judge = LINEAR[name].fit(train, ROWS, LINEAR[name].strengths[-1])
    assert accuracy(judge(unseen), unseen.labels) > 0.85
    assert accuracy(-judge(unseen), unseen.labels) < 0.15


def test_differences_are_paired() -> None:
    rng = np.random.default_rng(0)
    common = 0.1 * rng.standard_normal(5)
    found = paired(list(0.9 + common), list(0.89 + common + 0.001 * rng.standard_normal(5)))
    assert found["points"] == pytest.approx(1.0, abs=0.1)
    assert found["interval"] < 0.3, "what both draws have in common does not count"
    assert found["p"] < 1e-3


def test_the_best_is_chosen_on_held_out_reviews_and_tested_on_others() -> None:
    train, test = texts(3), texts(4)
    reviews: Any = SimpleNamespace(
        train=train,
        shuffled=train,
        test=test,
        repeated=np.arange(len(test)) < 150,
        drawn=lambda seed: (np.arange(100), np.arange(100 + seed, 200)),
    )
    contest = Contest(reviews)
    line = LINEAR["naive-Bayes ratios"]
    for seed in range(5):
        good = line.fit(train.subset(reviews.drawn(seed)[0]), ROWS, 0.1)
        contest.enter("good", seed, good)
        contest.enter("wrong", seed, lambda corpus, good=good: -good(corpus))
    assert contest.best(["wrong", "good"]) == "good"
    contest.test("good")
    assert "test" not in contest.figures["wrong"]
    found = contest.figures["good"]
    assert found["test"][0] == found["test_together"][0] == accuracy(good(test), test.labels)
    last = test.subset(np.arange(150, 200))
    assert found["test_without_repeated"][0] == accuracy(good(last), last.labels)


@pytest.mark.parametrize("name", list(READERS))
def test_no_network_of_the_contest_starts_from_labels(name: str) -> None:
    design: Any = load_design("imdb_best", READERS[name])
    assert design.task("imdb_best").text.start in {"random", "cooccurrence"}
