"""The main job: train a design on reviews, evaluate it, keep everything in one run folder."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from neuroep.errors import InputError
from neuroep.experiment.baselines import all_baselines, read_baselines
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
    make_trainer,
    metrics_of,
    read_options,
    resumable,
    take_up,
    train_to_end,
)
from neuroep.learning.trainer import Trainer
from neuroep.network.network import Network
from neuroep.text.reviews import open_reviews
from neuroep.text.vocabulary import Vocabulary
from neuroep.traces.observer import TrainingObserver


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
        if options.baselines:  # what cannot be used is found before the training
            read_baselines(options.baselines, "reviews", source.name, options.limit)
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
        return _report(folder, design, options, data, trainer, stages)


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
        return _report(folder, design, options, data, trainer, stages)


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
    layer, classes = design.reading.layer, network.outputs
    padding = padding_of(design, data.vocabulary)
    if classes != 2:
        raise InputError(f"{path}: cost: reviews have 2 classes, the design has {classes}")
    train = ReviewExamples(data.train, layer, classes, design.reading.word_dropout, padding)
    validation = ReviewExamples(data.validation, layer, classes, padding=padding)
    return make_trainer(design, network, train, validation, path)


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
    folder: RunFolder,
    design: Design,
    options: Options,
    data: ReviewData,
    trainer: Trainer,
    stages: Stages,
) -> RunFolder:
    """Test the best parameters of a training and write what came out."""
    network = trainer.network
    network.parameters.flat[:] = trainer.best.flat
    save_parameters(folder.path / TRAINED, network, data.vocabulary)
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
    return folder


def _baselines(options: Options, data: ReviewData, stages: Stages) -> dict[str, float]:
    """Return test accuracies by name."""
    if options.baselines:
        return read_baselines(options.baselines, "reviews", data.source.name, options.limit)
    with stages.stage("fitting baselines"):
        return {name: found.test_accuracy for name, found in all_baselines(data).items()}
