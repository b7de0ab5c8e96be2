"""Logistic regression on simple features: the lines a network's accuracy is compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.tables.split import Split, split
from neuroep.text.corpus import Corpus
from neuroep.text.reviews.source import TextSource
from neuroep.text.words import plain_words

# Inverse strengths of the L2 penalty that are tried on the validation split.
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
VALIDATION = 0.2
# So far below the best validation accuracy, still weaker penalties only cost time (most of it).
OVERFITTED = 0.01


@dataclass(frozen=True, slots=True)
class Baseline:
    """What logistic regression reaches: shares of right answers, and the C chosen."""

    name: str
    test_accuracy: float
    validation_accuracy: float
    strength: float


Kind = Literal["bag_of_words", "tfidf", "tfidf_bigrams", "ngrams"]
Labelled = tuple[Any, NDArray[np.integer[Any]]]
"""Features (n, d), dense or sparse, and labels (n,)."""


def text_baseline(kind: Kind, source: TextSource, limit: int | None = None) -> Baseline:
    """Logistic regression on counted words, with C chosen on a validation split.

    ``bag_of_words``: which words occur; ``tfidf``: words weighted by rarity; ``tfidf_bigrams``:
    words and pairs, weighted by rarity; ``ngrams``: which runs of one to three words occur. Texts
    are streamed, not kept.
    """
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    longest = {"bag_of_words": 1, "tfidf": 1, "tfidf_bigrams": 2, "ngrams": 3}[kind]
    common: dict[str, Any] = {
        "tokenizer": plain_words,
        "token_pattern": None,
        "lowercase": False,
        "ngram_range": (1, longest),
        "min_df": 2,
        "dtype": np.float32,
    }
    vectorizer = (
        TfidfVectorizer(sublinear_tf=True, **common)
        if kind.startswith("tfidf")
        else CountVectorizer(binary=True, **common)
    )
    labels: dict[Split, list[int]] = {"train": [], "test": []}

    def texts(part: Split) -> Iterator[str]:
        for review in source.stream(part, limit):
            labels[part].append(review.label)
            yield review.text

    train = fitted_features(vectorizer, texts("train"))
    test = vectorizer.transform(texts("test"))
    return logistic_regression(
        kind, (train, np.array(labels["train"])), (test, np.array(labels["test"]))
    )


def fitted_features(vectorizer: Any, items: Iterator[Any]) -> Any:
    """Return the features of training items; an InputError where no word occurs in two."""
    try:
        return vectorizer.fit_transform(items)
    except InputError:
        raise
    except ValueError:
        raise InputError("no word occurs in two training texts") from None


def mean_vector(
    vectors: NDArray[np.float32], train: Corpus, test: Corpus, validation: Corpus | None = None
) -> Baseline:
    """Logistic regression on the mean vector of each review, each component scaled alike.

    ``validation`` chooses the penalty where the vectors have seen the labels of ``train``.
    """
    features = _means(vectors, train)
    centre, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-12)

    def scaled(corpus: Corpus) -> Labelled:
        return (_means(vectors, corpus) - centre) / scale, corpus.labels

    held = None if validation is None else scaled(validation)
    return logistic_regression("mean_vector", scaled(train), scaled(test), held)


def _means(vectors: NDArray[np.float32], corpus: Corpus) -> NDArray[np.float32]:
    # A sparse product, because the vectors of all running words would take gigabytes.
    weights = np.repeat(1 / corpus.lengths, corpus.lengths).astype(np.float32)
    shape = (len(corpus), len(vectors))
    bags = sparse.csr_matrix((weights, corpus.tokens, corpus.offsets), shape)
    means: NDArray[np.float32] = bags @ vectors
    return means


def row_bags(rows: int, *parts: Corpus) -> tuple[Labelled, ...]:
    """Return which of a vocabulary's rows occur in each text, of some corpora."""

    def bags(corpus: Corpus) -> Labelled:
        ones = np.ones(len(corpus.tokens), np.float32)
        packed = (ones, corpus.tokens, corpus.offsets)
        # A copy: what comes next sorts and joins ids in place, and networks read the corpus after.
        found = sparse.csr_matrix(packed, (len(corpus), rows), copy=True)
        found.sum_duplicates()
        found.data[:] = 1
        return found, corpus.labels

    return tuple(map(bags, parts))


def same_rows(rows: int, train: Corpus, validation: Corpus, test: Corpus) -> Baseline:
    """Logistic regression on which rows occur; the network's rows and split, nothing of labels."""
    learn, held, tested = row_bags(rows, train, validation, test)
    return logistic_regression("same_rows", learn, tested, held)


def log_ratio_rows(
    ratios: NDArray[np.float32], train: Corpus, validation: Corpus, test: Corpus
) -> Baseline:
    """Logistic regression on which rows occur, each scaled by its naive-Bayes log-ratios.

    ``ratios`` (rows, 1) of two classes, (rows, classes) of more: a row counts once for each. What a
    linear model makes of the same rows and the same start (S. Wang, C. Manning, "Baselines and
    Bigrams", ACL 2012, section 2.3). The labels of ``validation``, which chooses the penalty, are
    not in the ratios.
    """

    def scaled(part: Labelled) -> Labelled:
        bags, labels = part
        blocks = [bags.copy() for _ in ratios.T]
        for block, ratio in zip(blocks, ratios.T, strict=True):
            block.data *= ratio[block.indices]
        return sparse.hstack(blocks, "csr"), labels

    learn, held, tested = map(scaled, row_bags(len(ratios), train, validation, test))
    return logistic_regression("log_ratio_rows", learn, tested, held)


def logistic_regression(
    name: str, train: Labelled, test: Labelled, held: Labelled | None = None
) -> Baseline:
    """Fit logistic regression with an L2 penalty that is chosen on held-out data.

    ``held`` is what the penalty is chosen on, a fifth of the training data without it. Features
    that were made with the labels of the training data need it. An InputError: too few examples.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    fit = train
    if held is None:
        features, labels = train
        learn, rest = split(labels, VALIDATION, seed=0)
        fit, held = (features[learn], labels[learn]), (features[rest], labels[rest])
    if not len(held[1]) or len(np.unique(fit[1])) < 2:
        raise InputError(f"{len(train[1])} training examples are too few for {name}")

    def model(strength: float) -> Any:
        return LogisticRegression(C=strength, max_iter=1000)

    accuracy = {}
    with threadpool_limits(1, user_api="blas"):  # so that sums come out the same everywhere
        for strength in STRENGTHS:
            accuracy[strength] = float(model(strength).fit(*fit).score(*held))
            if accuracy[strength] < max(accuracy.values()) - OVERFITTED:
                break
        best = max(accuracy, key=lambda strength: accuracy[strength])
        final = model(best).fit(*train)
        return Baseline(name, float(final.score(*test)), accuracy[best], best)
