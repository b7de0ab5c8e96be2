"""The main job: train a design on reviews, evaluate it, keep everything in one run folder."""

import resource
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from neuroep.core.threads import thread_count
from neuroep.errors import InputError
from neuroep.experiment.baselines import all_baselines
from neuroep.experiment.design import Design, check_design, design_path, load_design
from neuroep.experiment.figures import draw_figures
from neuroep.experiment.folder import CHECKPOINT, DESIGN, TRAINED, RunFolder
from neuroep.experiment.reviews import (
    ReviewData,
    ReviewExamples,
    padding_of,
    read_reviews,
    read_vocabulary,
)
from neuroep.experiment.stages import Stages
from neuroep.experiment.tracing import open_traces
from neuroep.experiment.trained import START, load_into, load_start, save_parameters
from neuroep.experiment.training import (
    evaluate_by,
    read_options,
    resumable,
    take_up,
    train_to_end,
)
from neuroep.learning.evaluation import Evaluation
from neuroep.learning.trainer import Trainer
from neuroep.network.network import Network
from neuroep.text.reviews import open_reviews
from neuroep.text.vocabulary import Vocabulary
from neuroep.traces.observer import TrainingObserver


@dataclass(frozen=True)
class Options:
    """How a run was asked for; kept in the run folder.

    ``data``: the IMDB archive or folder, None for the built-in reviews; ``vectors``: files, none
    to learn them; ``limit``: reviews of each split, None for all.
    """

    design: str = "imdb_pooled"
    data: str | None = None
    vectors: Sequence[str] = ()
    limit: int | None = None
    overrides: Sequence[str] = field(default_factory=list)


def train_sentiment(options: Options, out: str | None = None) -> RunFolder:
    """Run the whole job in a new folder and return it.

    Raises
    ------
    InputError
        Whatever of the user's input cannot be used.
    KeyboardInterrupt
        Ctrl-C; once the run has begun, its message says how to go on.
    """
    design = load_design(options.design, options.overrides)
    folder = RunFolder.create(out, design_path(options.design).stem)
    try:
        stages = Stages()
        source = open_reviews(options.data)
        with stages.stage(f"learning the vocabulary of {source.name}"):
            vocabulary = read_vocabulary(design, source, options.limit, options.vectors)
        data = _read(design, options, vocabulary, stages)
        network = design.make_network(len(vocabulary))
        network.initialise(design.seed)
        network.parameters[f"{design.reading.layer}.patterns"][:] = data.vectors
        trainer = _trainer(design, network, data, options.design)
        with resumable(folder), open_traces(folder, design, trainer) as observer:
            save_parameters(folder.path / START, network, vocabulary)
            folder.write_options(asdict(options))
            folder.write_design(design.resolved())
            _train(folder, data, trainer, observer, stages)
    except BaseException:
        folder.discard_unless_begun()
        raise
    with resumable(folder):
        return _report(folder, design, data, trainer, stages)


def resume_sentiment(run: str) -> RunFolder:
    """Go on with an interrupted run from its last checkpoint, or its start, to the same result.

    A finished run is tested and drawn once more.

    Raises
    ------
    InputError
        Not a run folder, or a file in it that is missing, damaged or of another design.
    KeyboardInterrupt
        Ctrl-C; its message says how to go on.
    """
    folder = RunFolder.open(run)
    with resumable(folder):
        path = str(folder.path / DESIGN)
        design = check_design(folder.read_design(), path)
        options = read_options(folder, Options)
        stages = Stages()
        vocabulary, vectors = load_start(folder.path / START, design)
        data = _read(design, options, vocabulary, stages, vectors)
        network = design.make_network(len(vocabulary))
        network.initialise(design.seed)
        load_into(network, folder.path / START)
        trainer = _trainer(design, network, data, path)
        if (folder.path / CHECKPOINT).exists():
            take_up(folder.path / CHECKPOINT, trainer, stages)
        if trainer.finished:
            print(f"{run}: trained to the end already; only tests and figures are made again")
        else:
            with open_traces(folder, design, trainer) as observer:
                _train(folder, data, trainer, observer, stages)
        return _report(folder, design, data, trainer, stages)


