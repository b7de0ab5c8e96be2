"""What every training run does, whatever it learns from: epochs, checkpoints, going on, testing."""

import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from neuroep.core.threads import thread_count
from neuroep.design.design import Design, first_error
from neuroep.errors import InputError
from neuroep.learning.evaluation import Evaluation, Examples, evaluate
from neuroep.learning.trainer import Diverged, Trainer, Training
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.runs.folder import CHECKPOINT, DESIGN, OPTIONS, RunFolder
from neuroep.runs.stages import Stages
from neuroep.settle import settle
from neuroep.traces import checkpoint
from neuroep.traces.observer import TrainingObserver

Options = TypeVar("Options")


@contextmanager
def resumable(folder: RunFolder) -> Iterator[None]:
    """Name the cure where a run that has begun is interrupted, or diverges."""
    try:
        yield
    except KeyboardInterrupt:
        if not (folder.path / DESIGN).exists():
            raise
        raise KeyboardInterrupt(f"go on with --resume {folder.path}") from None
    except Diverged as error:
        raise InputError(f"{folder.path / DESIGN}: learning.rates: {error}") from None


def read_options(folder: RunFolder, kind: type[Options]) -> Options:
    """Return how a run was asked for.

    Raises
    ------
    InputError
        The file is missing or of another kind of run; names it and the field.
    """
    try:
        return TypeAdapter(kind).validate_python(folder.read_options())
    except ValidationError as error:
        raise InputError(f"{folder.path / OPTIONS}: {first_error(error)}") from None


def make_trainer(
    design: Design, network: Network, train: Examples, validation: Examples, path: str
) -> Trainer:
    """Return the trainer that a design asks for.

    Raises
    ------
    InputError
        The recipe does not fit the data, a batch larger than it for one.
    """
    solver, stop = design.make_solver()
    try:
        return Trainer(
            network, train, validation, design.recipe, solver=solver, stop=stop, seed=design.seed
        )
    except ValueError as error:
        raise InputError(f"{path}: learning: {error}") from None


def take_up(path: Path, trainer: Training, stages: Stages) -> None:
    """Set a trainer to where a checkpoint left it.

    Raises
    ------
    InputError
        The checkpoint is damaged, or of another network.
    """
    saved, about = checkpoint.load(path)
    try:
        trainer.from_arrays(saved)
        stages.seconds |= TypeAdapter(dict[str, float]).validate_python(about.get("seconds", {}))
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def train_to_end(
    folder: RunFolder,
    trainer: Trainer,
    observer: TrainingObserver,
    stages: Stages,
    unit: str = "review",
) -> None:
    """Train to the end, with a flush of the traces and a checkpoint after each epoch."""
    trainer.observer = observer
    with stages.stage("loading kernels (compiled at the first run)"):
        _compile(trainer)
    while not trainer.finished:
        run_epoch(trainer, stages, unit)
        observer.flush()  # first: whatever a checkpoint has behind it, the traces show
        arrays = trainer.to_arrays()
        checkpoint.save(folder.path / CHECKPOINT, arrays, {"seconds": stages.seconds})


def _compile(trainer: Trainer) -> None:
    """Reach every kernel once on a few examples, so that bars and times mean training."""
    network, recipe = trainer.network, trainer.recipe
    inputs, target = trainer.data.batch(np.arange(min(2, len(trainer.data))))
    drive = make_drive(network, inputs)
    free = settle(network, drive, solver=trainer.solver, stop=trainer.stop)
    settle(network, drive, solver=trainer.solver, beta=recipe.beta, target=target, start=free)


def run_epoch(trainer: Training, stages: Stages, unit: str) -> None:
    """Train one epoch under a progress bar."""
    name = f"epoch {trainer.epoch + 1}/{trainer.recipe.epochs}"
    with stages.bar("training", trainer.examples, unit) as bar:
        bar.set_description(name)

        def progress(done: int, running: Mapping[str, float]) -> None:
            bar.set_postfix({k: f"{v:.3f}" for k, v in running.items()}, refresh=False)
            bar.update(done)

        trainer.run_epoch(progress)
    print(f"{name}: validation accuracy {trainer.history[-1]['validation_accuracy']:.4f}")


def evaluate_by(
    design: Design,
    network: Network,
    parts: Mapping[str, tuple[str, Examples]],
    stages: Stages,
    unit: str = "review",
) -> dict[str, Evaluation]:
    """Evaluate (solver, examples) by name, each under a progress bar."""
    results = {}
    for name, (solver_name, examples) in parts.items():
        solver, stop = design.make_solver(solver_name)
        with stages.bar("testing", len(examples), unit) as bar:
            bar.set_description(f"testing, {name}")
            results[name] = evaluate(
                network, examples, solver=solver, stop=stop, progress=bar.update
            )
    return results


def metrics_of(
    design: Design, trainer: Trainer, data: str, results: Mapping[str, Evaluation], unit: str
) -> dict[str, Any]:
    """Return what every run reports: of its training, and of its tests by name."""
    metrics: dict[str, Any] = {
        "title": design.title,
        "data": data,
        "seed": design.seed,
        "solver": design.solver,
        "threads": thread_count(),
    }
    metrics |= {f"{name}_accuracy": found.accuracy for name, found in results.items()}
    metrics |= {
        "validation_accuracy": trainer.history[trainer.best_epoch]["validation_accuracy"],
        "best_epoch": trainer.best_epoch + 1,
        "history": {k: [h[k] for h in trainer.history] for k in trainer.history[0]},
        "settle_steps": {name: found.steps for name, found in results.items()},
        "not_converged": {name: found.not_converged for name, found in results.items()},
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    if "spiking" in results:
        found = results["spiking"]
        metrics |= {
            f"spikes_per_neuron_and_{unit}": {k: float(v.mean()) for k, v in found.spikes.items()},
            f"saturated_per_{unit}": found.saturated,
        }
    return metrics
