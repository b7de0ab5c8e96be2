"""Logistic regression on sentence pairs: the lines a network's accuracy is compared with."""

from collections.abc import Callable, Iterator

import numpy as np
import scipy.sparse as sparse

from neuroep.errors import InputError
from neuroep.tables.split import SPLITS, Split, split
from neuroep.text.pairs.corpus import PairCorpus
from neuroep.text.pairs.source import Pair, PairSource
from neuroep.text.reviews.baselines import (
    OVERFITTED,
    STRENGTHS,
    VALIDATION,
    Baseline,
    Labelled,
    fitted_features,
    logistic_regression,
    row_bags,
)
from neuroep.text.words import plain_words

_MOST = 12  # counts from here on share one feature


def pair_baselines(source: PairSource, limit: int | None = None) -> dict[str, Baseline]:
    """Logistic regression on which words occur, with C chosen on the validation split.

    Where the data have no such split, a fifth of the training pairs is held out.
    ``hypothesis only`` sees the second sentence alone: what it gets right above chance tells how
    far the labels show in how the hypotheses were written. ``premise, hypothesis and overlap``
    sees which words stand in each sentence and in both, and how many are shared or not. Texts are
    streamed twice a split and not kept.
    """
    features = {"hypothesis only": _hypothesis, "premise, hypothesis and overlap": _overlap}
    return {name: _fit(name, found, source, limit) for name, found in features.items()}


def pair_rows(rows: int, train: PairCorpus, held: PairCorpus, test: PairCorpus) -> Baseline:
    """Logistic regression on which of a vocabulary's rows occur in each sentence, and in both.

    The same rows and split as a network's; ``held`` chooses the penalty.
    """

    def features(pairs: PairCorpus) -> Labelled:
        bags, labels = row_bags(rows, pairs.premises)[0]
        others, _ = row_bags(rows, pairs.hypotheses)[0]
        return sparse.hstack([bags, others, bags.multiply(others)], "csr"), labels

    return logistic_regression("pair_rows", features(train), features(test), features(held))


def _hypothesis(pair: Pair) -> list[str]:
    return sorted(set(plain_words(pair.hypothesis)))


def _overlap(pair: Pair) -> list[str]:
    premise, hypothesis = set(plain_words(pair.premise)), set(plain_words(pair.hypothesis))
    both, new = premise & hypothesis, hypothesis - premise
    counts = {"shared": len(both), "new": len(new), "unused": len(premise - hypothesis)}
    return [
        *(f"premise {word}" for word in sorted(premise)),
        *(f"hypothesis {word}" for word in sorted(hypothesis)),
        *(f"both {word}" for word in sorted(both)),
        *(f"number {name} {min(count, _MOST)}" for name, count in counts.items()),
        # Shares in tenths: a linear model of the counts cannot form them.
        f"share {10 * len(both) // max(len(hypothesis), 1)}",
    ]


def _fit(
    name: str, features: Callable[[Pair], list[str]], source: PairSource, limit: int | None
) -> Baseline:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    vectorizer = CountVectorizer(analyzer=features, binary=True, min_df=2)
    labels: dict[Split, list[int]] = {part: [] for part in SPLITS}

    def pairs(part: Split) -> Iterator[Pair]:
        for pair in source.stream(part, limit):
            labels[part].append(pair.label)
            yield pair

    train = fitted_features(vectorizer, pairs("train"))
    test = vectorizer.transform(pairs("test"))
    learned = np.array(labels["train"])
    if "validation" in source.splits:
        held = vectorizer.transform(pairs("validation"))
        held_labels = np.array(labels["validation"])
    else:
        kept, out = split(learned, VALIDATION, seed=0)
        held, held_labels = train[out], learned[out]
        train, learned = train[kept], learned[kept]
    if not len(held_labels) or len(np.unique(learned)) < 2:
        raise InputError(f"{len(labels['train'])} training pairs are too few for {name}")
    # Each strength starts from the weights of the one before it, which saves a third of the time.
    model = LogisticRegression(max_iter=1000, warm_start=True, random_state=0)
    best = Baseline(name, 0.0, -1.0, 0.0)
    # In one thread: small products gain nothing from more, and sums come out the same everywhere.
    with threadpool_limits(1, user_api="blas"):
        for strength in STRENGTHS:
            model.set_params(C=strength).fit(train, learned)
            accuracy = float(model.score(held, held_labels))
            if accuracy > best.validation_accuracy:
                best = Baseline(name, float(model.score(test, labels["test"])), accuracy, strength)
            if accuracy < best.validation_accuracy - OVERFITTED:
                break
    return best
