"""One test example of the data that a run was trained on."""

import numpy as np

from neuroep.design.resistive import is_resistive
from neuroep.errors import InputError
from neuroep.images import open_images
from neuroep.network.hopfield.drive import Sequences
from neuroep.runs.folder import OPTIONS, RunFolder
from neuroep.runs.trained import TrainedNetwork, load_run
from neuroep.tasks.pairs.data import PairExamples, sentences_of
from neuroep.text.corpus import encode_corpus
from neuroep.text.pairs import encode_pairs, open_pairs
from neuroep.text.reviews.source import open_reviews

Inputs = dict[str, np.ndarray]


def examples_of(weights: str, data: str | None, example: int) -> tuple[Inputs, int]:
    """Return what one test example of a run clamps, by layer, and its label.

    Parameters
    ----------
    weights : str
        A run folder.
    data : str, optional
        Where its examples are; the built-in data when absent.
    example : int
        Which one.

    Raises
    ------
    InputError
        The run was trained on data of one's own, and none is given; no such example; data that
        cannot be read.
    """
    folder = RunFolder.open(weights)
    options = folder.read_options() if (folder.path / OPTIONS).is_file() else {}
    if data is None and options.get("data"):
        raise InputError(f"{weights}: trained on {options['data']}; say where by --data")
    if is_resistive(folder.read_design()):
        images = open_images(data).test
        _check(example, len(images.labels), "test images")
        return {"inputs": images.pixels[example].astype(float)}, int(images.labels[example])
    trained = load_run(weights)
    design = trained.design
    if design.images:
        images = open_images(data).test
        _check(example, len(images.labels), "test images")
        pixels = images.pixels[example : example + 1].astype(float)
        return {design.images.layer: pixels}, int(images.labels[example])
    if design.pairs:
        return _read_pair(trained, data, example)
    source = open_reviews(data)
    corpus = encode_corpus(source.stream("test", example + 1), trained.words, design.words.tokens)
    _check(example, len(corpus), f"test reviews of {source.name}")
    if not len(corpus[example]):
        raise InputError(f"{source.name}: test review {example}: no known word in it")
    return {design.reading.layer: corpus[example].astype(np.int64)}, int(corpus.labels[example])


def _read_pair(trained: TrainedNetwork, data: str | None, example: int) -> tuple[Inputs, int]:
    sentences = sentences_of(trained.design, trained.words, trained.design.title)
    source = open_pairs(data)
    pairs = encode_pairs(source.stream("test"), trained.words, sentences.tokens)
    _check(example, len(pairs), f"test pairs of {source.name}")
    clamped, _ = PairExamples(pairs, sentences).batch(np.array([example]))
    inputs = {k: x.rows.astype(np.int64) for k, x in clamped.items() if isinstance(x, Sequences)}
    return inputs, int(pairs.labels[example])


def _check(example: int, count: int, what: str) -> None:
    if example >= count:
        raise InputError(f"--example {example}: there are {count} {what}")
