"""What a gradient is checked on: a few examples, drawn or real, and the data to train on before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from neuroep.core.tables import Floats
from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.images import open_images
from neuroep.learning.evaluation import Examples
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import Input, Sequences
from neuroep.network.hopfield.network import Network
from neuroep.runs.trained import TrainedNetwork
from neuroep.tasks.images.examples import ImageExamples
from neuroep.tasks.pairs.data import (
    PairExamples,
    pair_section,
    read_pair_vocabulary,
    read_pairs,
    sentences_of,
)
from neuroep.tasks.pairs.task import add_identities
from neuroep.tasks.reviews.data import (
    ReviewExamples,
    padding_of,
    read_reviews,
    read_vocabulary,
)
from neuroep.text.corpus import encode_corpus
from neuroep.text.pairs import encode_pairs, open_pairs
from neuroep.text.texts import open_texts


@dataclass(frozen=True)
class Material:
    """Examples with everything that is read with them.

    ``inputs``, ``target`` (N, outputs): the examples; ``rows``: of the table of patterns;
    ``vectors`` (rows, dim): the initial patterns, None to draw them; ``train``: what a training
    would learn from, None where nothing was read for it.
    """

    inputs: Mapping[str, Input]
    target: Floats
    note: str
    rows: int = 1
    vectors: Floats | None = None
    train: Examples | None = None


def drawn_examples(design: Design, count: int) -> Material:
    """Draw examples of the design's shapes, of unequal lengths, from its seed."""
    rng = np.random.default_rng([design.seed, count])
    rows = 1
    if design.table_layer:
        rows = max(2, design.make_network(2).shape(design.table_layer)[0])
    network = design.make_network(rows)
    inputs: dict[str, Input] = {}
    for name in network.clamped:
        layer = network.layers[name]
        assert isinstance(layer, Clamped)
        lengths = rng.integers(-(-layer.tokens // 2), layer.tokens + 1, count)
        lengths[0] = layer.tokens
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        total = int(offsets[-1])
        values: np.ndarray
        if layer.vocabulary:
            values = rng.integers(0, layer.vocabulary, total)
        else:
            scale = 1.0 / np.sqrt(layer.dim) if layer.tokens > 1 else 1.0
            values = scale * rng.standard_normal((total, layer.dim))
        inputs[name] = Sequences(values, offsets)
    target = np.eye(network.outputs)[np.arange(count) % network.outputs]
    note = f"{count} examples drawn from seed {design.seed}"
    return Material(inputs, target, note, rows)


def read_examples(
    design: Design,
    path: str,
    count: int,
    data: str | None,
    vectors: Sequence[str],
    limit: int | None,
) -> Material:
    """Read real examples, the first of the validation split, as a training of the design would.

    Parameters
    ----------
    path : str
        The design's file, for messages.
    data : str or None
        Where from; None for the built-in data.
    vectors : sequence of str
        Files of word vectors; without any they are learned from the training text.
    limit : int or None
        Of each split.

    Raises
    ------
    InputError
        What the readers raise; a design that reads nothing, or too few examples.
    """
    if design.images:
        return _images(design, count, data, limit)
    if design.text:
        return _reviews(design, count, data, vectors, limit)
    if design.pairs:
        return _pairs(design, path, count, data, vectors, limit)
    raise InputError(f"{path}: no [text], [pairs] or [images], so it reads no data")


def _images(design: Design, count: int, data: str | None, limit: int | None) -> Material:
    section = design.images
    assert section is not None
    found = open_images(data).limited(limit)
    try:
        train, held = found.train.held_out(section.validation, design.seed)
    except ValueError as error:
        raise InputError(f"{found.name}: images.validation: {error}") from None
    examples = ImageExamples(held, found.shape, section.layer, found.classes)
    learned = ImageExamples(train, found.shape, section.layer, found.classes, section.shift)
    return _material(examples, count, f"images of {found.name}", train=learned)


def _reviews(
    design: Design, count: int, data: str | None, vectors: Sequence[str], limit: int | None
) -> Material:
    source = open_texts(data)
    vocabulary = read_vocabulary(design, source, limit, vectors)
    read = read_reviews(design, source, vocabulary, vectors=vectors, limit=limit, seed=design.seed)
    layer, classes = design.reading.layer, design.make_network().outputs
    padding = padding_of(design, vocabulary)
    dropout = design.reading.word_dropout
    return _material(
        ReviewExamples(read.validation, layer, classes, padding=padding),
        count,
        f"reviews of {source.name}",
        rows=len(vocabulary),
        vectors=read.vectors,
        train=ReviewExamples(read.train, layer, classes, dropout, padding),
    )


def _pairs(
    design: Design,
    path: str,
    count: int,
    data: str | None,
    vectors: Sequence[str],
    limit: int | None,
) -> Material:
    source = open_pairs(data)
    vocabulary = read_pair_vocabulary(design, source, limit, vectors, path)
    read = read_pairs(design, source, vocabulary, path, vectors=vectors, limit=limit)
    dropout = pair_section(design, path).word_dropout
    return _material(
        PairExamples(read.validation, read.sentences),
        count,
        f"pairs of {source.name}",
        rows=len(vocabulary),
        vectors=read.vectors,
        train=PairExamples(read.train, read.sentences, dropout),
    )


def run_examples(trained: TrainedNetwork, path: str, count: int, data: str | None) -> Material:
    """Read the first test examples for a network that has been trained.

    Raises
    ------
    InputError
        What the readers raise; too few examples.
    """
    design = trained.design
    if design.images:
        found = open_images(data)
        images = ImageExamples(found.test, found.shape, design.images.layer, found.classes)
        return _material(images, count, f"test images of {found.name}")
    words = trained.words
    if design.pairs:
        pairs = open_pairs(data)
        sentences = sentences_of(design, words, path)
        encoded = encode_pairs(pairs.stream("test", count), words, sentences.tokens)
        both = PairExamples(encoded, sentences)
        return _material(both, count, f"test pairs of {pairs.name}", rows=len(words))
    source = open_texts(data)
    corpus = encode_corpus(source.stream("test", count), words, design.words.tokens)
    examples = ReviewExamples(
        corpus, design.reading.layer, trained.network.outputs, padding=padding_of(design, words)
    )
    return _material(examples, count, f"test reviews of {source.name}", rows=len(words))


def _material(
    examples: Examples,
    count: int,
    what: str,
    *,
    rows: int = 1,
    vectors: Floats | None = None,
    train: Examples | None = None,
) -> Material:
    if len(examples) < count:
        raise InputError(f"--examples {count}: there are {len(examples)} {what}")
    inputs, target = examples.batch(np.arange(count))
    note = f"the first {count} {what}"
    return Material(inputs, target.astype(np.float64), note, rows, vectors, train)


def make_network(design: Design, material: Material, path: str, dtype: DTypeLike) -> Network:
    """Return the design's network with the parameters that a training would begin from."""
    network = design.make_network(material.rows)
    network.initialise(design.seed, dtype)
    if material.vectors is not None:
        network.parameters[f"{design.table_layer}.patterns"][:] = material.vectors
    if design.pairs:
        add_identities(design, network, path)
    return network
