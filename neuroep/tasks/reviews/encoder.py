"""What texts are turned into: ids into the vocabulary that was learned from the training texts."""

from collections.abc import Iterator, Sequence
from typing import Any

from neuroep.tasks.reviews.examples import TextExamples
from neuroep.tasks.reviews.section import TextSection
from neuroep.tasks.task import DataOptions, InputLayer
from neuroep.tasks.words import WordsEncoder
from neuroep.text.corpus import Corpus, Padding, encode_corpus
from neuroep.text.own import read_texts
from neuroep.text.reviews.source import Review
from neuroep.text.vocabulary import Vocabulary

SHOWN = 80  # characters of a text that stand beside its answer


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

    def read(self, path: str, options: DataOptions) -> Iterator[tuple[int, str, str]]:
        """Yield line, text and the beginning of it."""
        for found in read_texts(path, **options.asked("text", "label")):
            text = found.text
            yield found.number, text, text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
