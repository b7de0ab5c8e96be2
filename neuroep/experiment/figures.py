"""The figures of a run, drawn from its network, its data and its traces."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import h5py
import numpy as np

from neuroep import report
from neuroep.core.tables import Floats
from neuroep.experiment.design import Design
from neuroep.experiment.folder import RunFolder
from neuroep.experiment.reviews import ReviewData, ReviewExamples
from neuroep.experiment.trained import START, load_into
from neuroep.learning.estimators import Estimate, estimate
from neuroep.learning.evaluation import output_scores
from neuroep.network.attention import Attention
from neuroep.network.drive import make_drive
from neuroep.network.network import Network
from neuroep.settle import Record, Settled, settle
from neuroep.settle.inspect import attention_of, relaxation_along
from neuroep.text.corpus import Corpus
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import BREAKS, split_words

SHOWN = 4  # reviews in the figure of attention
PHASES = ("free", "+beta", "-beta")
SENTIMENTS = ("negative", "positive")


def draw_figures(
    folder: RunFolder, design: Design, network: Network, data: ReviewData, metrics: dict[str, Any]
) -> None:
    """Draw every figure of a trained run into its folder."""
    report.save(
        report.training_curves(
            metrics["history"],
            metrics["baselines"],
            test={"spiking": metrics["spiking_accuracy"], "sweep": metrics["analog_accuracy"]},
            shuffled=metrics["shuffled_accuracy"],
        ),
        folder.figure("training.png"),
    )
    chosen, texts = _choose_reviews(data)
    corpus = data.test.subset(chosen)
    inputs, target = ReviewExamples(corpus, design.reading.layer).batch(np.arange(len(corpus)))
    drive = make_drive(network, inputs)
    found = {}
    # The review that the network is least sure of: there the nudge has something to move.
    solver, stop = design.make_solver("sweep")
    scores = output_scores(network, settle(network, drive, solver=solver, stop=stop))[0]
    shown = int((scores * target).sum(axis=1).argmin())
    for name in ("sweep", "spiking"):
        solver, stop = design.make_solver(name)
        found[name] = estimate(
            network,
            drive,
            target,
            design.recipe.beta,
            solver=solver,
            stop=stop,
            record=Record((shown,)),
        )
    _draw_settling(folder, design, found, shown)
    _draw_raster(folder, design, network, found["spiking"])
    _draw_spike_counts(folder, network, found["spiking"].free)
    _draw_attention(folder, network, data.vocabulary, corpus, texts, found["spiking"].free)
    _draw_weights(folder, design, network, data)
    _draw_synapse(folder)


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


def _draw_settling(
    folder: RunFolder, design: Design, found: Mapping[str, Estimate], shown: int
) -> None:
    energy: dict[str, dict[str, Floats]] = {}
    residual: dict[str, dict[str, Floats]] = {}
    for solver, phases in found.items():
        count = phases.free.drive.count
        runs = [
            (phases.free, 0, shown),
            (phases.nudged, 0, shown),
            (phases.nudged, 1, count + shown),
        ]
        along = {phase: relaxation_along(*run) for phase, run in zip(PHASES, runs, strict=True)}
        energy[solver] = {phase: curves[0] for phase, curves in along.items()}
        residual[solver] = {phase: curves[1] for phase, curves in along.items()}
    figure = report.settling(
        energy,
        residual,
        step_time={"spiking": design.spiking.time_step},
        tolerance=design.settle.residual,
    )
    report.save(figure, folder.figure("settling.png"))


def _draw_raster(folder: RunFolder, design: Design, network: Network, spiking: Estimate) -> None:
    step = design.spiking.time_step
    free, nudged = spiking.free, spiking.nudged
    spikes: dict[str, dict[str, report.Spikes]] = {}
    output: dict[str, tuple[Floats, Floats]] = {}
    duration: dict[str, float] = {}
    assert network.cost is not None
    shown = str(network.cost.layer)
    for phase, settled, slot in zip(PHASES, (free, nudged, nudged), (0, 0, 1), strict=True):
        assert settled.raster is not None
        plan = settled.drive.plan
        raster = settled.raster[:, slot]
        spikes[phase] = {}
        for name, begin, size in zip(plan.names, plan.offsets, plan.sizes, strict=False):
            when, which = np.nonzero(raster[:, begin : begin + size])
            sign = raster[when, begin + which]
            spikes[phase][name] = report.Spikes(when * step, which, sign)
        duration[phase] = len(raster) * step
        begin = plan.offsets[plan.index[shown]]
        potential = settled.trace[:-1, slot, begin : begin + min(4, network.size(shown))]
        output[phase] = (np.arange(len(potential)) * step, potential)
    figure = report.raster(
        spikes,
        sizes={name: network.size(name) for name in network.settling},
        duration=duration,
        output=output,
        output_names=[f"{shown} {i}" for i in range(min(4, network.size(shown)))],
        output_label="potential (1)",
    )
    report.save(figure, folder.figure("raster.png"))


def _draw_spike_counts(folder: RunFolder, network: Network, free: Settled) -> None:
    """Draw how many spikes the neurons spend on the shown reviews, against the most they can."""
    counts = {name: free.spike_counts(name)[0] for name in network.settling}
    figure = report.spike_histogram(counts, most=float(free.steps.max()))
    report.save(figure, folder.figure("spikes.png"))


def spans(vocabulary: Vocabulary, ids: np.ndarray) -> np.ndarray:
    """Return the first and last word of every pattern of a review, (patterns, 2).

    A word is followed by the n-grams that it completes, so an n-gram ends at the last word seen.
    """
    is_word = vocabulary.is_word(ids)
    last = np.cumsum(is_word) - 1
    words = [vocabulary.words[i].count(" ") + 1 for i in ids]
    length = np.where(is_word, 1, words)
    return np.stack([last - length + 1, last], axis=1)


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
        weights = attention_of(free, layers[0], number)
        words = [word for word in split_words(text) if word not in BREAKS]
        shown.append(
            report.AttendedText(
                words[: int(vocabulary.is_word(corpus[number]).sum())],
                weights,
                spans(vocabulary, corpus[number]),
                SENTIMENTS[int(scores[number].argmax())],
                SENTIMENTS[int(corpus.labels[number])],
            )
        )
    report.save(report.attention(shown), folder.figure("attention.png"))


def _draw_weights(folder: RunFolder, design: Design, network: Network, data: ReviewData) -> None:
    couplings = [c for c in network.couplings if not c.shared]
    if not couplings:
        return
    coupling = couplings[0]
    before = design.make_network(len(data.vocabulary))
    load_into(before, folder.path / START)
    figure = report.weights(
        before.parameters[coupling.name],
        network.parameters[coupling.name],
        name=coupling.name,
        axis_names=(coupling.source, coupling.target),
    )
    report.save(figure, folder.figure("weights.png"))


def _draw_synapse(folder: RunFolder) -> None:
    """Draw the life of the recorded synapse that moved most."""
    path = folder.path / "traces.h5"
    if not path.exists():
        return
    with h5py.File(path) as file:
        for name, group in file.get("synapses", {}).items():
            weight = group["weight"]
            if len(weight) < 2:
                continue
            moved = np.abs(weight[-1] - weight[0])
            i, j = np.unravel_index(moved.argmax(), moved.shape)
            keys = ("weight", "product_plus", "product_minus", "change_asked", "change_applied")
            figure = report.synapse(
                group["step"][:],
                *(group[key][:, i, j] for key in keys),
                name=f"{name} [{group['pre'][i]}, {group['post'][j]}]",
            )
            report.save(figure, folder.figure("synapse.png"))
            return
