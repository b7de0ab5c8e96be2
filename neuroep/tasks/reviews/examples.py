"""Texts as a network takes them: sequences of ids for one clamped layer, one-hot targets."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats, Ints
from neuroep.network.inputs import Input, Sequences
from neuroep.tasks.task import one_hot
from neuroep.tasks.words import WordsExamples
from neuroep.text.corpus import Corpus, Padding


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
    def sides(self) -> tuple[Corpus, ...]:
        """The texts."""
        return (self.corpus,)

    @property
    def left_out(self) -> NDArray[np.int64]:
        """How many patterns of each text are not read, as it is longer than the layer."""
        return self.corpus.cut

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
