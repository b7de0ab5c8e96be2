"""Words, frequent n-grams and buckets of rare words as rows of one table."""

import zlib
from array import array
from collections.abc import Container, Iterable
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.text.words import BREAKS, FIRST, NORMAL, plain_words, split_words

_LONGEST_WORD = 40  # longer runs of letters are no words, and would widen every stored table


def bucket_of(word: str, buckets: int) -> int:
    """Bucket of a rare word: words with the same ending share one ("-iest", "-less", "-ably").

    The hash is CRC-32, which is the same in every process and on every platform.
    """
    ending = "0" if word.isdigit() else word[-3:]
    return zlib.crc32(ending.encode("utf-8")) % buckets


class Vocabulary:
    """Ids of words, buckets and n-grams, in this order, most frequent first.

    An n-gram is a known shorter one and the word that follows it, so a list of (prefix id, word
    id) pairs describes all of them.

    ``known``: the words that have a row of their own; ``buckets``: number of rows that all other
    words share by their ending, 0 where they are dropped, and one row, :attr:`nothing`, stands for
    a text of such words alone; ``pairs`` (n-grams, 2): prefix id and word id of each n-gram, a
    prefix being a word or an earlier n-gram; ``distinct``: whether a text is the set of its rows,
    each where it first occurs, or all of them as often as they occur; ``reading``: how words are
    told from texts, see :func:`neuroep.text.words.split_words`.
    """

    def __init__(
        self,
        known: list[str],
        buckets: int,
        pairs: NDArray[np.int32],
        distinct: bool = False,
        reading: int = NORMAL,
    ) -> None:
        self.known = known
        self.buckets = buckets
        self.pairs = pairs
        self.distinct = distinct
        self.reading = reading
        self._ids = {word: i for i, word in enumerate(known)}
        self.first_ngram = len(known) + max(buckets, 1)
        self._ngrams = {(int(a), int(b)): self.first_ngram + i for i, (a, b) in enumerate(pairs)}
        self.words = known + ([f"<rare {i}>" for i in range(buckets)] or ["<nothing>"])
        for prefix, word in pairs:
            self.words.append(f"{self.words[prefix]} {known[word]}")

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        """Whether a word has a row of its own."""
        return word in self._ids

    @classmethod
    def learn(
        cls,
        texts: Iterable[str],
        size: int = 30_000,
        min_count: int = 3,
        ngrams: int = 1,
        ngram_size: int = 30_000,
        ngram_min_count: int = 10,
        buckets: int = 500,
        distinct: bool = False,
    ) -> "Vocabulary":
        """Learn the rows from texts in one pass that keeps four bytes a word.

        Keeps the ``size`` most frequent words among those seen at least ``min_count`` times, and
        by the same two limits n-grams of two to ``ngrams`` words (3 at most), counted together.
        """
        if not 1 <= ngrams <= 3:
            raise ValueError(f"ngrams must be 1 to 3, not {ngrams}")
        numbers: dict[str, int] = {}
        tokens = _pack(texts, numbers)
        counts = np.bincount(tokens, minlength=len(numbers))
        spellings = list(numbers)
        kept = [
            i
            for i in range(1, len(spellings))
            if counts[i] >= min_count and len(spellings[i]) <= _LONGEST_WORD
        ]
        kept = sorted(kept, key=lambda i: (-counts[i], spellings[i]))[:size]
        row = np.full(len(spellings), -1, np.int32)
        row[kept] = np.arange(len(kept), dtype=np.int32)
        pairs = _frequent_ngrams(
            row[tokens], len(kept), len(kept) + max(buckets, 1), ngrams, ngram_size, ngram_min_count
        )
        return cls([spellings[i] for i in kept], buckets, pairs, distinct)

    def encode(self, text: str) -> NDArray[np.int32]:
        """Ids of a text as its stored patterns, see :meth:`read`, or the set of them."""
        ids = self.read(text)
        if self.distinct:
            ids = list(dict.fromkeys(ids))
        return np.array(ids, np.int32)

    def read(self, text: str) -> list[int]:
        """Ids of a text in reading order, each word followed by the known n-grams it completes.

        A text without any word gets the one id of the empty word's bucket (or of
        :attr:`nothing`), so that there is always something to attend to.
        """
        ids: list[int] = []
        get_id, get_ngram = self._ids.get, self._ngrams.get
        open_prefixes: list[int] = []
        for word in split_words(text, self.reading):
            if word in BREAKS:
                open_prefixes = []
                continue
            here = get_id(word)
            if here is None:
                if self.buckets:
                    ids.append(self.bucket(word))
                open_prefixes = []
                continue
            complete = [here]
            for prefix in open_prefixes:
                ngram = get_ngram((prefix, here))
                if ngram is not None:
                    complete.append(ngram)
            ids += complete
            open_prefixes = complete if self._ngrams else []
        if not ids:
            ids.append(self.bucket("") if self.buckets else self.nothing)
        return ids

    def count_unknown(self, text: str) -> int:
        """Number of words of a text without a row of their own, also where these are dropped."""
        return sum(word not in self for word in plain_words(text, self.reading))

    @property
    def nothing(self) -> int:
        """Row, of zeros, of what is no word; only there where other words are dropped."""
        if self.buckets:
            raise ValueError("this vocabulary drops no word")
        return len(self.known)

    def restricted(self, words: Container[str]) -> "Vocabulary":
        """Return the vocabulary without the words that are not among ``words``."""
        kept = [i for i, word in enumerate(self.known) if word in words]
        first = len(kept) + max(self.buckets, 1)
        row = dict(zip(kept, range(len(kept)), strict=True))
        pairs: list[tuple[int, int]] = []
        for number, (prefix, word) in enumerate(self.pairs.tolist(), start=self.first_ngram):
            if prefix in row and word in row:
                row[number] = first + len(pairs)
                pairs.append((row[prefix], row[word]))
        known = [self.known[i] for i in kept]
        rows = np.array(pairs, np.int32).reshape(-1, 2)
        return Vocabulary(known, self.buckets, rows, self.distinct, self.reading)

    def bucket(self, word: str) -> int:
        """Row that a word uses if it has none of its own."""
        return len(self.known) + bucket_of(word, self.buckets)

    def ngram_words(self) -> list[list[int]]:
        """Ids of the words of each n-gram, in the order of their rows."""
        first = self.first_ngram
        members: list[list[int]] = []
        for prefix, word in self.pairs.tolist():
            start = [prefix] if prefix < first else members[prefix - first]
            members.append([*start, word])
        return members

    def is_word(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """True where an id is a word or a bucket, that is, one word of the text."""
        return np.asarray(ids) < self.first_ngram

    def is_unknown(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """True where an id is a bucket, that is, a word without a row of its own."""
        return (np.asarray(ids) >= len(self.known)) & self.is_word(ids)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for a checkpoint: ``words`` and what else the constructor takes."""
        return {
            "words": np.array(self.known, np.str_),
            "buckets": np.array(self.buckets, np.int64),
            "pairs": self.pairs,
            "distinct": np.array(self.distinct, np.int64),
            "reading": np.array(self.reading, np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> "Vocabulary":
        """Inverse of :meth:`to_arrays`; InputError names an array that is missing or wrong."""
        for field in ("words", "buckets", "pairs"):
            if field not in arrays:
                raise InputError(f"vocabulary: {field} is missing")
        words = [str(word) for word in np.asarray(arrays["words"])]
        buckets = _whole(arrays, "buckets", 0)
        pairs = np.asarray(arrays["pairs"], np.int32).reshape(-1, 2)
        before = len(words) + max(buckets, 1) + np.arange(len(pairs))
        if (pairs < 0).any() or (pairs[:, 0] >= before).any() or (pairs[:, 1] >= len(words)).any():
            raise InputError("vocabulary: pairs points outside the table")
        # Files of earlier versions do not say how texts are read, and knew only one way each.
        distinct = bool(_whole(arrays, "distinct", 0))
        reading = _whole(arrays, "reading", FIRST)
        if reading not in (FIRST, NORMAL):
            raise InputError(f"vocabulary: reading: {reading} is none that this version knows")
        return cls(words, buckets, pairs, distinct, reading)


def _whole(arrays: dict[str, NDArray[Any]], field: str, default: int) -> int:
    """Return the one whole number of an array."""
    found = np.asarray(arrays.get(field, default))
    if found.shape or found.dtype.kind not in "iu":
        raise InputError(f"vocabulary: {field}: not one whole number")
    return int(found)


def _pack(texts: Iterable[str], numbers: dict[str, int]) -> NDArray[np.int32]:
    """All words of all texts as one array of numbers by first occurrence; 0 is a break."""

    class Numbering(dict[str, int]):
        def __missing__(self, word: str) -> int:
            numbers[word] = self[word] = number = next(counter)
            return number

    counter = count(1)
    numbers["\n"] = 0
    lookup = Numbering(dict.fromkeys(BREAKS, 0))
    packed = array("i", [0])
    for text in texts:
        packed.extend(map(lookup.__getitem__, split_words(text)))
        packed.append(0)
    return np.frombuffer(packed, np.int32)


def _frequent_ngrams(
    tokens: NDArray[np.int32],
    words: int,
    first: int,
    ngrams: int,
    size: int,
    min_count: int,
) -> NDArray[np.int32]:
    """(Prefix id, word id) of the most frequent n-grams, most frequent first.

    ``tokens`` holds word ids and -1 where no n-gram may pass. An n-gram is never more frequent
    than its prefix, so cutting a list sorted by (count, length) never loses a needed prefix.
    """
    found: list[NDArray[np.int64]] = []  # one row an n-gram: count, length, prefix, word
    prefixes = tokens.astype(np.int64)  # what ends at each position; -1: nothing frequent does
    codes = words  # n-grams get provisional codes from here on
    for length in range(2, ngrams + 1):
        keys = np.where((prefixes[:-1] >= 0) & (tokens[1:] >= 0), prefixes[:-1], -1)
        keys = np.where(keys >= 0, keys * words + tokens[1:], -1)
        unique, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        frequent = (counts >= min_count) & (unique >= 0)
        kept, kept_counts = unique[frequent], counts[frequent]
        code = np.full(len(unique), -1, np.int64)
        code[frequent] = codes + np.arange(len(kept))
        codes += len(kept)
        prefixes = np.concatenate(([-1], code[inverse]))
        lengths = np.full(len(kept), length)
        found.append(np.stack([kept_counts, lengths, kept // words, kept % words], axis=1))
    if not found:
        return np.empty((0, 2), np.int32)
    table = np.concatenate(found)
    order = np.lexsort((np.arange(len(table)), table[:, 1], -table[:, 0]))[:size]
    final = np.full(codes, -1, np.int64)
    final[:words] = np.arange(words)
    final[words + order] = first + np.arange(len(order))
    return np.stack([final[table[order, 2]], table[order, 3]], axis=1).astype(np.int32)
