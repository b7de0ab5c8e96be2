"""Which words of a review a stored pattern stands for in the figure of attention."""

import pytest

from neuroep.tasks.reviews.figures import stored_spans
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import BREAKS, split_words

TEXTS = ["not bad, not bad at all", "bad. a bad film, not good at all"]
TEXT = "Not bad unheard of, not bad at all: bad at all!"


@pytest.mark.parametrize("distinct", [False, True])
@pytest.mark.parametrize("limit", [4, 100])
def test_a_pattern_stands_for_the_words_that_brought_it(distinct: bool, limit: int) -> None:
    vocabulary = Vocabulary.learn(
        TEXTS, min_count=1, ngrams=2, ngram_min_count=2, buckets=3, distinct=distinct
    )
    words = [word for word in split_words(TEXT) if word not in BREAKS]
    ids = vocabulary.encode(TEXT)[:limit]
    places = stored_spans(vocabulary, TEXT, ids)
    assert places.shape == (len(ids), 2)
    for row, (first, last) in zip(ids, places, strict=True):
        shown = " ".join(words[first : last + 1])
        if vocabulary.is_unknown(row):
            assert vocabulary.bucket(shown) == row
        else:
            assert vocabulary.words[row] == shown
    assert (len({tuple(place) for place in places}) == len(ids)) or not distinct
