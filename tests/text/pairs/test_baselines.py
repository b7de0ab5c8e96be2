"""Packed pairs, and what logistic regression makes of pairs."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neuroep.tables.split import SPLITS, Split
from neuroep.text.pairs import (
    Pair,
    PairCorpus,
    encode_pairs,
    open_pairs,
    pair_baselines,
)
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import split_words

PAIRS = [
    Pair(0, "A dog runs.", "An animal runs."),
    Pair(2, "A dog sleeps in a red house.", "A dog runs."),
    Pair(1, "A zebra runs.", "!"),
]


class Fixed:
    """Pairs from a list, for the baselines."""

    name, labels, splits, note = "fixed", ("a", "b", "c"), SPLITS, ""

    def __init__(self, pairs: dict[Split, list[Pair]]) -> None:
        self.pairs = pairs
        self.skipped: dict[Split, int] = {}

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Pair]:
        yield from self.pairs[split][:limit]


@pytest.fixture
def vocabulary() -> Vocabulary:
    texts = [text for pair in PAIRS for text in (pair.premise, pair.hypothesis)]
    return Vocabulary.learn(texts, min_count=2, buckets=4)


def ids(corpus: PairCorpus) -> list[tuple[list[int], list[int], int]]:
    return [
        (corpus.premises[i].tolist(), corpus.hypotheses[i].tolist(), int(corpus.labels[i]))
        for i in range(len(corpus))
    ]


def test_encoded_pairs_are_both_sentences_under_one_vocabulary(vocabulary: Vocabulary) -> None:
    corpus = encode_pairs(iter(PAIRS), vocabulary)
    assert ids(corpus) == [
        (
            vocabulary.encode(pair.premise).tolist(),
            vocabulary.encode(pair.hypothesis).tolist(),
            pair.label,
        )
        for pair in PAIRS
    ]
    assert corpus.labels.dtype == np.int16
    assert corpus.premises.tokens.dtype == corpus.hypotheses.tokens.dtype == np.int32
    assert corpus.premises.lengths.tolist() == [3, 7, 3]
    assert corpus.hypotheses.lengths.tolist() == [3, 3, 1]  # no word: the empty word's bucket
    np.testing.assert_array_equal(corpus.premises.labels, corpus.hypotheses.labels)


def test_limit_cuts_each_sentence(vocabulary: Vocabulary) -> None:
    corpus = encode_pairs(PAIRS, vocabulary, limit=2)
    whole = encode_pairs(PAIRS, vocabulary)
    assert corpus.premises.lengths.max() == corpus.hypotheses.lengths.max() == 2
    assert corpus.premises[1].tolist() == whole.premises[1][:2].tolist()


def test_subset_keeps_sentences_and_labels_together(vocabulary: Vocabulary) -> None:
    corpus = encode_pairs(PAIRS, vocabulary)
    chosen = corpus.subset([2, 0, 2])
    assert len(chosen) == 3
    assert ids(chosen) == [ids(corpus)[i] for i in (2, 0, 2)]
    assert len(corpus.subset([])) == 0


def test_no_pairs_at_all(vocabulary: Vocabulary) -> None:
    assert len(encode_pairs([], vocabulary)) == 0


def test_built_in_pairs_need_both_sentences() -> None:
    found = pair_baselines(open_pairs(None), limit=2_400)
    assert list(found) == ["hypothesis only", "premise, hypothesis and overlap"]
    alone, both = found.values()
    assert [baseline.name for baseline in found.values()] == list(found)
    assert alone.test_accuracy < 0.40  # chance is 0.333
    assert 0.58 < both.test_accuracy < 0.76


def test_which_word_meets_which_across_the_pair_decides() -> None:
    """No sum over single words can say it; a sum over pairs of words is far better already."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    def meetings(pair: Pair) -> list[str]:
        said, asked = (set(split_words(text)) for text in (pair.premise, pair.hypothesis))
        met = [f"{a} meets {b}" for a in said - asked for b in asked - said]
        return met + [f"both {word}" for word in said & asked] + list(asked - said)

    source = open_pairs(None)
    train, test = list(source.stream("train")), list(source.stream("test"))
    vectorizer = CountVectorizer(analyzer=meetings, binary=True, min_df=2)
    model = LogisticRegression(C=3, max_iter=300)
    model.fit(vectorizer.fit_transform(train), [pair.label for pair in train])
    accuracy = model.score(vectorizer.transform(test), [pair.label for pair in test])
    assert accuracy > 0.80


def test_the_penalty_is_chosen_on_the_validation_split() -> None:
    source = open_pairs(None)
    train, test = list(source.stream("train", 300)), list(source.stream("test", 300))
    shifted = [Pair((pair.label + 1) % 3, pair.premise, pair.hypothesis) for pair in train]
    # Validation repeats training: the weak penalty remembers it all. Validation contradicts
    # training: the less a model learns, the less harm it does.
    for validation, strengths in ((train, (0.1, 30.0)), (shifted, (0.001, 0.01))):
        splits: dict[Split, list[Pair]] = {
            "train": train,
            "validation": validation,
            "test": test,
        }
        for baseline in pair_baselines(Fixed(splits)).values():
            assert strengths[0] <= baseline.strength <= strengths[1]


def test_limit_reaches_every_split() -> None:
    asked = []

    class Asked(Fixed):
        def stream(self, split: Split, limit: int | None = None) -> Iterator[Pair]:
            asked.append((split, limit))
            return open_pairs(None).stream(split, limit)

    first = pair_baselines(Asked({}), limit=60)
    assert set(asked) == {("train", 60), ("validation", 60), ("test", 60)}
    assert pair_baselines(Asked({}), limit=60) == first


@pytest.mark.data
def test_real_pairs_say_more_together_than_the_hypothesis_alone(data_dir: Path) -> None:
    alone, both = pair_baselines(open_pairs(data_dir / "snli"), limit=2_000).values()
    assert 0.46 < alone.test_accuracy < 0.60
    assert 0.50 < both.test_accuracy < 0.66
    assert both.validation_accuracy > alone.validation_accuracy
