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
    1]]``; ``labels`` (reviews,): indices of the source's labels; ``unread`` (reviews,), or
    empty: words of each review that the network does not read, as it has no room for them.
    """

    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    labels: NDArray[np.int16]
    unread: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

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
        unread = self.unread[indices] if len(self.unread) else self.unread
        return Corpus(tokens, offsets, self.labels[indices], unread)


class Packed:
    """Texts as ids of a vocabulary, one after another, while they are read.

    Each is cut after ``limit`` ids; ``reads``: how many of these the network takes.
    """

    def __init__(self, vocabulary: Vocabulary, limit: int | None, reads: int | None) -> None:
        self.vocabulary, self.limit, self.reads = vocabulary, limit, reads
        self.tokens, self.offsets, self.unread = array("i"), array("q", [0]), array("q")

    def append(self, text: str) -> None:
        """Add a text."""
        ids = self.vocabulary.encode(text)
        self.tokens.frombytes(ids[: self.limit].tobytes())
        self.offsets.append(len(self.tokens))
        left = ids[len(ids) if self.reads is None else self.reads :]
        self.unread.append(int(self.vocabulary.is_word(left).sum()))

    def corpus(self, labels: "array[int]") -> Corpus:
        """Return all of them with their labels."""
        tokens = np.array(self.tokens, np.int32)
        offsets, unread = (np.array(numbers, np.int64) for numbers in (self.offsets, self.unread))
        return Corpus(tokens, offsets, np.array(labels, np.int16), unread)


def encode_corpus(
    reviews: Iterable[Review], vocabulary: Vocabulary, limit: int | None = None
) -> Corpus:
    """Encode a stream of reviews, each cut after ``limit`` ids."""
    packed, labels = Packed(vocabulary, limit, limit), array("h")
    for review in reviews:
        packed.append(review.text)
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
