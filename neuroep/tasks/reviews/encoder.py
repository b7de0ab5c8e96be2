"""What texts are turned into: ids into the vocabulary that was learned from the training texts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from neuroep.tasks.reviews.examples import TextExamples
from neuroep.tasks.reviews.section import TextSection
from neuroep.tasks.task import Asked, DataOptions, InputLayer
from neuroep.text.corpus import Corpus, Padding, encode_corpus
from neuroep.text.own import read_texts
from neuroep.text.reviews.source import Review
from neuroep.text.vocabulary import Vocabulary

SHOWN = 80  # characters of a text that stand beside its answer


class TextEncoder:
    """A vocabulary and the layer that its rows are clamped to.

    Parameters
    ----------
    section : TextSection
    layer : InputLayer
    vocabulary : Vocabulary
    labels : tuple of str
        Names of the classes.
    """

    def __init__(
        self,
        section: TextSection,
        layer: InputLayer,
        vocabulary: Vocabulary,
        labels: tuple[str, ...],
    ) -> None:
        self.section, self.layer = section, layer
        self.vocabulary, self.labels = vocabulary, labels
        self.tables: Mapping[str, int] = {layer.name: len(vocabulary)}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what is saved with the weights."""
        return self.vocabulary.to_arrays()

    def corpus(self, reviews: Any) -> Corpus:
        """Encode labelled texts, each cut to what the layer holds."""
        return encode_corpus(reviews, self.vocabulary, self.layer.tokens)

    def as_examples(self, corpus: Corpus, dropout: float = 0.0) -> TextExamples:
        """Return encoded texts as the network takes them."""
        padding = None
        if self.section.padding == "zeros":
            padding = Padding(self.layer.tokens, self.vocabulary.nothing)
        return TextExamples(corpus, self.layer.name, len(self.labels), dropout, padding)

    def examples(self, source: Any, split: str, limit: int | None = None) -> TextExamples:
        """Return a split of an open source as examples."""
        return self.as_examples(self.corpus(source.stream(split, limit)))

    def encode(self, given: Sequence[str]) -> TextExamples:
        """Return texts without labels as the network takes them."""
        return self.as_examples(self.corpus(Review(0, text) for text in given))

    def asked(
        self, path: str, options: DataOptions, batch: int
    ) -> Iterator[tuple[list[Asked], TextExamples]]:
        """Read a user's own texts, a batch at a time; "-" is standard input.

        Of each is said how many of its words are unknown, and how many of its patterns are cut.
        """
        texts = islice(read_texts(path, **options.asked("text", "label")), options.limit)
        while some := list(islice(texts, batch)):
            corpus = self.corpus(Review(0, text.text) for text in some)
            unknown = [int(self.vocabulary.is_unknown(corpus[i]).sum()) for i in range(len(corpus))]
            asked = [
                Asked(text.number, _short(text.text), {"unknown_words": count, "cut": int(cut)})
                for text, count, cut in zip(some, unknown, corpus.cut, strict=True)
            ]
            yield asked, self.as_examples(corpus)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
