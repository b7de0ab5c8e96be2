"""Encoded sentence pairs: two packed corpora with the same labels."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroep.text.corpus import Corpus, Packed
from neuroep.text.pairs.source import Pair
from neuroep.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class PairCorpus:
    """Ids of all premises and of all hypotheses; pair i is ``premises[i], hypotheses[i]``.

    Both are of one vocabulary and carry the labels.
    """

    premises: Corpus
    hypotheses: Corpus

    def __len__(self) -> int:
        return len(self.premises)

    @property
    def labels(self) -> NDArray[np.int16]:
        """Indices of the source's labels: int16 [pairs]."""
        return self.premises.labels

    def subset(self, indices: ArrayLike) -> "PairCorpus":
        """The pairs at ``indices``, in that order, copied."""
        return PairCorpus(self.premises.subset(indices), self.hypotheses.subset(indices))


def encode_pairs(
    pairs: Iterable[Pair],
    vocabulary: Vocabulary,
    limit: int | None = None,
    reads: tuple[int | None, int | None] = (None, None),
) -> PairCorpus:
    """Encode a stream of pairs, each sentence cut after ``limit`` ids.

    ``reads``: how many ids of premises and of hypotheses the network takes.
    """
    premises, hypotheses = (Packed(vocabulary, limit, most) for most in reads)
    labels = array("h")
    for pair in pairs:
        premises.append(pair.premise)
        hypotheses.append(pair.hypothesis)
        labels.append(pair.label)
    return PairCorpus(premises.corpus(labels), hypotheses.corpus(labels))
