"""What counts as a word, and the shuffling of words that the order control needs."""

import re

import numpy as np

from neuroep.text.normal import normal

FIRST, NORMAL = 0, 1
"""Ways to read a text: as runs of earlier versions were trained; in its one form.

A vocabulary keeps the way that it was learned by.
"""

# What the first way of reading knew of HTML and Unicode.
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_WORD_OR_BREAK = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.!?;:\n]")
BREAKS = frozenset(".!?;:\n")


def split_words(text: str, reading: int = NORMAL) -> list[str]:
    """Lower-cased words of a text in order, with the marks that end a phrase kept among them.

    A word is a run of letters and digits, apostrophes inside it included ("don't"). The marks in
    ``BREAKS`` stay in the list because no n-gram reaches across them. ``reading``: ``NORMAL``, or
    ``FIRST`` for the words that a run of an earlier version knows.
    """
    if reading == NORMAL:
        plain = normal(text)
    else:
        plain = _LINE_BREAK.sub("\n", text).replace("\u2019", "'").lower()
    return _WORD_OR_BREAK.findall(plain)


def plain_words(text: str, reading: int = NORMAL) -> list[str]:
    """Return the words of a text without the marks."""
    return [word for word in split_words(text, reading) if word not in BREAKS]


def shuffle_words(text: str, generator: np.random.Generator, reading: int = NORMAL) -> str:
    """Same words in random order, punctuation dropped: what is left is a bag of words.

    Shuffling has to happen here, before n-grams are formed, or the n-grams would keep the order.
    """
    words = plain_words(text, reading)
    generator.shuffle(words)
    return " ".join(words)
