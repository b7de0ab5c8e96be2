"""What a network attends to in a few test texts."""

from itertools import islice

import numpy as np

from neuroep import report
from neuroep.report.html import attended_words
from neuroep.tasks.view import TrainedView
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import plain_words

SHOWN = 4  # texts in the figure
LENGTH = 90  # words of them, about: what fits a page


def draw_attention(view: TrainedView) -> None:
    """Draw the first attention layer's weights over the words of a few texts."""
    chosen, texts = _choose(view)
    free, scores, _ = view.settled(chosen)
    maps = [view.system.attention(free, number) for number in range(len(chosen))]
    if not maps[0]:
        return
    corpus = view.test.corpus.subset(chosen)  # type: ignore[attr-defined]
    labels, vocabulary = view.encoder.labels, view.encoder.vocabulary
    shown = []
    for number, text in enumerate(texts):
        places = stored_spans(vocabulary, text, corpus[number])
        first = next(iter(maps[number].values()))
        weights = first.weights[:, : len(places)]
        if first.asking:
            weights = weights[: len(places)]
        shown.append(
            report.AttendedText(
                _words_of(vocabulary, text)[: places.max() + 1],
                weights,
                places,
                labels[int(scores[number].argmax())],
                labels[int(corpus.labels[number])],
            )
        )
    view.save(report.attention(shown), "attention.png")
    view.keep([attended_words(text) for text in shown])


def _choose(view: TrainedView) -> tuple[np.ndarray, list[str]]:
    """Return numbers and texts of a few test texts that fit a page, of different labels."""
    corpus = view.test.corpus  # type: ignore[attr-defined]
    lengths, labels = corpus.lengths, corpus.labels
    order = np.argsort(np.abs(lengths - LENGTH), kind="stable")
    classes = [int(label) for label in np.unique(labels)[::-1][:SHOWN]]
    chosen: list[int] = []
    for label in classes:
        of_label = [int(i) for i in order if labels[i] == label]
        chosen += of_label[: max(1, SHOWN // len(classes))]
    stream = islice(view.source.stream("test", view.limit), max(chosen) + 1)
    texts = {n: review.text for n, review in enumerate(stream) if n in chosen}
    return np.array(chosen), [texts[number] for number in chosen]


def spans(vocabulary: Vocabulary, ids: np.ndarray) -> np.ndarray:
    """Return the first and last word of every pattern of a text, (patterns, 2).

    A word is followed by the n-grams that it completes, so an n-gram ends at the last word seen.
    """
    is_word = vocabulary.is_word(ids)
    last = np.cumsum(is_word) - 1
    words = [vocabulary.words[i].count(" ") + 1 for i in ids]
    length = np.where(is_word, 1, words)
    return np.stack([last - length + 1, last], axis=1)


def stored_spans(vocabulary: Vocabulary, text: str, stored: np.ndarray) -> np.ndarray:
    """Return the first and last word of every stored pattern of a text, (patterns, 2)."""
    ids = np.array(vocabulary.read(text))
    if not vocabulary.distinct:
        return spans(vocabulary, ids[: len(stored)])
    first = {int(row): place for place, row in reversed(list(enumerate(ids)))}
    return spans(vocabulary, ids)[[first[int(row)] for row in stored]]


def _words_of(vocabulary: Vocabulary, text: str) -> list[str]:
    """Return the words that have a pattern, in order."""
    words = plain_words(text, vocabulary.reading)
    if vocabulary.buckets:
        return words
    return [word for word in words if word in vocabulary] or [vocabulary.words[vocabulary.nothing]]
