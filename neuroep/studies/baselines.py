"""The lines a network's accuracy is held against, on the same examples: fit once, read by runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from neuroep.design.design import load_design
from neuroep.errors import InputError
from neuroep.report import Number, table
from neuroep.tasks.reviews.data import ReviewData, read_reviews, read_vocabulary
from neuroep.text.pairs import open_pairs, pair_baselines
from neuroep.text.reviews.baselines import Baseline, mean_vector, text_baseline
from neuroep.text.texts import open_texts


@dataclass(frozen=True)
class Fitted:
    """Baselines of one data set: its name, how it was limited, the number of test examples."""

    data: str
    limit: int | None
    test: int
    baselines: dict[str, Baseline]


def all_baselines(data: ReviewData) -> dict[str, Baseline]:
    """Return logistic regression on four sets of features of reviews, by name."""
    limit = data.limit
    return {
        "mean vector": mean_vector(data.vectors, data.train, data.test),
        "bag of words": text_baseline("bag_of_words", data.source, limit),
        "tf-idf": text_baseline("tfidf", data.source, limit),
        "tf-idf with bigrams": text_baseline("tfidf_bigrams", data.source, limit),
    }


def fit_reviews(
    path: str | None, design: str, vectors: Sequence[str] = (), limit: int | None = None
) -> Fitted:
    """Fit every baseline on reviews.

    Parameters
    ----------
    path : str or None
        As for :func:`neuroep.text.texts.open_texts`.
    design : str
        The mean vector is that of the patterns this design starts from.
    vectors : sequence of str
        Files of word vectors instead.
    limit : int or None
        Reviews of each split.

    Raises
    ------
    InputError
        The design, the reviews or the vectors cannot be used.
    """
    chosen = load_design(design)
    if chosen.text is None:
        raise InputError(f"{design}: text: missing, so this design reads no reviews")
    source = open_texts(path)
    vocabulary = read_vocabulary(chosen, source, limit, vectors)
    data = read_reviews(chosen, source, vocabulary, vectors=vectors, limit=limit, seed=chosen.seed)
    return Fitted(source.name, limit, len(data.test), all_baselines(data))


def fit_pairs(path: str | None, limit: int | None = None) -> Fitted:
    """Fit every baseline on pairs of sentences; see :func:`fit_reviews`.

    Raises
    ------
    InputError
        The pairs cannot be used.
    """
    source = open_pairs(path)
    test = sum(1 for _ in source.stream("test", limit))
    return Fitted(source.name, limit, test, pair_baselines(source, limit))


def read_baselines(path: str, kind: str, data: str, limit: int | None) -> dict[str, float]:
    """Return the test accuracies that a file of fitted baselines holds for some data, by name.

    Parameters
    ----------
    path : str
        What ``neuroep baselines --results`` wrote.
    kind : {"reviews", "pairs"}
    data : str
        Name of the source.
    limit : int or None
        Examples of each split.

    Raises
    ------
    InputError
        The file cannot be read, or its baselines are of other data.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from None
    try:
        entry = TypeAdapter(dict[str, Fitted]).validate_python(content)[kind]
    except (KeyError, ValidationError):
        raise InputError(
            f"{path}: {kind}: no baselines as 'neuroep baselines' writes them"
        ) from None
    if (entry.data, entry.limit) != (data, limit):
        asked = data if limit is None else f"{data} limited to {limit}"
        raise InputError(f"{path}: {kind}.data: {entry.data!r}, not {asked}")
    return {name: baseline.test_accuracy for name, baseline in entry.baselines.items()}


def baselines_table(entry: Fitted, kind: str, markdown: bool = False) -> str:
    """Return what was fitted as a table."""
    rows: list[list[object]] = [
        [
            f"logistic regression, {name}",
            Number(line.test_accuracy, unit="%"),
            Number(line.validation_accuracy, unit="%"),
            line.strength,
        ]
        for name, line in entry.baselines.items()
    ]
    heading = [f"{entry.data}, {entry.test} test {kind}", "test", "validation", "C"]
    return table(rows, heading, markdown=markdown)
