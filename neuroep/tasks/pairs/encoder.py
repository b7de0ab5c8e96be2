"""What pairs of sentences are turned into: ids of one vocabulary, for two layers."""

from collections.abc import Iterator, Sequence
from typing import Any

from neuroep.errors import InputError
from neuroep.tasks.pairs.examples import PairExamples, Sentences
from neuroep.tasks.task import DataOptions
from neuroep.tasks.words import WordsEncoder
from neuroep.text.own import read_pairs
from neuroep.text.pairs import Pair, PairCorpus, encode_pairs
from neuroep.text.vocabulary import Vocabulary


class PairEncoder(WordsEncoder):
    """A vocabulary, and the layers that both sentences are clamped to."""

    def __init__(
        self, sentences: Sentences, vocabulary: Vocabulary, labels: tuple[str, ...]
    ) -> None:
        super().__init__(vocabulary, labels, sentences.premise.name)
        self.sentences = sentences

    def corpus(self, pairs: Any) -> PairCorpus:
        """Encode labelled pairs, each sentence cut to what the longer layer holds."""
        return encode_pairs(pairs, self.vocabulary, self.sentences.tokens)

    def as_examples(self, pairs: PairCorpus, dropout: float = 0.0) -> PairExamples:
        """Return encoded pairs as the network takes them."""
        return PairExamples(pairs, self.sentences, len(self.labels), dropout)

    def examples(self, source: Any, split: str, limit: int | None = None) -> PairExamples:
        """Return a split of an open source as examples; there must be one."""
        corpus = self.corpus(source.stream(split, limit))
        if not len(corpus):
            raise InputError(f"{source.name}: {split}: no pair to read")
        return self.as_examples(corpus)

    def encode(self, given: Sequence[tuple[str, str]]) -> PairExamples:
        """Return pairs of sentences without labels as the network takes them."""
        return self.as_examples(self.corpus(Pair(0, *both) for both in given))

    def read(self, path: str, options: DataOptions) -> Iterator[tuple[int, tuple[str, str], str]]:
        """Yield line, both sentences, and both as one text."""
        for found in read_pairs(path, **options.asked("premise", "hypothesis", "label")):
            both = found.premise, found.hypothesis
            yield found.number, both, " / ".join(both)
