"""The figures of a run, drawn from its network, its data and its traces."""

from itertools import islice
from typing import Any

import numpy as np

from neuroep import report
from neuroep.design.design import Design
from neuroep.learning.evaluation import output_scores
from neuroep.network.hopfield.attention import Attention, TokenAttention
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.runs.figures.phases import (
    draw_phases,
    draw_synapse,
    draw_weights,
)
from neuroep.runs.folder import RunFolder
from neuroep.runs.trained import START, load_into
from neuroep.settle import Settled, settle
from neuroep.settle.hopfield.inspect import attention_of
from neuroep.tasks.reviews.data import ReviewData, ReviewExamples, padding_of
from neuroep.text.corpus import Corpus
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import BREAKS, split_words

SHOWN = 4  # reviews in the figure of attention
MOST_WEIGHTS = 1 << 22  # of a coupling that is drawn: more than a page has dots
SENTIMENTS = ("negative", "positive")


def draw_figures(
    folder: RunFolder, design: Design, network: Network, data: ReviewData, metrics: dict[str, Any]
) -> None:
    """Draw every figure of a trained run into its folder.

    Phases and spikes are drawn where the network was tested with spikes.
    """
    names = {"spiking": "spiking", "analog": "sweep"}
    report.save(
        report.training_curves(
            metrics["history"],
            metrics["baselines"],
            test={names[k]: metrics[f"{k}_accuracy"] for k in metrics["settle_steps"]},
            controls={"words shuffled": metrics["shuffled_accuracy"]},
            example="review",
        ),
        folder.figure("training.png"),
    )
    chosen, texts = _choose_reviews(data)
    corpus = data.test.subset(chosen)
    padding = padding_of(design, data.vocabulary)
    examples = ReviewExamples(corpus, design.reading.layer, padding=padding)
    inputs, target = examples.batch(np.arange(len(corpus)))
    drive = make_drive(network, inputs)
    if "spiking" in metrics["settle_steps"]:
        free = draw_phases(folder, design, network, drive, target)["spiking"].free
    else:
        solver, stop = design.make_solver()
        free = settle(network, drive, solver=solver, stop=stop)
    _draw_attention(folder, network, data.vocabulary, corpus, texts, free)
    weights = network.parameters
    couplings = [
        c for c in network.couplings if not c.shared and weights[c.name].size <= MOST_WEIGHTS
    ]
    if couplings:
        before = design.make_network(len(data.vocabulary))
        load_into(before, folder.path / START)
        coupling = couplings[0]
        draw_weights(
            folder,
            before.parameters[coupling.name],
            network.parameters[coupling.name],
            coupling.name,
            (coupling.source, coupling.target),
        )
    draw_synapse(folder)


def _choose_reviews(data: ReviewData) -> tuple[np.ndarray, list[str]]:
    """Return numbers and texts of a few test reviews that fit a page, of both labels."""
    lengths, labels = data.test.lengths, data.test.labels
    order = np.argsort(np.abs(lengths - 90), kind="stable")
    chosen: list[int] = []
    for label in (1, 0):
        of_label = [int(i) for i in order if labels[i] == label]
        chosen += of_label[: SHOWN // 2]
    stream = islice(data.source.stream("test", data.limit), max(chosen) + 1)
    texts = {n: review.text for n, review in enumerate(stream) if n in chosen}
    return np.array(chosen), [texts[number] for number in chosen]


def spans(vocabulary: Vocabulary, ids: np.ndarray) -> np.ndarray:
    """Return the first and last word of every pattern of a review, (patterns, 2).

    A word is followed by the n-grams that it completes, so an n-gram ends at the last word seen.
    """
    is_word = vocabulary.is_word(ids)
    last = np.cumsum(is_word) - 1
    words = [vocabulary.words[i].count(" ") + 1 for i in ids]
    length = np.where(is_word, 1, words)
    return np.stack([last - length + 1, last], axis=1)


def stored_spans(vocabulary: Vocabulary, text: str, stored: np.ndarray) -> np.ndarray:
    """Return the first and last word of every stored pattern of a text, (patterns, 2)."""
    ids = np.array(vocabulary.read(text))
    if not vocabulary.distinct:
        return spans(vocabulary, ids[: len(stored)])
    first = {int(row): place for place, row in reversed(list(enumerate(ids)))}
    return spans(vocabulary, ids)[[first[int(row)] for row in stored]]


def _words_of(vocabulary: Vocabulary, text: str) -> list[str]:
    """Return the words that have a pattern, in order."""
    words = [word for word in split_words(text) if word not in BREAKS]
    if vocabulary.buckets:
        return words
    return [word for word in words if word in vocabulary] or [vocabulary.words[vocabulary.nothing]]


def _draw_attention(
    folder: RunFolder,
    network: Network,
    vocabulary: Vocabulary,
    corpus: Corpus,
    texts: list[str],
    free: Settled,
) -> None:
    layers = [k for k in network.settling if isinstance(network.layers[k], Attention)]
    if not layers:
        return
    scores = output_scores(network, free)[0]
    shown = []
    for number, text in enumerate(texts):
        places = stored_spans(vocabulary, text, corpus[number])
        weights = attention_of(free, layers[0], number)[:, : len(places)]
        if isinstance(network.layers[layers[0]], TokenAttention):
            weights = weights[: len(places)]
        shown.append(
            report.AttendedText(
                _words_of(vocabulary, text)[: places.max() + 1],
                weights,
                places,
                SENTIMENTS[int(scores[number].argmax())],
                SENTIMENTS[int(corpus.labels[number])],
            )
        )
    report.save(report.attention(shown), folder.figure("attention.png"))
