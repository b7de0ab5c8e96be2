"""Train a resistive network to tell images apart, test it, keep everything in one run folder."""

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from neuroep.core.threads import thread_count
from neuroep.errors import InputError
from neuroep.experiment.design import design_path, first_error
from neuroep.experiment.folder import CHECKPOINT, DESIGN, OPTIONS, TRAINED, RunFolder
from neuroep.experiment.resistive_design import ResistiveDesign, check_resistive, load_resistive
from neuroep.experiment.resistive_figures import draw_figures
from neuroep.experiment.stages import Stages
from neuroep.images import ImageData, Images, open_images
from neuroep.learning.evaluation import Evaluation
from neuroep.learning.resistive_trainer import ResistiveTrainer, Samples, evaluate_resistive
from neuroep.learning.trainer import Diverged
from neuroep.report import Number, table
from neuroep.traces import checkpoint


@dataclass(frozen=True)
class Options:
    """How a run was asked for; kept in the run folder.

    ``data``: a folder with the four IDX files, None for the built-in digits; ``limit``: images of
    each split, None for all.
    """

    design: str = "resistive_mnist"
    data: str | None = None
    limit: int | None = None
    overrides: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Split:
    """The data of a run, as trainer and figures take it."""

    data: ImageData
    train: Samples
    validation: Samples
    test: Samples


def train_resistive(options: Options, out: str | None = None) -> RunFolder:
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
    with _resumable(folder):
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
    with _resumable(folder):
        path = folder.path / DESIGN
        design = check_resistive(folder.read_design(), path)
        stages = Stages()
        split = _read(design, _options(folder), path, stages)
        trainer = _trainer(design, split, path)
        if (folder.path / CHECKPOINT).exists():
            _take_up(folder.path / CHECKPOINT, trainer, stages)
        return _run(folder, design, split, trainer, stages)


@contextmanager
def _resumable(folder: RunFolder) -> Iterator[None]:
    """Name the cure where a run that has begun is interrupted, or diverges."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"go on with --resume {folder.path}") from None
    except Diverged as error:
        raise InputError(f"{folder.path / DESIGN}: learning.beta: {error}") from None


def _options(folder: RunFolder) -> Options:
    try:
        return TypeAdapter(Options).validate_python(folder.read_options())
    except ValidationError as error:
        raise InputError(f"{folder.path / OPTIONS}: {first_error(error)}") from None


def _take_up(path: Path, trainer: ResistiveTrainer, stages: Stages) -> None:
    saved, about = checkpoint.load(path)
    try:
        trainer.from_arrays(saved)
        stages.seconds |= TypeAdapter(dict[str, float]).validate_python(about.get("seconds", {}))
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def _read(design: ResistiveDesign, options: Options, path: Path, stages: Stages) -> _Split:
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
        targets = np.eye(data.classes, dtype=np.float32)

        def samples(images: Images, shift: int = 0) -> Samples:
            return Samples(images.pixels, targets[images.labels], data.shape, shift)

        moved = samples(train, design.images.shift)
        return _Split(data, moved, samples(validation), samples(data.test))


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
            f"{split.data.name}: {len(split.train)} to train on, "
            f"{len(split.validation)} to choose by, {len(split.test)} to test; "
            f"run folder {folder.path}"
        )
        with stages.stage("loading kernels (compiled at the first run)"):
            _compile(design, split)
    while not trainer.finished:
        _run_epoch(trainer, stages)
        checkpoint.save(folder.path / CHECKPOINT, trainer.to_arrays(), {"seconds": stages.seconds})
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


def _compile(design: ResistiveDesign, split: _Split) -> None:
    """Reach every kernel once with a few examples, so that bars and times mean training."""
    few = Samples(split.train.inputs[:2], split.train.targets[:2])
    once = replace(design.recipe, batch=1, epochs=1)
    ResistiveTrainer(design.make_network(), few, few, once, stop=design.stop).run_epoch()


def _run_epoch(trainer: ResistiveTrainer, stages: Stages) -> None:
    name = f"epoch {trainer.epoch + 1}/{trainer.recipe.epochs}"
    begin = time.process_time()
    with stages.bar("training", trainer.examples, unit="image") as bar:
        bar.set_description(name)

        def progress(done: int, running: Mapping[str, float]) -> None:
            bar.set_postfix({k: f"{v:.3f}" for k, v in running.items()}, refresh=False)
            bar.update(done)

        trainer.run_epoch(progress)
    used = "training, of the processors"  # on a shared machine, wall time says less
    stages.seconds[used] = stages.seconds.get(used, 0.0) + time.process_time() - begin
    print(f"{name}: validation accuracy {trainer.history[-1]['validation_accuracy']:.4f}")


def _metrics(
    design: ResistiveDesign,
    split: _Split,
    trainer: ResistiveTrainer,
    found: Evaluation,
    stages: Stages,
) -> dict[str, Any]:
    low, high = trainer.network.conductance_range
    return {
        "title": design.title,
        "data": split.data.name,
        "seed": design.seed,
        "nodes": list(trainer.network.sizes),
        "threads": thread_count(),
        "train_images": len(split.train),
        "validation_images": len(split.validation),
        "test_images": len(split.test),
        "accuracy": found.accuracy,
        "cost": found.cost,
        "validation_accuracy": trainer.history[trainer.best_epoch]["validation_accuracy"],
        "best_epoch": trainer.best_epoch + 1,
        "history": {k: [h[k] for h in trainer.history] for k in trainer.history[0]},
        "settle_steps": found.steps,
        "not_converged": found.not_converged,
        "conductances_at_smallest": _share(trainer, low),
        "conductances_at_largest": _share(trainer, high),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seconds": stages.seconds,
    }


def _share(trainer: ResistiveTrainer, limit: float) -> dict[str, float]:
    """Return which share of the conductances of each pair of layers is at a limit."""
    return {
        name: float((g == g.dtype.type(limit)).mean()) for name, g in trainer.parameters.items()
    }


def summary(runs: Sequence[Mapping[str, Any]], markdown: bool = False) -> str:
    """Return the closing table of one run, or of several seeds with their spread."""

    def row(name: str, values: Sequence[float], unit: str = "") -> list[object]:
        spread = float(np.std(values, ddof=1)) if len(set(values)) > 1 else None
        return [name, Number(float(np.mean(values)), spread, unit)]

    first = runs[0]
    heading = f"{first['data']}, {first['test_images']} test images"
    if len(runs) > 1:
        heading += f", seeds {', '.join(str(m['seed']) for m in runs)}"
    rows = [
        row("accuracy, test", [m["accuracy"] for m in runs], "%"),
        row("accuracy, validation", [m["validation_accuracy"] for m in runs], "%"),
        row("settle steps", [m["settle_steps"] for m in runs]),
        row("test images that did not settle", [m["not_converged"] for m in runs]),
        row("training time", [m["seconds"].get("training", 0.0) for m in runs], "s"),
        row("peak memory", [m["peak_memory_bytes"] / 1e6 for m in runs], "MB"),
    ]
    return table(rows, [heading, ""], markdown=markdown)
