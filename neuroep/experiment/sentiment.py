"""The main job: train a design on reviews, evaluate it, keep everything in one run folder."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from neuroep.core.threads import thread_count
from neuroep.errors import InputError
from neuroep.experiment.baselines import all_baselines
from neuroep.experiment.design import Design, check_design, design_path, load_design
from neuroep.experiment.figures import draw_figures
from neuroep.experiment.folder import CHECKPOINT, TRAINED, RunFolder
from neuroep.experiment.reviews import (
    ReviewData,
    ReviewExamples,
    read_reviews,
    read_vocabulary,
)
from neuroep.experiment.stages import Stages
from neuroep.experiment.tracing import open_traces
from neuroep.experiment.trained import START, load_start, save_parameters
from neuroep.learning.evaluation import Evaluation, evaluate
from neuroep.learning.trainer import Trainer
from neuroep.network.drive import make_drive
from neuroep.network.network import Network
from neuroep.settle import settle
from neuroep.text.reviews import open_reviews
from neuroep.text.vocabulary import Vocabulary
from neuroep.traces import checkpoint


@dataclass(frozen=True)
class Options:
    """How a run was asked for; kept in the run folder.

    ``data``: the IMDB archive or folder, None for the built-in reviews; ``vectors``: a file, None
    to learn them; ``limit``: reviews of each split, None for all.
    """

    design: str = "imdb_pooled"
    data: str | None = None
    vectors: str | None = None
    limit: int | None = None
    overrides: Sequence[str] = field(default_factory=list)


def train_sentiment(options: Options, out: str | None = None) -> RunFolder:
    """Run the whole job in a new folder and return it.

    Raises
    ------
    InputError
        Whatever of the user's input cannot be used.
    """
    design = load_design(options.design, options.overrides)
    folder = RunFolder.create(out, design_path(options.design).stem)
    try:
        stages = Stages()
        source = open_reviews(options.data)
        with stages.stage(f"learning the vocabulary of {source.name}"):
            vocabulary = read_vocabulary(design, source, options.limit)
        data = _read(design, options, vocabulary, stages)
        network = design.make_network(len(vocabulary))
        network.initialise(design.seed)
        network.parameters[f"{design.text.layer}.patterns"][:] = data.vectors
        trainer = _trainer(design, network, data)
        folder.write_design(design.resolved())
        folder.write_options(asdict(options))
        save_parameters(folder.path / START, network, vocabulary)
    except BaseException:
        folder.discard_if_empty()
        raise
    return _train_and_report(folder, design, network, data, trainer, stages)


def resume_sentiment(run: str) -> RunFolder:
    """Go on with an interrupted run from its last checkpoint, to the same result.

    Raises
    ------
    InputError
        Not a run folder, no checkpoint in it, or one of another design.
    """
    folder = RunFolder.open(run)
    design = check_design(folder.read_design(), str(folder.path))
    options = Options(**folder.read_options())
    stages = Stages()
    saved, about = checkpoint.load(folder.path / CHECKPOINT)
    vocabulary, vectors = load_start(folder.path / START, design)
    data = _read(design, options, vocabulary, stages, vectors)
    network = design.make_network(len(vocabulary))
    network.initialise(design.seed)
    trainer = _trainer(design, network, data)
    try:
        trainer.from_arrays(saved)
    except ValueError as error:
        raise InputError(f"{folder.path / CHECKPOINT}: {error}") from None
    stages.seconds |= {str(k): float(v) for k, v in dict(about.get("seconds", {})).items()}  # type: ignore[call-overload]
    return _train_and_report(folder, design, network, data, trainer, stages)


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


def _trainer(design: Design, network: Network, data: ReviewData) -> Trainer:
    solver, stop = design.make_solver()
    layer, classes = design.text.layer, network.outputs
    if classes != 2:
        raise InputError(f"cost: reviews have 2 classes, the design has {classes}")
    try:
        return Trainer(
            network,
            ReviewExamples(data.train, layer, classes, design.text.word_dropout),
            ReviewExamples(data.validation, layer, classes),
            design.recipe,
            solver=solver,
            stop=stop,
            seed=design.seed,
        )
    except ValueError as error:
        raise InputError(f"learning: {error}") from None


def _compile(trainer: Trainer) -> None:
    """Reach every kernel once on a few examples, so that bars and times mean training."""
    network, recipe = trainer.network, trainer.recipe
    inputs, target = trainer.data.batch(np.arange(min(2, len(trainer.data))))
    drive = make_drive(network, inputs)
    free = settle(network, drive, solver=trainer.solver, stop=trainer.stop)
    settle(network, drive, solver=trainer.solver, beta=recipe.beta, target=target, start=free)


def _train_and_report(
    folder: RunFolder,
    design: Design,
    network: Network,
    data: ReviewData,
    trainer: Trainer,
    stages: Stages,
) -> RunFolder:
    print(
        f"{data.source.name}: {len(data.train)} to train on, {len(data.validation)} to choose "
        f"by, {len(data.test)} to test; {len(data.vocabulary)} rows of patterns; "
        f"{data.without_known_word} test reviews without a known word; run folder {folder.path}"
    )
    with stages.stage("loading kernels (compiled at the first run)"):
        _compile(trainer)
    if not trainer.finished:
        with open_traces(folder, design, trainer) as observer:
            trainer.observer = observer
            while not trainer.finished:
                _run_epoch(trainer, stages)
                arrays = trainer.to_arrays()
                checkpoint.save(folder.path / CHECKPOINT, arrays, {"seconds": stages.seconds})
                observer.flush()
    network.parameters.flat[:] = trainer.best.flat
    save_parameters(folder.path / TRAINED, network, data.vocabulary)
    results = _evaluate(design, network, data, stages)
    with stages.stage("fitting baselines"):
        baselines = all_baselines(data)
    metrics = _metrics(design, trainer, data, results, baselines, stages)
    with stages.stage("drawing figures"):
        draw_figures(folder, design, network, data, metrics)
    folder.write_metrics(metrics | {"seconds": stages.seconds})
    return folder


def _run_epoch(trainer: Trainer, stages: Stages) -> None:
    name = f"epoch {trainer.epoch + 1}/{trainer.recipe.epochs}"
    with stages.bar("training", len(trainer.data)) as bar:
        bar.set_description(name)

        def progress(done: int, running: Mapping[str, float]) -> None:
            bar.set_postfix({k: f"{v:.3f}" for k, v in running.items()}, refresh=False)
            bar.update(done)

        trainer.run_epoch(progress)
    print(f"{name}: validation accuracy {trainer.history[-1]['validation_accuracy']:.4f}")


def _evaluate(
    design: Design, network: Network, data: ReviewData, stages: Stages
) -> dict[str, Evaluation]:
    results = {}
    parts = {
        "spiking": ("spiking", data.test),
        "analog": ("sweep", data.test),
        "shuffled": (design.solver, data.shuffled),
    }
    for name, (solver_name, corpus) in parts.items():
        solver, stop = design.make_solver(solver_name)
        examples = ReviewExamples(corpus, design.text.layer)
        with stages.bar("testing", len(corpus)) as bar:
            bar.set_description(f"testing, {name}")
            results[name] = evaluate(
                network, examples, solver=solver, stop=stop, progress=bar.update
            )
    return results


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
        "seconds": stages.seconds,
    }