def _read(
    design: Design,
    options: Options,
    vocabulary: Vocabulary,
    stages: Stages,
    vectors: np.ndarray | None = None,
) -> ReviewData:
    with stages.stage("encoding the reviews and their words"):
        return read_reviews(
            design,
            open_reviews(options.data),
            vocabulary,
            vectors=options.vectors if vectors is None else vectors,
            limit=options.limit,
            seed=design.seed,
        )


def _trainer(design: Design, network: Network, data: ReviewData, path: str) -> Trainer:
    solver, stop = design.make_solver()
    layer, classes = design.reading.layer, network.outputs
    padding = padding_of(design, data.vocabulary)
    if classes != 2:
        raise InputError(f"{path}: cost: reviews have 2 classes, the design has {classes}")
    try:
        return Trainer(
            network,
            ReviewExamples(data.train, layer, classes, design.reading.word_dropout, padding),
            ReviewExamples(data.validation, layer, classes, padding=padding),
            design.recipe,
            solver=solver,
            stop=stop,
            seed=design.seed,
        )
    except ValueError as error:
        raise InputError(f"{path}: learning: {error}") from None


def _train(
    folder: RunFolder,
    data: ReviewData,
    trainer: Trainer,
    observer: TrainingObserver,
    stages: Stages,
) -> None:
    print(
        f"{data.source.name}: {len(data.train)} to train on, {len(data.validation)} to choose "
        f"by, {len(data.test)} to test; {len(data.vocabulary)} rows of patterns; "
        f"{data.without_known_word} test reviews without a known word; run folder {folder.path}"
    )
    train_to_end(folder, trainer, observer, stages)


def _report(
    folder: RunFolder, design: Design, data: ReviewData, trainer: Trainer, stages: Stages
) -> RunFolder:
    """Test the best parameters of a training and write what came out."""
    network = trainer.network
    network.parameters.flat[:] = trainer.best.flat
    save_parameters(folder.path / TRAINED, network, data.vocabulary)
    layer, padding = design.reading.layer, padding_of(design, data.vocabulary)
    test, shuffled = (
        ReviewExamples(corpus, layer, padding=padding) for corpus in (data.test, data.shuffled)
    )
    parts = {
        "spiking": ("spiking", test),
        "analog": ("sweep", test),
        "shuffled": (design.solver, shuffled),
    }
    results = evaluate_by(design, network, parts, stages)
    with stages.stage("fitting baselines"):
        baselines = all_baselines(data)
    metrics = _metrics(design, trainer, data, results, baselines, stages)
    with stages.stage("drawing figures"):
        draw_figures(folder, design, network, data, metrics)
    folder.write_metrics(metrics | {"seconds": stages.seconds})
    return folder


def _metrics(
    design: Design,
    trainer: Trainer,
    data: ReviewData,
    results: Mapping[str, Evaluation],
    baselines: Mapping[str, float],
    stages: Stages,
) -> dict[str, Any]:
    spiking, analog = results["spiking"], results["analog"]
    return {
        "title": design.title,
        "data": data.source.name,
        "seed": design.seed,
        "solver": design.solver,
        "threads": thread_count(),
        "train_reviews": len(data.train),
        "validation_reviews": len(data.validation),
        "test_reviews": len(data.test),
        "test_reviews_without_known_word": data.without_known_word,
        "spiking_accuracy": spiking.accuracy,
        "analog_accuracy": analog.accuracy,
        "shuffled_accuracy": results["shuffled"].accuracy,
        "bag_of_words_accuracy": baselines["bag of words"],
        "baselines": dict(baselines),
        "validation_accuracy": trainer.history[trainer.best_epoch]["validation_accuracy"],
        "best_epoch": trainer.best_epoch + 1,
        "history": {k: [h[k] for h in trainer.history] for k in trainer.history[0]},
        "spikes_per_neuron_and_review": {k: float(v.mean()) for k, v in spiking.spikes.items()},
        "saturated_per_review": spiking.saturated,
        "settle_steps": {"spiking": spiking.steps, "analog": analog.steps},
        "not_converged": {"spiking": spiking.not_converged, "analog": analog.not_converged},
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seconds": stages.seconds,
    }
