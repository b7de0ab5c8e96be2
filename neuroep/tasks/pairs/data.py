"""Pairs of sentences as examples: encoded corpora, the vectors of their words, batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats, Ints
from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import Input, Sequences
from neuroep.tables.split import Split
from neuroep.tasks.pairs.section import PairSection
from neuroep.text.corpus import Corpus, Padding
from neuroep.text.pairs import LABELS, PairCorpus, PairSource, encode_pairs
from neuroep.text.vectors import ppmi_vectors, read_vectors, words_with_vectors
from neuroep.text.vocabulary import Vocabulary

CLASSES = len(LABELS)
Salt = NDArray[np.uint64]


@dataclass(frozen=True)
class Sentences:
    """How a design clamps the sentences of a pair: two layers of words, and its memories.

    ``premise``, ``hypothesis`` : Clamped
        The layers, with their names.
    ``padding`` : dict of layer to Padding
        What fills sentences to their layer's length; empty where they are masked.
    ``memories`` : dict of layer to rows
        Layers that clamp the same learned patterns for every pair.
    """

    premise: Clamped
    hypothesis: Clamped
    padding: Mapping[str, Padding] = field(default_factory=dict)
    memories: Mapping[str, int] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Rows of the longer of the two layers."""
        return max(self.premise.tokens, self.hypothesis.tokens)


def pair_section(design: Design, path: str) -> PairSection:
    """Return a design's ``[pairs]``.

    Raises
    ------
    InputError
        It has none.
    """
    if design.pairs is None:
        raise InputError(f"{path}: pairs: missing, so this design reads no pairs of sentences")
    return design.pairs


def sentences_of(design: Design, vocabulary: Vocabulary, path: str) -> Sentences:
    """Return how a design clamps pairs.

    Raises
    ------
    InputError
        The two layers are not there, are not clamped or share no table, or another clamped layer
        has none; names the key.
    """
    section = pair_section(design, path)
    found = {}
    for role in ("premise", "hypothesis"):
        name = getattr(section, role)
        layer = design.make_layer(name) if name in design.layers else None
        if not isinstance(layer, Clamped):
            raise InputError(f"{path}: pairs.{role}: {name!r} is not a clamped layer")
        found[role] = layer
    premise, hypothesis = found["premise"], found["hypothesis"]
    if hypothesis.table != premise.name:
        raise InputError(
            f"{path}: layers.{hypothesis.name}.table: must be {premise.name!r}, whose words these "
            "are as well"
        )
    memories = {}
    for name in design.make_network().clamped:
        layer = design.make_layer(name)
        assert isinstance(layer, Clamped)
        if name in (premise.name, hypothesis.name):
            continue
        if layer.vocabulary != layer.tokens:
            raise InputError(
                f"{path}: layers.{name}.vocabulary: a memory clamps all its rows, so it must be "
                f"{layer.tokens}, the layer's tokens"
            )
        memories[name] = layer.tokens
    padding = {}
    if section.padding == "zeros":
        padding = {k.name: Padding(k.tokens, vocabulary.nothing) for k in (premise, hypothesis)}
    return Sentences(premise, hypothesis, padding, memories)


class PairExamples:
    """Pairs as the trainer takes them: sequences of ids for two layers, one-hot targets.

    Parameters
    ----------
    pairs : PairCorpus
        Sentences of at most ``sentences.tokens`` ids; each layer takes as many as it has rows.
    sentences : Sentences
    dropout : float
        Share of words left out when training, of both sentences alike, so that what the premise
        says of a word stays true. A sentence never loses its first word.
    """

    def __init__(self, pairs: PairCorpus, sentences: Sentences, dropout: float = 0.0) -> None:
        self.pairs = pairs
        self.sentences = sentences
        self.dropout = dropout

    def __len__(self) -> int:
        return len(self.pairs)

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], Floats]:
        """Return what is clamped and the targets (B, 3) float32."""
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
        return inputs, np.eye(CLASSES, dtype=np.float32)[part.labels]

    def _sequences(self, corpus: Corpus, layer: Clamped, salt: Salt | None) -> Sequences:
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


