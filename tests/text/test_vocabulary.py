"""Words, n-grams and buckets as ids, and the packed corpus."""

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroep.errors import InputError
from neuroep.tables.split import split
from neuroep.text.corpus import count_without_known_word, encode_corpus
from neuroep.text.reviews.source import Review
from neuroep.text.vocabulary import Vocabulary, bucket_of
from neuroep.text.words import BREAKS, shuffle_words, split_words

TEXTS = [
    "It is not a dull film. Not a dull moment!",
    "not a dull plot, and not a bad film",
    "A dull film, a bad film; it isn't good",
] * 2


def learn(**options: int) -> Vocabulary:
    defaults = {"min_count": 2, "ngrams": 3, "ngram_min_count": 4, "buckets": 7}
    return Vocabulary.learn(TEXTS, **(defaults | options))


def test_words_keep_apostrophes_and_drop_tags() -> None:
    assert split_words("Don\u2019t!<br /><BR>It's 10/10 so-called caf\u00e9 'quoted'") == [
        "don't", "!", "\n", "\n", "it's", "10", "10", "so", "called", "caf\u00e9", "quoted",
    ]  # fmt: skip


def test_most_frequent_words_come_first_ties_by_spelling() -> None:
    vocabulary = learn(size=4)
    counts = Counter(w for text in TEXTS for w in split_words(text) if w not in BREAKS)
    expected = sorted(counts, key=lambda w: (-counts[w], w))[:4]
    assert vocabulary.known == expected


def test_ngrams_match_a_slow_count_and_stay_within_phrases() -> None:
    vocabulary = learn()
    counts: Counter[str] = Counter()
    for text in TEXTS:
        phrase: list[str] = []
        for word in [*split_words(text), "."]:
            if word not in BREAKS:
                phrase.append(word)
                continue
            for n in (2, 3):
                counts.update(" ".join(phrase[i : i + n]) for i in range(len(phrase) - n + 1))
            phrase = []
    expected = {ngram for ngram, number in counts.items() if number >= 4}
    first = len(vocabulary.known) + vocabulary.buckets
    assert set(vocabulary.words[first:]) == expected
    assert "not a dull" in expected
    assert "film not" not in expected
    members = [" ".join(vocabulary.words[i] for i in ids) for ids in vocabulary.ngram_words()]
    assert members == vocabulary.words[first:]


def test_limited_ngrams_keep_their_prefixes() -> None:
    for limit in range(8):
        vocabulary = learn(ngram_size=limit)
        assert len(vocabulary.pairs) <= limit
        assert len(vocabulary.words) == len(vocabulary)


def test_encode_follows_the_text() -> None:
    vocabulary = learn()
    ids = vocabulary.encode("Not a dull, unheard thing. A")
    read = [vocabulary.words[i] for i in ids]
    unheard, thing = (vocabulary.words[vocabulary.bucket(w)] for w in ("unheard", "thing"))
    assert read == ["not", "a", "not a", "dull", "a dull", "not a dull", unheard, thing, "a"]
    assert ids.dtype == np.int32
    assert vocabulary.is_unknown(ids).sum() == 2
    assert vocabulary.is_word(ids).sum() == 6


def test_a_text_without_words_still_has_an_id() -> None:
    vocabulary = learn()
    assert list(vocabulary.is_unknown(vocabulary.encode("!!! ..."))) == [True]


@pytest.mark.parametrize("buckets", [0, 7])
@pytest.mark.parametrize("distinct", [False, True])
def test_every_unknown_word_counts_also_where_they_are_dropped(
    buckets: int, distinct: bool
) -> None:
    vocabulary = Vocabulary(["dull", "film"], buckets, np.empty((0, 2), np.int32), distinct)
    assert vocabulary.count_unknown("A dull plot: a film!") == 3
    assert vocabulary.count_unknown("dull film") == vocabulary.count_unknown("...") == 0


