"""The lines a network's accuracy is held against, on the same reviews."""

from neuroep.experiment.reviews import ReviewData
from neuroep.text.baselines import mean_vector, text_baseline


def all_baselines(data: ReviewData) -> dict[str, float]:
    """Return test accuracies of logistic regression on four sets of features, by name."""
    limit = data.limit
    return {
        "mean vector": mean_vector(data.vectors, data.train, data.test).test_accuracy,
        "bag of words": text_baseline("bag_of_words", data.source, limit).test_accuracy,
        "tf-idf": text_baseline("tfidf", data.source, limit).test_accuracy,
        "tf-idf with bigrams": text_baseline("tfidf_bigrams", data.source, limit).test_accuracy,
    }
