"""Reviews as examples: encoded corpora, the vectors of their words, batches for the network."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.network.hopfield.drive import Input, Sequences
from neuroep.tables.split import split
from neuroep.text.corpus import (
    Corpus,
    Padding,
    count_without_known_word,
    encode_corpus,
)
from neuroep.text.reviews.source import Review, TextSource
from neuroep.text.vectors import (
    log_ratio_vectors,
    ppmi_vectors,
    read_vectors,
    words_with_vectors,
)
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import shuffle_words


class ReviewExamples:
    """A corpus as the trainer takes it: sequences of ids for one clamped layer, one-hot targets.

    Parameters
    ----------
    corpus : Corpus
    layer : str
        The clamped layer.
    classes : int
    dropout : float
        Share of ids left out when training. A review never loses all of them.
    padding : Padding, optional
        What fills every review to the same length; without it shorter ones are masked.
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
        target = np.eye(self.classes, dtype=np.float32)[part.labels]
        return {self.layer: Sequences(ids, offsets)}, target


@dataclass(frozen=True)
class ReviewData:
    """Everything that is read before training.

    ``train``, ``validation``, ``test`` and ``shuffled`` (the test reviews with their words
    shuffled) are encoded; ``vectors`` (rows, dim) float32 are the initial stored patterns;
    ``without_known_word`` counts test reviews of rare words only; ``limit`` is what was asked for.
    """

    source: TextSource
    vocabulary: Vocabulary
    vectors: Floats
    train: Corpus
    validation: Corpus
    test: Corpus
    shuffled: Corpus
    without_known_word: int
    limit: int | None


def read_vocabulary(
    design: Design, source: TextSource, limit: int | None, vectors: Sequence[str] = ()
) -> Vocabulary:
    """Learn the rows of the table from the training texts.

    Where the design drops unknown words, those that the files of ``vectors`` lack are unknown.
    """
    text = design.reading
    learned = Vocabulary.learn(
        (review.text for review in source.stream("train", limit)),
        size=text.words,
        min_count=text.word_min_count,
        ngrams=text.ngrams,
        ngram_size=text.ngram_rows,
        ngram_min_count=text.ngram_min_count,
        buckets=text.buckets,
        distinct=text.distinct,
    )
    if text.buckets or not vectors:
        return learned
    return learned.restricted(words_with_vectors(vectors, learned, design.words.dim))


def padding_of(design: Design, vocabulary: Vocabulary) -> Padding | None:
    """Return what fills the design's reviews, None where they are masked."""
    if design.reading.padding == "masked":
        return None
    return Padding(design.words.tokens, vocabulary.nothing)


def read_reviews(
    design: Design,
    source: TextSource,
    vocabulary: Vocabulary,
    *,
    vectors: Sequence[str] | Floats = (),
    limit: int | None = None,
    seed: int = 0,
) -> ReviewData:
    """Encode the reviews and get a vector for every row.

    Parameters
    ----------
    vectors : sequence of str, or array
        Files of word vectors, or the initial patterns themselves; without any, they are learned
        from the training text alone.
    limit : int or None
        Reviews of each split.
    seed : int
        Of the validation split, the vectors and the shuffled words.

    Raises
    ------
    InputError
        What the readers raise; vectors that do not have the design's width.
    """
    words, text = design.words, design.reading
    everything = encode_corpus(source.stream("train", limit), vocabulary, words.tokens)
    test = encode_corpus(source.stream("test", limit), vocabulary, words.tokens)
    rng = np.random.default_rng(seed)

    def shuffled() -> Iterator[Review]:
        for review in source.stream("test", limit):
            yield Review(review.label, shuffle_words(review.text, rng))

    mixed = encode_corpus(shuffled(), vocabulary, words.tokens)
    kept, held = split(everything.labels, text.validation, seed)
    if not len(kept) or not len(held):
        raise InputError(f"{source.name}: {len(everything)} training reviews are too few")
    if not len(vectors):
        vectors = text.vector_scale * _learned(
            design, everything.subset(kept), len(vocabulary), source, seed
        )
    elif not isinstance(vectors, np.ndarray):
        vectors = text.vector_scale * read_vectors(vectors, vocabulary, words.dim)
    return ReviewData(
        source,
        vocabulary,
        vectors,
        everything.subset(kept),
        everything.subset(held),
        test,
        mixed,
        count_without_known_word(test, vocabulary),
        limit,
    )


def _learned(design: Design, corpus: Corpus, rows: int, source: TextSource, seed: int) -> Floats:
    """Return a vector for every row, learned from the training reviews."""
    dim, text = design.words.dim, design.reading
    if text.start == "log_ratio":
        return log_ratio_vectors(corpus, rows, dim, seed)
    if dim > rows - 2:
        raise InputError(
            f"{source.name}: layers.{text.layer}.dim: {dim} dimensions cannot be learned "
            f"from reviews with {rows} rows of patterns"
        )
    return ppmi_vectors(corpus, rows, dim, text.window, seed)
