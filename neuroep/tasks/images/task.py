"""Train a design on labelled images, evaluate it, keep everything in one run folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.images import ImageData, open_images
from neuroep.learning.evaluation import Evaluation
from neuroep.learning.trainer import Trainer
from neuroep.network.hopfield.clamped import Clamped
from neuroep.runs.folder import RunFolder
from neuroep.runs.run import Prepared, resume_run, start_run
from neuroep.runs.stages import Stages
from neuroep.runs.training import (
    evaluate_by,
    make_trainer,
    metrics_of,
)
from neuroep.tasks.images.examples import ImageExamples
from neuroep.tasks.images.figures import draw_image_figures
from neuroep.tasks.images.options import ImageOptions
from neuroep.tasks.images.section import ImageSection


@dataclass(frozen=True)
class Splits:
    """The images of a run as a design takes them; ``train`` moves them while training."""

    name: str
    train: ImageExamples
    validation: ImageExamples
    test: ImageExamples


def train_images(options: ImageOptions, out: str | None = None) -> RunFolder:
    """Run the whole job in a new folder: :func:`~neuroep.runs.run.start_run`."""
    return start_run(options, out, _prepare)


def resume_images(run: str) -> RunFolder:
    """Go on with an interrupted run, see :func:`~neuroep.runs.run.resume_run`."""
    return resume_run(run, ImageOptions, _prepare)


def _prepare(
    design: Design, options: ImageOptions, path: str, stages: Stages, start: Path | None
) -> Prepared:
    data = _read(design, options, path)
    trainer = _trainer(design, data, path)
    headline = (
        f"{data.name}: {len(data.train)} to train on, {len(data.validation)} to choose by, "
        f"{len(data.test)} to test"
    )

    def report(folder: RunFolder, stages: Stages) -> None:
        _report(folder, design, data, trainer, stages)

    return Prepared(trainer, None, headline, "image", report)


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
) -> None:
    """Test the trained network and write what came out."""
    network = trainer.network
    parts = {"spiking": ("spiking", data.test), "analog": ("sweep", data.test)}
    results = evaluate_by(design, network, parts, stages, "image")
    metrics = _metrics(design, trainer, data, results)
    with stages.stage("drawing figures"):
        draw_image_figures(folder, design, network, data.test, metrics)
    folder.write_metrics(metrics | {"seconds": stages.seconds})


def _metrics(
    design: Design, trainer: Trainer, data: Splits, results: Mapping[str, Evaluation]
) -> dict[str, Any]:
    return metrics_of(design, trainer, data.name, results, "image") | {
        "train_images": len(data.train),
        "validation_images": len(data.validation),
        "test_images": len(data.test),
        "inputs_spike": False,
    }
