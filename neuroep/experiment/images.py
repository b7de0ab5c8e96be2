"""Train a design on labelled images, evaluate it, keep everything in one run folder."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from neuroep.errors import InputError
from neuroep.experiment.design import Design, check_design, design_path, load_design
from neuroep.experiment.folder import CHECKPOINT, DESIGN, TRAINED, RunFolder
from neuroep.experiment.image_examples import ImageExamples
from neuroep.experiment.image_figures import draw_image_figures
from neuroep.experiment.image_options import ImageOptions
from neuroep.experiment.image_section import ImageSection
from neuroep.experiment.stages import Stages
from neuroep.experiment.tracing import open_traces
from neuroep.experiment.trained import START, load_into, save_parameters
from neuroep.experiment.training import (
    evaluate_by,
    make_trainer,
    metrics_of,
    read_options,
    resumable,
    take_up,
    train_to_end,
)
from neuroep.images import ImageData, open_images
from neuroep.learning.evaluation import Evaluation
from neuroep.learning.trainer import Trainer
from neuroep.network.clamped import Clamped


@dataclass(frozen=True)
class Splits:
    """The images of a run as a design takes them; ``train`` moves them while training."""

    name: str
    train: ImageExamples
    validation: ImageExamples
    test: ImageExamples


def train_images(options: ImageOptions, out: str | None = None) -> RunFolder:
    """Run the whole experiment in a new folder and return it.

    Raises
    ------
    InputError
        Whatever of the user's input cannot be used.
    KeyboardInterrupt
        Ctrl-C; once the run has begun, its message says how to go on.
    """
    design = load_design(options.design, options.overrides)
    path = options.design
    data = _read(design, options, path)
    folder = RunFolder.create(out, design_path(path).stem)
    stages = Stages()
    try:
        trainer = _trainer(design, data, path)
        with resumable(folder), open_traces(folder, design, trainer) as observer:
            save_parameters(folder.path / START, trainer.network)
            folder.write_options(asdict(options))
            folder.write_design(design.resolved())
            _announce(folder, data)
            train_to_end(folder, trainer, observer, stages, "image")
    except BaseException:
        folder.discard_unless_begun()
        raise
    with resumable(folder):
        return _report(folder, design, data, trainer, stages)


def resume_images(run: str) -> RunFolder:
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
        data = _read(design, read_options(folder, ImageOptions), path)
        trainer = _trainer(design, data, path)
        load_into(trainer.network, folder.path / START)
        stages = Stages()
        if (folder.path / CHECKPOINT).exists():
            take_up(folder.path / CHECKPOINT, trainer, stages)
        if trainer.finished:
            print(f"{run}: trained to the end already; only tests and figures are made again")
        else:
            with open_traces(folder, design, trainer) as observer:
                _announce(folder, data)
                train_to_end(folder, trainer, observer, stages, "image")
        return _report(folder, design, data, trainer, stages)


def _announce(folder: RunFolder, data: Splits) -> None:
    print(
        f"{data.name}: {len(data.train)} to train on, {len(data.validation)} to choose by, "
        f"{len(data.test)} to test; run folder {folder.path}"
    )


def _read(design: Design, options: ImageOptions, path: str) -> Splits:
    section = design.images
    if section is None:
        raise InputError(f"{path}: images: missing, so this design reads no images")
    data = open_images(options.data).limited(options.limit)
    _check(design, section, data, path)
    try:
        train, validation = data.train.held_out(section.validation, design.seed)
    except ValueError as error:
        raise InputError(f"{path}: images.validation: {error}") from None
    shape, layer, classes = data.shape, section.layer, data.classes
    return Splits(
        data.name,
        ImageExamples(train, shape, layer, classes, section.shift),
        ImageExamples(validation, shape, layer, classes),
        ImageExamples(data.test, shape, layer, classes),
    )


def _check(design: Design, section: ImageSection, data: ImageData, path: str) -> None:
    layer = design.make_layer(section.layer) if section.layer in design.layers else None
    if not isinstance(layer, Clamped) or layer.vocabulary:
        raise InputError(
            f"{path}: images.layer: {section.layer!r} is not a clamped layer of values"
        )
    pixels = data.shape[0] * data.shape[1]
    if (layer.tokens, layer.dim) != (1, pixels):
        raise InputError(
            f"{path}: layers.{section.layer}.dim: images of {data.name} have {pixels} pixels, "
            f"the layer has {layer.tokens} x {layer.dim}"
        )
    outputs = design.make_network().outputs
    if outputs != data.classes:
        raise InputError(
            f"{path}: cost: images of {data.name} have {data.classes} classes, the design {outputs}"
        )


def _trainer(design: Design, data: Splits, path: str) -> Trainer:
    network = design.make_network()
    network.initialise(design.seed)
    return make_trainer(design, network, data.train, data.validation, path)


def _report(
    folder: RunFolder, design: Design, data: Splits, trainer: Trainer, stages: Stages
) -> RunFolder:
    """Test the best parameters of a training and write what came out."""
    network = trainer.network
    network.parameters.flat[:] = trainer.best.flat
    save_parameters(folder.path / TRAINED, network)
    parts = {"spiking": ("spiking", data.test), "analog": ("sweep", data.test)}
    results = evaluate_by(design, network, parts, stages, "image")
    metrics = _metrics(design, trainer, data, results)
    with stages.stage("drawing figures"):
        draw_image_figures(folder, design, network, data.test, metrics)
    folder.write_metrics(metrics | {"seconds": stages.seconds})
    return folder


def _metrics(
    design: Design, trainer: Trainer, data: Splits, results: Mapping[str, Evaluation]
) -> dict[str, Any]:
    return metrics_of(design, trainer, data.name, results, "image") | {
        "train_images": len(data.train),
        "validation_images": len(data.validation),
        "test_images": len(data.test),
        "inputs_spike": False,
    }
