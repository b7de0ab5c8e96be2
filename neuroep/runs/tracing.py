"""Open the traces of a run: what its design asks for, sized before the first step."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from neuroep.design.design import Design
from neuroep.errors import named
from neuroep.learning.trainer import Trainer
from neuroep.runs.folder import RunFolder
from neuroep.traces.devices import counted_before
from neuroep.traces.files import next_path
from neuroep.traces.observer import TrainingObserver
from neuroep.traces.recorder import Course, Recorder
from neuroep.traces.writer import TraceWriter


@contextmanager
def open_traces(
    folder: RunFolder,
    design: Design,
    trainer: Trainer,
    row_names: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[TrainingObserver]:
    """Yield the observer of a training; a resumed run gets ``traces-2.h5`` and so on.

    ``row_names``: what the rows of tables are called, by array.

    Traces that would exceed their budget are refused here, before the first step.
    """
    wanted, watched = design.traces, design.watch(trainer.system)
    watched = watched.written(trainer.updater.devices, trainer.updater.unit)
    attributes = {
        "title": design.title,
        "seed": design.seed,
        "configuration": design.resolved(),
    }
    budget = int(wanted.budget_megabytes * 1e6)
    steps = (trainer.recipe.epochs - trainer.epoch) * trainer.steps_per_epoch
    rows = -(-steps // wanted.interval)
    with named(design.title):
        choice = wanted.choice(row_names)
    begun = trainer.epoch * trainer.steps_per_epoch
    counted = counted_before(str(folder.path), begun, watched.devices)
    with TraceWriter(next_path(folder.path, "traces"), attributes, budget, rows) as writer:
        course = Course(trainer.examples, trainer.recipe.batch, design.phase_seconds)
        recorder = Recorder(writer, watched, choice, course, counted)
        recorder.plan(steps)
        yield TrainingObserver(recorder, watched)
