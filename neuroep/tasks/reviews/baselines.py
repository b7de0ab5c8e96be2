"""The lines that a network of texts is held against: logistic regression on words."""

from typing import Any

from neuroep.core.tables import Floats
from neuroep.text.reviews.baselines import Baseline, log_ratio_rows, mean_vector, text_baseline


def fit_baselines(
    source: Any, material: Any, vectors: Floats, from_labels: bool, limit: int | None
) -> dict[str, Baseline]:
    """Fit every baseline on the texts that the network learns from.

    Parameters
    ----------
    source : source of texts
    material : Material
        Its examples hold their corpora.
    vectors : (rows, dim)
        The patterns that the network starts from.
    from_labels : bool
        Whether they were made from the labels (naive Bayes log-ratios); then logistic regression
        gets the same rows, split and start: what the network adds to them is what it learned.
    limit : int or None
        Texts of each split.
    """
    train, test = material.train.corpus, material.test.corpus
    # What was made from labels must not be judged by texts whose labels it knows.
    unseen = material.validation.corpus if from_labels else None
    found = {
        "mean vector": mean_vector(vectors, train, test, validation=unseen),
        "bag of words": text_baseline("bag_of_words", source, limit),
        "tf-idf": text_baseline("tfidf", source, limit),
        "tf-idf with bigrams": text_baseline("tfidf_bigrams", source, limit),
    }
    if unseen is not None:
        found["same rows, naive-Bayes start"] = log_ratio_rows(vectors[:, 0], train, unseen, test)
    return found
