"""Train a resistive network to tell images apart, test it, keep everything in one run folder."""

import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from neuroep.core.threads import thread_count
from neuroep.design.design import design_path
from neuroep.design.resistive import ResistiveDesign, check_resistive, load_resistive
from neuroep.errors import InputError
from neuroep.images import ImageData, Images, open_images
from neuroep.learning.evaluation import Evaluation
from neuroep.learning.resistive.trainer import ResistiveTrainer, evaluate_resistive
from neuroep.learning.trainer import Diverged
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.report import confusion, confusion_counts, save, training_curves
from neuroep.runs.folder import CHECKPOINT, DESIGN, TRAINED, RunFolder
from neuroep.runs.stages import Stages
from neuroep.runs.training import read_options, resumable, run_epoch, take_up
from neuroep.tasks.images.examples import ImageExamples
from neuroep.tasks.images.options import ImageOptions
from neuroep.traces import checkpoint


@dataclass(frozen=True)
class _Split:
    """The data of a run, as trainer and figures take it; ``train`` moves images while training."""

    data: ImageData
    train: ImageExamples
    validation: ImageExamples
    test: ImageExamples


def train_resistive(options: ImageOptions, out: str | None = None) -> RunFolder:
    """Run the whole experiment in a new folder and return it.

    Raises
    ------
    InputError
        Whatever of the user's input cannot be used.
    KeyboardInterrupt
        Ctrl-C; once the run has begun, its message says how to go on.
    """
    design = load_resistive(options.design, options.overrides)
    path = design_path(options.design)
    folder = RunFolder.create(out, path.stem)
    try:
        stages = Stages()
        split = _read(design, options, path, stages)
        trainer = _trainer(design, split, path)
        folder.write_options(asdict(options))
        folder.write_design(design.resolved())
    except BaseException:
        folder.discard_unless_begun()
        raise
    with resumable(folder):
        return _run(folder, design, split, trainer, stages)


def resume_resistive(run: str) -> RunFolder:
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
        path = folder.path / DESIGN
        design = check_resistive(folder.read_design(), path)
        stages = Stages()
        split = _read(design, read_options(folder, ImageOptions), path, stages)
        trainer = _trainer(design, split, path)
        if (folder.path / CHECKPOINT).exists():
            take_up(folder.path / CHECKPOINT, trainer, stages)
        return _run(folder, design, split, trainer, stages)


def _read(design: ResistiveDesign, options: ImageOptions, path: Path, stages: Stages) -> _Split:
    with stages.stage("reading images"):
        data = open_images(options.data).limited(options.limit)
        chip = design.resistive
        pixels = data.train.pixels.shape[1]
        if pixels != chip.inputs:
            raise InputError(
                f"{path}: resistive.inputs: {chip.inputs}, but an image of {data.name} has "
                f"{pixels} pixels"
            )
        if data.classes != chip.outputs:
            raise InputError(
                f"{path}: resistive.outputs: {chip.outputs}, but {data.name} has "
                f"{data.classes} classes"
            )
        try:
            train, validation = data.train.held_out(design.images.validation, design.seed)
        except ValueError as error:
            raise InputError(f"{path}: images.validation: {error}") from None

        def examples(images: Images, shift: int = 0) -> ImageExamples:
            return ImageExamples(images, data.shape, "inputs", data.classes, shift)

        moved = examples(train, design.images.shift)
        return _Split(data, moved, examples(validation), examples(data.test))


def _trainer(design: ResistiveDesign, split: _Split, path: Path) -> ResistiveTrainer:
    try:
        return ResistiveTrainer(
            design.make_network(),
            split.train,
            split.validation,
            design.recipe,
            momentum=design.learning.momentum,
            stop=design.stop,
            seed=design.seed,
        )
    except ValueError as error:
        raise InputError(f"{path}: learning: {error}") from None


