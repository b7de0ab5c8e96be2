"""Encoded reviews as three packed arrays."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroep.text.reviews.source import Review
from neuroep.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Corpus:
    """Ids of all reviews, one after another: four bytes an id and no dense embeddings.

    ``tokens`` (total,): ids of the vocabulary's rows; review i is ``tokens[offsets[i]:offsets[i +
    1]]``; ``labels`` (reviews,): indices of the source's labels; ``cut`` (reviews,), or empty: ids
    of each review that are not among its tokens, as it was longer than allowed.
    """

    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    labels: NDArray[np.int16]
    cut: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> NDArray[np.int32]:
        """Ids of one review, a view."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.tokens[self.offsets[index] : self.offsets[index + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of ids of each review."""
        return np.diff(self.offsets)

    def subset(self, indices: ArrayLike) -> "Corpus":
        """The reviews at ``indices``, in that order, copied."""
        indices = np.asarray(indices, np.int64)
        lengths = self.lengths[indices]
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        # Position of each id in the new array, moved to where its review starts in the old one.
        shift = np.repeat(self.offsets[indices] - offsets[:-1], lengths)
        tokens = self.tokens[np.arange(offsets[-1]) + shift]
        cut = self.cut[indices] if len(self.cut) else self.cut
        return Corpus(tokens, offsets, self.labels[indices], cut)


class Packed:
    """Sequences of ids, one after another and each cut after ``limit``, while they are read."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.tokens, self.offsets, self.cut = array("i"), array("q", [0]), array("q")

    def append(self, ids: NDArray[np.int32]) -> None:
        """Add a sequence."""
        kept = ids[: self.limit]
        self.tokens.frombytes(kept.tobytes())
        self.offsets.append(len(self.tokens))
        self.cut.append(len(ids) - len(kept))

    def corpus(self, labels: "array[int]") -> Corpus:
        """Return all of them with their labels."""
        tokens = np.array(self.tokens, np.int32)
        offsets, cut = (np.array(numbers, np.int64) for numbers in (self.offsets, self.cut))
        return Corpus(tokens, offsets, np.array(labels, np.int16), cut)


def encode_corpus(
    reviews: Iterable[Review], vocabulary: Vocabulary, limit: int | None = None
) -> Corpus:
    """Encode a stream of reviews, each cut after ``limit`` ids."""
    packed, labels = Packed(limit), array("h")
    for review in reviews:
        packed.append(vocabulary.encode(review.text))
        labels.append(review.label)
    return packed.corpus(labels)


@dataclass(frozen=True)
class Padding:
    """Fills sequences of ids with ``nothing`` to ``length``."""

    length: int
    nothing: int

    def fill(
        self, tokens: NDArray[np.int32], offsets: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return packed ids and offsets of the same sequences, all of one length."""
        count = len(offsets) - 1
        ids = np.full((count, self.length), self.nothing, np.int32)
        ids[np.arange(self.length) < np.diff(offsets)[:, None]] = tokens
        return ids.ravel(), np.arange(count + 1, dtype=np.int64) * self.length


def count_without_known_word(corpus: Corpus, vocabulary: Vocabulary) -> int:
    """Number of reviews in which no word has a row of its own (they are still classified)."""
    unknown = np.concatenate(([0], np.cumsum(vocabulary.is_unknown(corpus.tokens))))
    return int((np.diff(unknown[corpus.offsets]) == corpus.lengths).sum())
