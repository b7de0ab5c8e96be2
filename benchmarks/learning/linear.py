"""Logistic regression on which rows of a vocabulary occur in a text, scaled in four ways."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse

from neuroep.text.corpus import Corpus
from neuroep.text.vectors import log_ratio_vectors

Weigh = Callable[[Corpus, int], Any]
"""Factors of all rows, from the training texts and the number of rows."""


def rarity(train: Corpus, rows: int) -> np.ndarray:
    """Return the smoothed inverse document frequency of each row of sets of rows."""
    found = np.bincount(train.tokens, minlength=rows)
    return np.log((1 + len(train)) / (1 + found)) + 1


def ratio(train: Corpus, rows: int) -> np.ndarray:
    """Return the naive-Bayes log ratio of each row."""
    return log_ratio_vectors(train, rows, 1)[:, 0]


def ones(_: Corpus, rows: int) -> np.ndarray:
    """Return what leaves rows as they are."""
    return np.ones(rows)


@dataclass(frozen=True)
class Line:
    """A regression: factors of the rows, whether texts have unit length, the C to be tried."""

    weigh: Weigh
    unit: bool
    strengths: tuple[float, ...]

    def fit(self, train: Corpus, rows: int, strength: float) -> Callable[[Corpus], Any]:
        """Return what gives by how much a fitted regression prefers the second label."""
        from sklearn.linear_model import LogisticRegression

        factors = self.weigh(train, rows)
        model = LogisticRegression(C=strength, solver="liblinear", tol=1e-3, random_state=0)
        model.fit(features(train, factors, self.unit), train.labels)
        return lambda corpus: model.decision_function(features(corpus, factors, self.unit))


LINEAR = {
    "rows as they occur": Line(ones, False, (0.03, 0.1)),
    "tf-idf": Line(rarity, True, (3.0, 10.0)),
    "naive-Bayes ratios": Line(ratio, False, (0.03, 0.1)),
    "naive-Bayes ratios, unit length": Line(ratio, True, (3.0, 10.0)),
}


def features(corpus: Corpus, factors: np.ndarray, unit: bool) -> Any:
    """Return (texts, rows) sparse float32."""
    from sklearn.preprocessing import normalize

    values = factors[corpus.tokens].astype(np.float32)
    bags = sparse.csr_matrix((values, corpus.tokens, corpus.offsets), (len(corpus), len(factors)))
    return normalize(bags) if unit else bags
