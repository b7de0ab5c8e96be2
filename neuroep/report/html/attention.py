"""What figures of attention show, as blocks whose words are text."""

import numpy as np

from neuroep.report.html.blocks import AttendedRows, AttendedWords
from neuroep.report.pair_attention import AttendedPair
from neuroep.report.text_layout import AttendedText, per_word, shown_part

DIGITS = 4
MOST_WORDS = 110
MOST_QUERIES = 8


def attended_words(text: AttendedText) -> AttendedWords:
    """Return a text with the share of each word; the excerpt that its figure shows.

    A ValueError: the text's weights and spans do not fit each other or its words.
    """
    part = shown_part(text, MOST_WORDS)
    queries = per_word(part.weights, part.spans, len(text.words))
    queries = queries if 1 < len(queries) <= MOST_QUERIES else queries[:0]
    excerpt = slice(part.first, part.last)
    marked = {
        word - part.first for mark in part.underlines for word in range(mark.first, mark.last + 1)
    }
    return AttendedWords(
        [str(word) for word in text.words[excerpt]],
        _rounded(part.share[excerpt]),
        [_rounded(row[excerpt]) for row in queries],
        sorted(marked),
        part.first,
        len(text.words),
        text.prediction,
        text.truth,
    )


def attended_rows(pair: AttendedPair) -> AttendedRows:
    """Return a pair of sentences as one attention layer sees it."""
    return AttendedRows(
        pair.layer,
        list(pair.asking),
        list(pair.asked),
        [_rounded(row) for row in pair.weights],
        pair.prediction,
        pair.truth,
    )


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), DIGITS) for value in values]
