"""Natural language inference: train a design on pairs of sentences, test it, keep everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.learning.evaluation import Evaluation
from neuroep.learning.trainer import Trainer
from neuroep.learning.updates.tied import TiedUpdate, tie, tied_rows
from neuroep.network.hopfield.network import Network
from neuroep.runs.folder import RunFolder
from neuroep.runs.run import Prepared, resume_run, start_run
from neuroep.runs.stages import Stages
from neuroep.runs.trained import load_start
from neuroep.runs.training import (
    evaluate_by,
    make_trainer,
    metrics_of,
)
from neuroep.studies.baselines import read_baselines
from neuroep.tasks.pairs.data import (
    CLASSES,
    PairData,
    PairExamples,
    pair_section,
    read_pair_vocabulary,
    read_pairs,
)
from neuroep.tasks.pairs.figures import draw_pair_figures
from neuroep.text.pairs import LABELS, open_pairs, pair_baselines


@dataclass(frozen=True)
class Options:
    """How a run was asked for; kept in the run folder.

    ``data``: the SNLI archive or folder, None for the built-in pairs; ``vectors``: files, none to
    learn them; ``limit``: pairs of each split, None for all; ``baselines``: a file of them, None to
    fit them.
    """

    design: str = "snli_pooled"
    data: str | None = None
    vectors: Sequence[str] = ()
    limit: int | None = None
    overrides: Sequence[str] = field(default_factory=list)
    baselines: str | None = None


def train_pairs(options: Options, out: str | None = None) -> RunFolder:
    """Run the whole job in a new folder: :func:`~neuroep.runs.run.start_run`."""
    return start_run(options, out, _prepare)


def resume_pairs(run: str) -> RunFolder:
    """Go on with an interrupted run, see :func:`~neuroep.runs.run.resume_run`."""
    return resume_run(run, Options, _prepare)


def _prepare(
    design: Design, options: Options, path: str, stages: Stages, start: Path | None
) -> Prepared:
    section = pair_section(design, path)
    source = open_pairs(options.data)
    if options.baselines:  # what cannot be used is found before the training
        read_baselines(options.baselines, "pairs", source.name, options.limit)
    vectors: Sequence[str] | np.ndarray = options.vectors
    if start is None:
        with stages.stage(f"learning the vocabulary of {source.name}"):
            words = read_pair_vocabulary(design, source, options.limit, options.vectors, path)
    else:
        words, vectors = load_start(start, design)
    with stages.stage("encoding the pairs and their words"):
        data = read_pairs(design, source, words, path, vectors=vectors, limit=options.limit)
    network = design.make_network(len(words))
    network.initialise(design.seed)
    if start is None:
        network.parameters[f"{design.table_layer}.patterns"][:] = data.vectors
        add_identities(design, network, path)
        tie(network.parameters, tied_rows(network, section.tied, path), section.tied)
    trainer = _trainer(design, network, data, path)
    headline = (
        f"{data.source.name}: {len(data.train)} pairs to train on, {len(data.validation)} to "
        f"choose by, {len(data.test)} to test; {len(data.vocabulary)} rows of patterns; "
        f"{sum(data.skipped.values())} pairs without a label left out"
    )

    def report(folder: RunFolder, stages: Stages) -> None:
        _report(folder, design, options, data, trainer, stages)

    return Prepared(trainer, data.vocabulary, headline, "pair", report)


def add_identities(design: Design, network: Network, path: str) -> None:
    """Let couplings start as the design's ``pairs.identity`` and ``pairs.opposite`` say."""
    section, parameters = pair_section(design, path), network.parameters
    for key, wanted in (("identity", section.identity), ("opposite", section.opposite)):
        for name in wanted:
            if name not in {c.name for c in network.couplings}:
                raise InputError(f"{path}: pairs.{key}.{name}: there is no such coupling")
    for name, factor in section.identity.items():
        weights = parameters[name]
        weights += factor * np.eye(*weights.shape, dtype=weights.dtype)
    for name, other in section.opposite.items():
        if other not in parameters or parameters[other].shape != parameters[name].shape:
            raise InputError(f"{path}: pairs.opposite.{name}: {other!r} has no such weights")
        parameters[name][:] = -parameters[other]


def _trainer(design: Design, network: Network, data: PairData, path: str) -> Trainer:
    if network.outputs != CLASSES:
        raise InputError(
            f"{path}: cost: pairs have {CLASSES} classes, the design has {network.outputs}"
        )
    section = pair_section(design, path)
    train = PairExamples(data.train, data.sentences, section.word_dropout)
    validation = PairExamples(data.validation, data.sentences)
    trainer = make_trainer(design, network, train, validation, path)
    if section.tied:
        trainer.update = TiedUpdate(trainer.update, tied_rows(network, section.tied, path))
    return trainer


def _report(
    folder: RunFolder,
    design: Design,
    options: Options,
    data: PairData,
    trainer: Trainer,
    stages: Stages,
) -> None:
    """Test the trained network and write what came out."""
    network = trainer.network
    test = PairExamples(data.test, data.sentences)
    analog = "sweep" if design.solver == "spiking" else design.solver
    parts = {"spiking": ("spiking", test)} if design.solver == "spiking" else {}
    results = evaluate_by(design, network, parts | {"analog": (analog, test)}, stages, "pair")
    baselines = _baselines(options, data, stages)
    metrics = _metrics(design, trainer, data, results, baselines)
    with stages.stage("drawing figures"):
        draw_pair_figures(folder, design, network, data, metrics)
    folder.write_metrics(metrics | {"seconds": stages.seconds})


def _baselines(options: Options, data: PairData, stages: Stages) -> dict[str, float]:
    """Return test accuracies by name."""
    if options.baselines:
        return read_baselines(options.baselines, "pairs", data.source.name, options.limit)
    with stages.stage("fitting baselines"):
        found = pair_baselines(data.source, data.limit)
    return {name: baseline.test_accuracy for name, baseline in found.items()}


def _metrics(
    design: Design,
    trainer: Trainer,
    data: PairData,
    results: Mapping[str, Evaluation],
    baselines: Mapping[str, float],
) -> dict[str, Any]:
    labels = data.test.labels
    return metrics_of(design, trainer, data.source.name, results, "pair") | {
        "train_pairs": len(data.train),
        "validation_pairs": len(data.validation),
        "test_pairs": len(data.test),
        "rows_of_patterns": len(data.vocabulary),
        "pairs_without_label": dict(data.skipped),
        "baselines": dict(baselines),
        "classes": list(LABELS),
        "confusion": {name: confusion(labels, found) for name, found in results.items()},
    }


def confusion(labels: np.ndarray, found: Evaluation) -> list[list[int]]:
    """Return how often each class (row) was taken for each (column)."""
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (labels, found.scores.argmax(axis=1)), 1)
    return [[int(count) for count in row] for row in counts]
