"""Texts as a network takes them: sequences of ids for one clamped layer, one-hot targets."""

from collections.abc import Mapping

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.network.inputs import Input, Sequences
from neuroep.tasks.targets import one_hot
from neuroep.text.corpus import Corpus, Padding


class TextExamples:
    """A corpus as :class:`neuroep.learning.evaluation.Examples`.

    Parameters
    ----------
    corpus : Corpus
    layer : str
        The clamped layer.
    classes : int
    dropout : float
        Share of ids left out when training. A text never loses all of them.
    padding : Padding, optional
        What fills every text to the same length; without it shorter ones are masked.
    """

    def __init__(
        self,
        corpus: Corpus,
        layer: str,
        classes: int = 2,
        dropout: float = 0.0,
        padding: Padding | None = None,
    ) -> None:
        self.corpus = corpus
        self.layer = layer
        self.classes = classes
        self.dropout = dropout
        self.padding = padding

    def __len__(self) -> int:
        return len(self.corpus)

    @property
    def cut(self) -> int:
        """Number of texts whose end is not read, as they are longer than the layer."""
        return int(np.count_nonzero(self.corpus.cut))

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
