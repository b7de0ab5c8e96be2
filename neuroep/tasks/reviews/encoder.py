"""What texts are turned into: ids of the vocabulary of the training texts, and one-hot targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neuroep.core.tables import Floats, Ints
from neuroep.network.inputs import Input, Sequences
from neuroep.tasks.task import Asked, DataOptions, InputLayer, one_hot
from neuroep.tasks.words import WordsEncoder, WordsExamples, WordsSection, shown
from neuroep.text.corpus import Corpus, Padding, encode_corpus
from neuroep.text.own import read_texts
from neuroep.text.reviews.source import Review
from neuroep.text.vocabulary import Vocabulary


class TextSection(WordsSection):
    """How reviews become sequences of stored patterns, beside what all words ask."""

    layer: str = ""
    """The clamped layer, the only one without a name, that stores the text."""
    distinct: bool = False
    """A row that occurs again in a text is stored once."""
    start: Literal["cooccurrence", "log_ratio", "random"] = "cooccurrence"
    """First vectors from what occurs together; ``log_ratio``: from how much more often a row occurs
    with one label; ``random``: short ones, from neither.
    """
    validation: float = Field(0.1, gt=0, lt=1)
    """Share of the training texts that chooses the epoch, where the data have no such split."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The layer of the words, whose rows the vocabulary decides."""
        return (self.layer,)


@dataclass
class TextExamples(WordsExamples):
    """A corpus as :class:`neuroep.learning.evaluation.Examples`, for one clamped layer.

    ``dropout``: share of ids left out when training; a text never loses all of them. ``padding``:
    what fills every text to the same length; without it shorter ones are masked.
    """

    corpus: Corpus
    layer: str
    classes: int = 2
    dropout: float = 0.0
    padding: Padding | None = None

    def __len__(self) -> int:
        return len(self.corpus)

    @property
    def unread(self) -> NDArray[np.int64]:
        """How many words of each text are not read, as it is longer than the layer."""
        return self.corpus.unread

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], Floats]:
        """Return what is clamped and the targets (B, classes) float32."""
        part = self.corpus.subset(indices)
        ids, offsets = part.tokens, part.offsets
        if rng is not None and self.dropout:
            keep = rng.random(ids.size) >= self.dropout
            keep[offsets[:-1]] = True
            offsets = np.concatenate([[0], np.cumsum(keep)])[offsets]
            ids = ids[keep]
        if self.padding:
            ids, offsets = self.padding.fill(ids, offsets)
        return {self.layer: Sequences(ids, offsets)}, one_hot(part.labels, self.classes)


class TextEncoder(WordsEncoder):
    """A vocabulary and the layer that its rows are clamped to."""

    def __init__(
        self,
        section: TextSection,
        layer: InputLayer,
        vocabulary: Vocabulary,
        labels: tuple[str, ...],
    ) -> None:
        super().__init__(vocabulary, labels, layer.name)
        self.section, self.layer = section, layer

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

    def read(self, path: str, options: DataOptions) -> Iterator[tuple[Asked, str]]:
        """Yield each text, and all of it."""
        for found in read_texts(path, **options.asked("text", "label")):
            yield Asked(found.number, shown(found.text), found.id), found.text
