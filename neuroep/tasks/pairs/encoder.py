"""What pairs of sentences are turned into: ids of one vocabulary for two layers, and targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neuroep.core.tables import Floats, Ints
from neuroep.errors import InputError
from neuroep.network.inputs import Input, Sequences
from neuroep.tasks.task import Asked, DataOptions, InputLayer, one_hot
from neuroep.tasks.words import WordsEncoder, WordsExamples, WordsSection, shown
from neuroep.text.corpus import Corpus, Padding
from neuroep.text.own import read_pairs
from neuroep.text.pairs import Pair, PairCorpus, encode_pairs
from neuroep.text.vocabulary import Vocabulary

Salt = NDArray[np.uint64]


class PairSection(WordsSection):
    """How pairs of sentences become sequences of stored patterns, beside what all words ask.

    The table of patterns belongs to the layer ``premise``; the layer ``hypothesis`` names it by
    ``table``. Any other clamped layer with a table is a memory: all its rows are clamped for every
    pair, and what it stores is learned.
    """

    premise: str = "premise"
    """The clamped layer of the first sentence, whose table of patterns is learned."""
    hypothesis: str = "hypothesis"
    """The clamped layer of the second, which names the first as its ``table``."""
    word_min_count: int = Field(2, ge=1)
    """How often a word must occur."""
    validation: int = Field(10_000, ge=1)
    """At most so many pairs of a validation split choose the epoch; without one a tenth of those to
    train on does.
    """

    @property
    def tables(self) -> tuple[str, ...]:
        """The layer of the words, whose rows the vocabulary decides."""
        return (self.premise,)


@dataclass(frozen=True)
class Sentences:
    """How the sentences of a pair are clamped: two layers of words, and memories.

    ``padding``: what fills sentences to their layer's length, by layer; empty where they are
    masked. ``memories``: layers that clamp the same learned patterns for every pair, with their
    number of rows.
    """

    premise: InputLayer
    hypothesis: InputLayer
    padding: Mapping[str, Padding] = field(default_factory=dict)
    memories: Mapping[str, int] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Rows of the longer of the two layers."""
        return max(self.premise.tokens, self.hypothesis.tokens)


@dataclass
class PairExamples(WordsExamples):
    """Pairs as :class:`neuroep.learning.evaluation.Examples`.

    ``pairs`` have sentences of at most ``sentences.tokens`` ids; each layer takes as many as it has
    rows. ``dropout``: share of words left out when training, of both sentences alike, so that what
    the premise says of a word stays true. A sentence never loses its first word.
    """

    pairs: PairCorpus
    sentences: Sentences
    classes: int
    dropout: float = 0.0

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def unread(self) -> NDArray[np.int64]:
        """How many words of each pair are not read, as a sentence is longer than its layer."""
        return self.pairs.premises.unread + self.pairs.hypotheses.unread

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], Floats]:
        """Return what is clamped and the targets (B, classes) float32."""
        part = self.pairs.subset(indices)
        sentences = self.sentences
        salt = None
        if rng is not None and self.dropout:
            salt = rng.integers(0, 2**64, len(part), np.uint64)
        inputs: dict[str, Input] = {
            sentences.premise.name: self._sequences(part.premises, sentences.premise, salt),
            sentences.hypothesis.name: self._sequences(part.hypotheses, sentences.hypothesis, salt),
        }
        for name, rows in sentences.memories.items():
            ids = np.tile(np.arange(rows, dtype=np.int32), len(part))
            inputs[name] = Sequences(ids, np.arange(len(part) + 1, dtype=np.int64) * rows)
        return inputs, one_hot(part.labels, self.classes)

    def _sequences(self, corpus: Corpus, layer: InputLayer, salt: Salt | None) -> Sequences:
        ids, offsets = corpus.tokens, corpus.offsets
        place = np.arange(len(ids)) - np.repeat(offsets[:-1], corpus.lengths)
        keep = place < layer.tokens
        if salt is not None:
            drawn = _drawn(ids, np.repeat(salt, corpus.lengths))
            keep &= (drawn >= self.dropout) | (place == 0)
        offsets = np.concatenate([[0], np.cumsum(keep)])[offsets]
        ids = ids[keep]
        if layer.name in self.sentences.padding:
            ids, offsets = self.sentences.padding[layer.name].fill(ids, offsets)
        return Sequences(ids, offsets)


def _drawn(ids: NDArray[np.int32], salt: Salt) -> NDArray[np.float64]:
    """Return numbers in [0, 1) that depend on id and salt alone (the mixer of SplitMix64).

    Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    mixed = salt + ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    drawn: NDArray[np.float64] = (mixed >> np.uint64(11)) * 2.0**-53
    return drawn


class PairEncoder(WordsEncoder):
    """A vocabulary, and the layers that both sentences are clamped to."""

    def __init__(
        self, sentences: Sentences, vocabulary: Vocabulary, labels: tuple[str, ...]
    ) -> None:
        super().__init__(vocabulary, labels, sentences.premise.name)
        self.sentences = sentences

    def corpus(self, pairs: Any) -> PairCorpus:
        """Encode labelled pairs, each sentence cut to what the longer layer holds."""
        sentences = self.sentences
        reads = sentences.premise.tokens, sentences.hypothesis.tokens
        return encode_pairs(pairs, self.vocabulary, sentences.tokens, reads)

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

    def read(self, path: str, options: DataOptions) -> Iterator[tuple[Asked, tuple[str, str]]]:
        """Yield each pair, and both of its sentences."""
        for found in read_pairs(path, **options.asked("premise", "hypothesis", "label")):
            both = found.premise, found.hypothesis
            yield Asked(found.number, shown(" / ".join(both)), found.id), both