def _run(
    folder: RunFolder,
    design: ResistiveDesign,
    split: _Split,
    trainer: ResistiveTrainer,
    stages: Stages,
) -> RunFolder:
    """Train to the end, with a checkpoint after each epoch; test once; write what came out."""
    if trainer.finished:
        print(f"{folder.path}: trained to the end already; only test and figures are made again")
    else:
        print(
            f"{split.data.name}: {len(split.train)} to train on, {len(split.validation)} to "
            f"choose by, {len(split.test)} to test; run folder {folder.path}"
        )
        try:
            _train(folder, design, split, trainer, stages)
        except Diverged as error:  # conductances have limits: only a nudge can break the settling
            raise InputError(f"{folder.path / DESIGN}: learning.beta: {error}") from None
    network = trainer.network
    network.parameters.flat[:] = trainer.best.flat
    arrays = {f"parameters/{name}": g for name, g in network.parameters.items()}
    checkpoint.save(folder.path / TRAINED, arrays, {})
    with stages.bar("testing", len(split.test), unit="image") as bar:
        found = evaluate_resistive(network, split.test, stop=design.stop, progress=bar.update)
    metrics = _metrics(design, split, trainer, found, stages)
    with stages.stage("drawing figures"):
        draw_figures(folder, design, network, split.data, found, metrics["history"])
    folder.write_metrics(metrics | {"seconds": stages.seconds})
    return folder


def _train(
    folder: RunFolder,
    design: ResistiveDesign,
    split: _Split,
    trainer: ResistiveTrainer,
    stages: Stages,
) -> None:
    with stages.stage("loading kernels (compiled at the first run)"):
        # Every kernel is reached once with an example, so that bars and times mean training.
        few = replace(split.validation, images=split.validation.images.take(slice(1)))
        once = replace(design.recipe, batch=1, epochs=1)
        ResistiveTrainer(design.make_network(), few, few, once, stop=design.stop).run_epoch()
    while not trainer.finished:
        run_epoch(trainer, stages, "image")
        checkpoint.save(folder.path / CHECKPOINT, trainer.to_arrays(), {"seconds": stages.seconds})


def draw_figures(
    folder: RunFolder,
    design: ResistiveDesign,
    network: ResistiveNetwork,
    data: ImageData,
    tested: Evaluation,
    history: Mapping[str, Sequence[float]],
) -> None:
    """Draw every figure of a trained run into its folder."""
    curves = training_curves(history, test={"chip": tested.accuracy}, example="image")
    save(curves, folder.figure("training.png"))
    before = design.make_network().parameters
    for name, figure in design.figures(before, network, data.shape).items():
        save(figure, folder.figure(f"{name}.png"))
    counts = confusion_counts(data.test.labels, tested.scores.argmax(axis=1), data.classes)
    labels = [str(label) for label in range(data.classes)]
    save(confusion({"test": counts}, labels, example="image"), folder.figure("confusion.png"))


def _metrics(
    design: ResistiveDesign,
    split: _Split,
    trainer: ResistiveTrainer,
    found: Evaluation,
    stages: Stages,
) -> dict[str, Any]:
    low, high = trainer.network.conductance_range
    solver = "sweep" if design.resistive.diode is None else "newton"
    return {
        "title": design.title,
        "data": split.data.name,
        "seed": design.seed,
        "nodes": list(trainer.network.sizes),
        "threads": thread_count(),
        "train_images": len(split.train),
        "validation_images": len(split.validation),
        "test_images": len(split.test),
        "resistive_accuracy": found.accuracy,
        "cost": found.cost,
        "validation_accuracy": trainer.history[trainer.best_epoch]["validation_accuracy"],
        "best_epoch": trainer.best_epoch + 1,
        "history": {k: [h[k] for h in trainer.history] for k in trainer.history[0]},
        "settle_steps": {solver: found.steps},
        "not_converged": {solver: found.not_converged},
        "conductances_at_smallest": _share(trainer, low),
        "conductances_at_largest": _share(trainer, high),
        "processor_seconds": time.process_time(),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seconds": stages.seconds,
    }


def _share(trainer: ResistiveTrainer, limit: float) -> dict[str, float]:
    """Return which share of the conductances of each pair of layers is at a limit."""
    return {
        name: float((g == g.dtype.type(limit)).mean()) for name, g in trainer.parameters.items()
    }