@dataclass(frozen=True)
class PairData:
    """Everything that is read before training.

    ``vectors`` (rows, dim) float32 are the initial stored patterns; ``limit`` is what was asked
    for, ``skipped`` how many pairs without a label each split held.
    """

    source: PairSource
    vocabulary: Vocabulary
    sentences: Sentences
    vectors: Floats
    train: PairCorpus
    validation: PairCorpus
    test: PairCorpus
    limit: int | None
    skipped: Mapping[Split, int]


def read_pair_vocabulary(
    design: Design,
    source: PairSource,
    limit: int | None,
    vectors: Sequence[str],
    path: str,
) -> Vocabulary:
    """Learn the rows of the table from both sentences of the training pairs.

    Where the design drops unknown words, those that the files of ``vectors`` lack are unknown.
    """
    section = pair_section(design, path)

    def texts() -> Iterator[str]:
        for pair in source.stream("train", limit):
            yield pair.premise
            yield pair.hypothesis

    learned = Vocabulary.learn(
        texts(),
        size=section.words,
        min_count=section.word_min_count,
        ngrams=section.ngrams,
        ngram_size=section.ngram_rows,
        ngram_min_count=section.ngram_min_count,
        buckets=section.buckets,
    )
    if section.buckets or not vectors:
        return learned
    dim = sentences_of(design, learned, path).premise.dim
    return learned.restricted(words_with_vectors(vectors, learned, dim))


def read_pairs(
    design: Design,
    source: PairSource,
    vocabulary: Vocabulary,
    path: str,
    *,
    vectors: Sequence[str] | Floats = (),
    limit: int | None = None,
) -> PairData:
    """Encode the pairs and get a vector for every row.

    Parameters
    ----------
    vectors : sequence of str, or array
        Files of word vectors, or the initial patterns themselves; without any, they are learned
        from the training text alone.
    limit : int or None
        Pairs of each split.

    Raises
    ------
    InputError
        What the readers raise; vectors that do not have the design's width; too little text.
    """
    section = pair_section(design, path)
    sentences = sentences_of(design, vocabulary, path)

    def encoded(split: Split, most: int | None) -> PairCorpus:
        corpus = encode_pairs(source.stream(split, most), vocabulary, sentences.tokens)
        if not len(corpus):
            raise InputError(f"{source.name}: {split}: no pair to read")
        return corpus

    held = min(section.validation, limit or section.validation)
    train, validation = encoded("train", limit), encoded("validation", held)
    test = encoded("test", limit)
    if not len(vectors):
        vectors = _learned_vectors(section, sentences, train, vocabulary, source.name, design.seed)
    elif not isinstance(vectors, np.ndarray):
        vectors = section.vector_scale * read_vectors(vectors, vocabulary, sentences.premise.dim)
    skipped = dict(source.skipped)
    return PairData(source, vocabulary, sentences, vectors, train, validation, test, limit, skipped)


def _learned_vectors(
    section: PairSection,
    sentences: Sentences,
    train: PairCorpus,
    vocabulary: Vocabulary,
    name: str,
    seed: int,
) -> Floats:
    dim = sentences.premise.dim
    if dim > len(vocabulary) - 2:
        raise InputError(
            f"{name}: layers.{section.premise}.dim: {dim} dimensions cannot be learned from pairs "
            f"with {len(vocabulary)} rows of patterns"
        )
    first, second = train.premises, train.hypotheses
    both = Corpus(
        np.concatenate([first.tokens, second.tokens]),
        np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]]),
        np.concatenate([first.labels, second.labels]),
    )
    return section.vector_scale * ppmi_vectors(both, len(vocabulary), dim, section.window, seed)
