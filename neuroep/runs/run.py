"""The frame of a training run: a new folder or an earlier one, training, then tests and figures.

Resistive networks, which have neither patterns nor a network that settles by layers, have their own
(:mod:`neuroep.runs.resistive`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from neuroep.design.design import Design, check_design, design_path, load_design
from neuroep.learning.trainer import Trainer
from neuroep.runs.folder import CHECKPOINT, DESIGN, TRAINED, RunFolder
from neuroep.runs.stages import Stages
from neuroep.runs.tracing import open_traces
from neuroep.runs.trained import START, load_into, save_parameters
from neuroep.runs.training import read_options, resumable, take_up, train_to_end
from neuroep.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Prepared:
    """A training that can begin.

    ``vocabulary``: what the rows of its pattern table are, None where there is none; ``headline``:
    one line on its data; ``unit``: what an example is called; ``report``: tests the trained network
    and writes figures and metrics.
    """

    trainer: Trainer
    vocabulary: Vocabulary | None
    headline: str
    unit: str
    report: Callable[[RunFolder, Stages], None]


Options = TypeVar("Options")

Prepare = Callable[[Design, Options, str, Stages, Path | None], Prepared]
"""Reads the data and makes the trainer. Takes the design, how the run was asked for, what errors
call the design, the stages, and the start of the run that is resumed, whose parameters are taken
from there afterwards; None for a new run."""


def start_run(options: Any, out: str | None, prepare: Prepare[Any]) -> RunFolder:
    """Run a whole experiment in a new folder and return it.

    Parameters
    ----------
    options : dataclass
        Has ``design`` and ``overrides``; kept in the folder.
    out : str or None
        The folder, numbered under runs/ without it.
    prepare : Prepare

    Raises
    ------
    InputError
        Whatever of the user's input cannot be used; nothing is left of the folder then.
    KeyboardInterrupt
        Ctrl-C; once the run has begun, its message says how to go on.
    """
    design = load_design(options.design, options.overrides)
    folder = RunFolder.create(out, design_path(options.design).stem)
    stages = Stages()
    try:
        run = prepare(design, options, options.design, stages, None)
        with resumable(folder), open_traces(folder, design, run.trainer) as observer:
            save_parameters(folder.path / START, run.trainer.network, run.vocabulary)
            folder.write_options(asdict(options))
            folder.write_design(design.resolved())
            print(f"{run.headline}; run folder {folder.path}")
            train_to_end(folder, run.trainer, observer, stages, run.unit)
    except BaseException:
        folder.discard_unless_begun()
        raise
    with resumable(folder):
        return _finish(folder, run, stages)


def resume_run(path: str, kind: type[Options], prepare: Prepare[Options]) -> RunFolder:
    """Go on with an interrupted run from its last checkpoint, or its start, to the same result.

    A finished run is tested and drawn once more. ``kind``: the dataclass of its options.

    Raises
    ------
    InputError
        Not a run folder, or a file in it that is missing, damaged or of another design.
    KeyboardInterrupt
        Ctrl-C; its message says how to go on.
    """
    folder = RunFolder.open(path)
    with resumable(folder):
        name = str(folder.path / DESIGN)
        design = check_design(folder.read_design(), name)
        stages = Stages()
        run = prepare(design, read_options(folder, kind), name, stages, folder.path / START)
        load_into(run.trainer.network, folder.path / START)
        if (folder.path / CHECKPOINT).exists():
            take_up(folder.path / CHECKPOINT, run.trainer, stages)
        if run.trainer.finished:
            print(f"{path}: trained to the end already; only tests and figures are made again")
        else:
            with open_traces(folder, design, run.trainer) as observer:
                print(f"{run.headline}; run folder {folder.path}")
                train_to_end(folder, run.trainer, observer, stages, run.unit)
        return _finish(folder, run, stages)


def _finish(folder: RunFolder, run: Prepared, stages: Stages) -> RunFolder:
    """Keep the best parameters of a training, and write what came out."""
    network = run.trainer.network
    network.parameters.flat[:] = run.trainer.best.flat
    save_parameters(folder.path / TRAINED, network, run.vocabulary)
    run.report(folder, stages)
    return folder
