"""Pairs of sentences as a network takes them: two sequences of ids, one-hot targets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats, Ints
from neuroep.network.inputs import Input, Sequences
from neuroep.tasks.task import InputLayer, one_hot
from neuroep.tasks.words import WordsExamples
from neuroep.text.corpus import Corpus, Padding
from neuroep.text.pairs import PairCorpus

Salt = NDArray[np.uint64]


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
    def sides(self) -> tuple[Corpus, ...]:
        """Premises and hypotheses."""
        return self.pairs.premises, self.pairs.hypotheses

    @property
    def left_out(self) -> NDArray[np.int64]:
        """How many patterns of each pair are not read, as a sentence is longer than its layer."""
        layers = self.sentences.premise, self.sentences.hypothesis
        found: NDArray[np.int64] = sum(
            np.maximum(part.lengths + part.cut - layer.tokens, 0)
            for part, layer in zip(self.sides, layers, strict=True)
        )
        return found

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
