"""Encoded sentence pairs: two packed corpora with the same labels."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroep.text.corpus import Corpus
from neuroep.text.pairs.source import Pair
from neuroep.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class PairCorpus:
    """Ids of all premises and of all hypotheses; pair i is ``premises[i], hypotheses[i]``.

    Attributes
    ----------
    premises, hypotheses : Corpus
        One entry a pair each, under one vocabulary; both carry the labels.
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
    pairs: Iterable[Pair], vocabulary: Vocabulary, limit: int | None = None
) -> PairCorpus:
    """Encode a stream of pairs, each sentence cut after ``limit`` ids."""
    premises, hypotheses, labels = _Packed(limit), _Packed(limit), array("h")
    for pair in pairs:
        premises.append(vocabulary.encode(pair.premise))
        hypotheses.append(vocabulary.encode(pair.hypothesis))
        labels.append(pair.label)
    shared = np.array(labels, np.int16)
    return PairCorpus(premises.corpus(shared), hypotheses.corpus(shared))


class _Packed:
    """Sequences of ids, one after another, four bytes an id while they are read."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.tokens, self.offsets, self.cut = array("i"), array("q", [0]), array("q")

    def append(self, ids: NDArray[np.int32]) -> None:
        kept = ids[: self.limit]
        self.tokens.frombytes(kept.tobytes())
        self.offsets.append(len(self.tokens))
        self.cut.append(len(ids) - len(kept))

    def corpus(self, labels: NDArray[np.int16]) -> Corpus:
        tokens = np.array(self.tokens, np.int32)
        offsets, cut = (np.array(numbers, np.int64) for numbers in (self.offsets, self.cut))
        return Corpus(tokens, offsets, labels, cut)
