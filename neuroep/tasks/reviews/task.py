"""The main job: train a design on reviews, evaluate it, keep everything in one run folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.learning.trainer import Trainer
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
from neuroep.studies.baselines import all_baselines, read_baselines
from neuroep.tasks.reviews.data import (
    ReviewData,
    ReviewExamples,
    padding_of,
    read_reviews,
    read_vocabulary,
)
from neuroep.tasks.reviews.figures import draw_figures
from neuroep.text.texts import open_texts


@dataclass(frozen=True)
class Options:
    """How a run was asked for; kept in the run folder.

    ``data``: the IMDB archive or folder, None for the built-in reviews; ``vectors``: files, none
    to learn them; ``limit``: reviews of each split, None for all; ``baselines``: a file of them,
    None to fit them; ``spiking``: whether to test with spikes, which takes hours at the size of
    the seed paper's network.
    """

    design: str = "imdb_pooled"
    data: str | None = None
    vectors: Sequence[str] = ()
    limit: int | None = None
    overrides: Sequence[str] = field(default_factory=list)
    baselines: str | None = None
    spiking: bool = True


def train_sentiment(options: Options, out: str | None = None) -> RunFolder:
    """Run the whole job in a new folder: :func:`~neuroep.runs.run.start_run`."""
    return start_run(options, out, _prepare)


def resume_sentiment(run: str) -> RunFolder:
    """Go on with an interrupted run, see :func:`~neuroep.runs.run.resume_run`."""
    return resume_run(run, Options, _prepare)


def _prepare(
    design: Design, options: Options, path: str, stages: Stages, start: Path | None
) -> Prepared:
    source = open_texts(options.data)
    if options.baselines:  # what cannot be used is found before the training
        read_baselines(options.baselines, "reviews", source.name, options.limit)
    vectors: Sequence[str] | np.ndarray = options.vectors
    if start is None:
        with stages.stage(f"learning the vocabulary of {source.name}"):
            vocabulary = read_vocabulary(design, source, options.limit, options.vectors)
    else:
        vocabulary, vectors = load_start(start, design)
    with stages.stage("encoding the reviews and their words"):
        data = read_reviews(
            design, source, vocabulary, vectors=vectors, limit=options.limit, seed=design.seed
        )
    network = design.make_network(len(vocabulary))
    network.initialise(design.seed)
    if start is None:
        network.parameters[f"{design.reading.layer}.patterns"][:] = data.vectors
    trainer = _trainer(design, network, data, path)
    headline = (
        f"{data.source.name}: {len(data.train)} to train on, {len(data.validation)} to choose "
        f"by, {len(data.test)} to test; {len(data.vocabulary)} rows of patterns; "
        f"{data.without_known_word} test reviews without a known word"
    )

    def report(folder: RunFolder, stages: Stages) -> None:
        _report(folder, design, options, data, trainer, stages)

    return Prepared(trainer, data.vocabulary, headline, "review", report)


def _trainer(design: Design, network: Network, data: ReviewData, path: str) -> Trainer:
    layer, classes = design.reading.layer, network.outputs
    padding = padding_of(design, data.vocabulary)
    if classes != 2:
        raise InputError(f"{path}: cost: reviews have 2 classes, the design has {classes}")
    train = ReviewExamples(data.train, layer, classes, design.reading.word_dropout, padding)
    validation = ReviewExamples(data.validation, layer, classes, padding=padding)
    return make_trainer(design, network, train, validation, path)


def _report(
    folder: RunFolder,
    design: Design,
    options: Options,
    data: ReviewData,
    trainer: Trainer,
    stages: Stages,
) -> None:
    """Test the trained network and write what came out."""
    network = trainer.network
    layer, padding = design.reading.layer, padding_of(design, data.vocabulary)
    test, mixed = (
        ReviewExamples(corpus, layer, padding=padding) for corpus in (data.test, data.shuffled)
    )
    analog = "sweep" if design.solver == "spiking" else design.solver
    parts = {"spiking": ("spiking", test)} if options.spiking else {}
    parts |= {"analog": (analog, test), "shuffled": (design.solver, mixed)}
    results = evaluate_by(design, network, parts, stages)
    baselines = _baselines(options, data, stages)
    shuffled = results.pop("shuffled")
    metrics = metrics_of(design, trainer, data.source.name, results, "review") | {
        "train_reviews": len(data.train),
        "validation_reviews": len(data.validation),
        "test_reviews": len(data.test),
        "test_reviews_without_known_word": data.without_known_word,
        "shuffled_accuracy": shuffled.accuracy,
        "bag_of_words_accuracy": baselines.get("bag of words"),
        "baselines": baselines,
    }
    with stages.stage("drawing figures"):
        draw_figures(folder, design, network, data, metrics)
    folder.write_metrics(metrics | {"seconds": stages.seconds})


def _baselines(options: Options, data: ReviewData, stages: Stages) -> dict[str, float]:
    """Return test accuracies by name."""
    if options.baselines:
        return read_baselines(options.baselines, "reviews", data.source.name, options.limit)
    with stages.stage("fitting baselines"):
        return {name: found.test_accuracy for name, found in all_baselines(data).items()}