def test_buckets_are_the_same_in_every_process() -> None:
    code = "from neuroep.text.vocabulary import bucket_of; print(bucket_of('zaniest', 500))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert int(result.stdout) == bucket_of("zaniest", 500) == bucket_of("loudiest", 500)


def test_arrays_carry_the_vocabulary_over() -> None:
    vocabulary = Vocabulary.learn([*TEXTS, "caf\u00e9 caf\u00e9"], min_count=2, ngrams=2, buckets=3)
    arrays = vocabulary.to_arrays()
    assert all(array.dtype.kind in "Ui" for array in arrays.values())
    again = Vocabulary.from_arrays(arrays)
    assert again.words == vocabulary.words
    assert list(again.encode(TEXTS[0])) == list(vocabulary.encode(TEXTS[0]))
    assert not again.distinct


def test_distinct_rows_are_kept_where_they_first_occur() -> None:
    every, distinct = (
        Vocabulary.learn(TEXTS, min_count=2, ngrams=2, buckets=3, distinct=kind)
        for kind in (False, True)
    )
    twice = f"{TEXTS[0]} . {TEXTS[0]} unheard unheard"
    ids = every.encode(twice).tolist()
    assert len(set(ids)) < len(ids)
    once = sorted(set(ids), key=ids.index)
    assert distinct.encode(twice).tolist() == once
    assert distinct.restricted(set(distinct.known)).encode(twice).tolist() == once
    assert Vocabulary.from_arrays(distinct.to_arrays()).encode(twice).tolist() == once


def test_damaged_arrays_are_refused() -> None:
    arrays = learn().to_arrays()
    with pytest.raises(InputError, match="buckets is missing"):
        Vocabulary.from_arrays({k: v for k, v in arrays.items() if k != "buckets"})
    with pytest.raises(InputError, match="pairs points outside"):
        Vocabulary.from_arrays(arrays | {"pairs": arrays["pairs"] + 1000})


@given(st.text(max_size=200))
def test_any_text_encodes(text: str) -> None:
    vocabulary = learn()
    ids = vocabulary.encode(text)
    words = [word for word in split_words(text) if word not in BREAKS]
    assert len(ids) >= 1
    assert vocabulary.is_word(ids).sum() == max(1, len(words))
    assert ids.min() >= 0
    assert ids.max() < len(vocabulary)


def test_shuffling_keeps_the_words_and_loses_the_order(rng: np.random.Generator) -> None:
    text = "one two three. four five six seven eight nine ten"
    shuffled = shuffle_words(text, rng)
    assert sorted(shuffled.split()) == sorted(text.replace(".", "").split())
    assert shuffled != text.replace(".", "")


def test_corpus_packs_subsets_and_counts_reviews_without_known_words() -> None:
    vocabulary = learn()
    texts = ["not a dull film", "qq zz", "a bad film", "!!!"]
    corpus = encode_corpus((Review(i % 2, t) for i, t in enumerate(texts)), vocabulary)
    assert len(corpus) == 4
    assert (corpus.tokens.dtype, corpus.offsets.dtype) == (np.int32, np.int64)
    for i, text in enumerate(texts):
        assert list(corpus[i]) == list(vocabulary.encode(text))
    assert count_without_known_word(corpus, vocabulary) == 2
    part = corpus.subset([2, 0, 2])
    assert [list(part[i]) for i in range(3)] == [list(corpus[i]) for i in (2, 0, 2)]
    assert list(part.labels) == [0, 0, 0]
    assert len(corpus.subset([])) == 0
    with pytest.raises(IndexError):
        corpus[4]


def test_split_keeps_the_share_of_each_label() -> None:
    labels = np.array([0] * 30 + [1] * 70)
    rest, held = split(labels, 0.2, seed=1)
    assert (labels[held] == 0).sum() == 6
    assert (labels[held] == 1).sum() == 14
    assert sorted([*rest, *held]) == list(range(100))
    assert np.array_equal(held, split(labels, 0.2, seed=1)[1])
    assert not np.array_equal(held, split(labels, 0.2, seed=2)[1])
