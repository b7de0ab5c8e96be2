"""The figures of a run on pairs of sentences."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neuroep import report
from neuroep.design.design import Design
from neuroep.learning.evaluation import output_scores
from neuroep.network.hopfield.attention import Attention, TokenAttention
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.report.pair_attention import AttendedPair, pair_attention
from neuroep.runs.figures.phases import draw_phases, draw_synapse, draw_weights
from neuroep.runs.folder import RunFolder
from neuroep.runs.trained import START, load_into
from neuroep.settle import Settled, settle
from neuroep.settle.hopfield.inspect import attention_of
from neuroep.tasks.pairs.data import PairData, PairExamples
from neuroep.text.pairs import LABELS

WORDS = 12  # of the premises that are shown, about
_CLASSES = tuple(LABELS)


def draw_pair_figures(
    folder: RunFolder,
    design: Design,
    network: Network,
    data: PairData,
    metrics: Mapping[str, Any],
) -> None:
    """Draw every figure of a trained run into its folder.

    Phases and spikes are drawn where the design spikes.
    """
    names = {"analog": "sweep", "spiking": "spiking"}
    tested = {names[name]: metrics[f"{name}_accuracy"] for name in metrics["confusion"]}
    curves = report.training_curves(
        metrics["history"], metrics["baselines"], test=tested, example="pair"
    )
    report.save(curves, folder.figure("training.png"))
    counts = {names[name]: matrix for name, matrix in metrics["confusion"].items()}
    report.save(report.confusion(counts, _CLASSES, example="pair"), folder.figure("confusion.png"))
    chosen = _choose_pairs(data)
    examples = PairExamples(data.test.subset(chosen), data.sentences)
    inputs, target = examples.batch(np.arange(len(examples)))
    drive = make_drive(network, inputs)
    if design.solver == "spiking":
        found = draw_phases(folder, design, network, drive, target)
        free = found["spiking"].free
    else:
        solver, stop = design.make_solver()
        free = settle(network, drive, solver=solver, stop=stop)
    _draw_attention(folder, network, data, free, data.test.labels[chosen])
    couplings = [c for c in network.couplings if not c.shared]
    if couplings:
        before = design.make_network(len(data.vocabulary))
        load_into(before, folder.path / START)
        coupling = couplings[-1]
        draw_weights(
            folder,
            before.parameters[coupling.name],
            network.parameters[coupling.name],
            coupling.name,
            (coupling.source, coupling.target),
        )
    draw_synapse(folder)


def _choose_pairs(data: PairData) -> np.ndarray:
    """Return numbers of test pairs that fit a page, one of each class that is there.

    The next of each class in turn: pairs of several classes share a premise.
    """
    lengths, labels = data.test.premises.lengths, data.test.labels
    order = np.argsort(np.abs(lengths - WORDS), kind="stable")
    of_class = [order[labels[order] == label] for label in np.unique(labels)]
    return np.array([found[min(k, len(found) - 1)] for k, found in enumerate(of_class)])


def _draw_attention(
    folder: RunFolder, network: Network, data: PairData, free: Settled, labels: np.ndarray
) -> None:
    """Draw the attention layers that read a sentence, a figure each."""
    sentences = (data.sentences.premise.name, data.sentences.hypothesis.name)
    predicted = output_scores(network, free)[0].argmax(axis=1)
    words = {
        name: [
            [data.vocabulary.words[i] for i in part]
            for part in np.split(packed.rows, packed.offsets[1:-1])
        ]
        for name, packed in free.drive.sequences.items()
        if name in sentences
    }
    for layer in network.settling:
        found = network.layers[layer]
        if not isinstance(found, Attention) or found.stored not in sentences:
            continue
        shown = []
        for number, label in enumerate(labels):
            weights = attention_of(free, layer, number)
            asking = [f"query {i + 1}" for i in range(len(weights))]
            if isinstance(found, TokenAttention) and found.asking in sentences:
                asking = words[found.asking][number]
            truth, prediction = _CLASSES[label], _CLASSES[predicted[number]]
            asked = words[found.stored][number]
            weights = weights[: len(asking)]
            shown.append(AttendedPair(layer, asking, asked, weights, prediction, truth))
        report.save(pair_attention(shown), folder.figure(f"attention_{layer}.png"))
