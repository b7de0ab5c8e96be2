"""What counts as a word, and the shuffling of words that the order control needs."""

import re

import numpy as np

# IMDB reviews carry HTML line breaks, and typographic apostrophes beside plain ones.
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_WORD_OR_BREAK = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.!?;:\n]")
BREAKS = frozenset(".!?;:\n")


def split_words(text: str) -> list[str]:
    """Lower-cased words of a text in order, with the marks that end a phrase kept among them.

    A word is a run of letters and digits, apostrophes inside it included ("don't"). The marks in
    ``BREAKS`` stay in the list because no n-gram reaches across them.
    """
    plain = _LINE_BREAK.sub("\n", text).replace("\u2019", "'").lower()
    return _WORD_OR_BREAK.findall(plain)


def plain_words(text: str) -> list[str]:
    """Return the words of a text without the marks."""
    return [word for word in split_words(text) if word not in BREAKS]


def shuffle_words(text: str, generator: np.random.Generator) -> str:
    """Same words in random order, punctuation dropped: what is left is a bag of words.

    Shuffling has to happen here, before n-grams are formed, or the n-grams would keep the order.
    """
    words = plain_words(text)
    generator.shuffle(words)
    return " ".join(words)
