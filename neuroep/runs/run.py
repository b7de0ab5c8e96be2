"""One training run: a new folder or an earlier one, training, then tests and figures."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuroep.core.tables import Floats
from neuroep.design.design import Design
from neuroep.design.files import design_path
from neuroep.design.load import check_design, load_design
from neuroep.errors import InputError, named
from neuroep.learning.system import System
from neuroep.learning.trainer import Diverged, Trainer
from neuroep.learning.updates import within
from neuroep.network.parameters import Parameters
from neuroep.runs.contents import contents_of, moved
from neuroep.runs.folder import CHECKPOINT, DESIGN, START, TRAINED, RunFolder
from neuroep.runs.history import append_epoch, begin_history
from neuroep.runs.options import TrainOptions, read_options
from neuroep.runs.progress import Progress
from neuroep.runs.provenance import now
from neuroep.runs.results import finish
from neuroep.runs.tracing import open_traces
from neuroep.runs.trained import Saved, save_parameters
from neuroep.tasks.baselines import read_baselines
from neuroep.tasks.task import Encoder, Material, Source, Task
from neuroep.traces import checkpoint
from neuroep.traces.observer import TrainingObserver

if TYPE_CHECKING:
    from neuroep.runs.crew import DaskCrew, Workers

Places = Mapping[str, str | None]
"""Where the data of a run are by now, by option: ``data``, ``validation``, ``test``."""


@dataclass(frozen=True)
class Data:
    """What a run learns from, encoded. Nothing in it changes, so that several runs can share it."""

    task: Task
    source: Source
    encoder: Encoder
    material: Material


Read = Callable[[Design, TrainOptions, str, Progress], Data]
"""Reads the data of a design as options say; the third argument is what errors call the design."""


@dataclass(frozen=True)
class Job(Data):
    """A training that can begin, or go on."""

    design: Design
    options: TrainOptions
    system: System
    trainer: Trainer
    held: int
    """Initial values that lay beyond what devices hold, and begin at its limits."""

    @property
    def headline(self) -> str:
        """One line on the data."""
        counts = self.material.counts
        line = (
            f"{self.source.name}: {counts['train']} {self.task.unit}s to train on, "
            f"{counts['validation']} to choose by, {counts['test']} to test"
        )
        return f"{line}; {self.source.note}" if self.source.note else line

    @property
    def warnings(self) -> list[str]:
        """What of the parameters the chip's devices cannot hold: lines for people."""
        found = []
        if self.held:
            found.append(f"{self.held:,} initial values begin at their devices' limits")
        if self.design.devices and not self.trainer.updater.devices:
            found.append('devices are not written: learning.update = "pulses" writes them')
        found += [
            f"{name}: the range of its devices holds nothing beside the position code; as a "
            "circuit this chip is refused"
            for name, (low, high) in self.system.limits.items()
            if low == high
        ]
        return found


def train(
    options: TrainOptions,
    out: str | None = None,
    progress: Progress | None = None,
    workers: "Workers | None" = None,
) -> RunFolder:
    """Run a whole experiment in a new folder and return it.

    ``options`` are kept in the folder; ``out``: the folder, numbered under runs/ without it;
    ``progress`` is told what happens, nothing is shown without it; ``workers`` share each batch,
    this process trains alone without. An InputError: whatever of the user's input cannot be used;
    nothing is left of the folder then. A KeyboardInterrupt, once the run has begun, says how to go
    on.
    """
    progress = _timed_anew(progress)
    design = load_design(options.design, options.overrides)
    if workers is not None:
        workers.check(design.recipe.shards)
    folder = RunFolder.create(out, design_path(options.design).stem)
    with folder.locked():
        try:
            return train_in(folder, design, options, progress, workers=workers)
        except BaseException:
            folder.discard_unless_begun()
            raise


def train_in(
    folder: RunFolder,
    design: Design,
    options: TrainOptions,
    progress: Progress,
    read: Read | None = None,
    workers: "Workers | None" = None,
) -> RunFolder:
    """Run a whole experiment in an empty folder; ``read``: where its data come from.

    Whoever calls holds the folder's lock.
    """
    data = (read or read_data)(design, options, options.design, progress)
    begin = partial(save_parameters, folder.path / START)
    job = prepare(design, options, options.design, progress, begin=begin, data=data)
    job = replace(job, options=replace(options, contents=contents_of(options), begun=now()))
    names = job.task.row_names(job.encoder)
    with resumable(folder), open_traces(folder, design, job.trainer, names) as observer:
        folder.write_options(asdict(job.options))
        folder.write_design(design.resolved())
        progress.say(f"{job.headline}; run folder {folder.path}")
        for line in job.warnings:
            progress.say(line)
        with _crew(workers, folder, job, {}, progress) as crew:
            _train_to_end(folder, job, observer, progress, crew)
    with resumable(folder):
        return _finish(folder, job, progress)


def resume(
    path: str,
    progress: Progress | None = None,
    places: Places | None = None,
    workers: "Workers | None" = None,
) -> RunFolder:
    """Go on with an interrupted run from its last checkpoint, or its start, to the same result.

    A finished run is tested and drawn once more. ``places``: where its data are by now;
    ``workers``: as for :func:`train`, any number of them, whoever began. An InputError: not a run
    folder, a file in it is missing, damaged or of another design, the data are others, or another
    process works on it. A KeyboardInterrupt says how to go on.
    """
    progress = _timed_anew(progress)
    folder = RunFolder.open(path)
    with folder.locked(), resumable(folder):
        job = reopened(folder, progress, places or {})
        if job.trainer.finished:
            progress.say(f"{path}: trained to the end already; only tests are made again")
        else:
            if workers is not None:
                workers.check(job.design.recipe.shards)
            names = job.task.row_names(job.encoder)
            with open_traces(folder, job.design, job.trainer, names) as observer:
                progress.say(f"{job.headline}; run folder {folder.path}")
                with _crew(workers, folder, job, places or {}, progress) as crew:
                    _train_to_end(folder, job, observer, progress, crew)
        return _finish(folder, job, progress)


def _timed_anew(progress: Progress | None) -> Progress:
    """Return what is told of a run, the times of an earlier one forgotten."""
    progress = progress or Progress()
    progress.seconds = {}
    return progress


def reopened(folder: RunFolder, progress: Progress, places: Places) -> Job:
    """Return the training of a run's folder as its last checkpoint, or its start, has it."""
    name = str(folder.path / DESIGN)
    design = check_design(folder.read_design(), name)
    options = moved(read_options(folder), places)
    start = Saved.read(folder.path / START)
    job = prepare(design, options, name, progress, start)
    if (folder.path / CHECKPOINT).exists():
        _take_up(folder.path / CHECKPOINT, job.trainer, progress)
    return job


@contextmanager
def _crew(
    workers: "Workers | None", folder: RunFolder, job: Job, places: Places, progress: Progress
) -> Iterator["DaskCrew | None"]:
    """Yield workers that share the training; none where this process trains alone."""
    if workers is None or not workers.several:
        yield None
        return
    from neuroep.runs.crew import open_crew

    with ExitStack() as stack:
        with progress.stage("starting workers"):
            load_kernels(job)  # so that workers find them compiled
            crew = stack.enter_context(open_crew(workers, folder.path, job.trainer, places))
        job.trainer.crew = crew
        yield crew


def prepare(
    design: Design,
    options: TrainOptions,
    where: str,
    progress: Progress | None = None,
    start: Saved | None = None,
    begin: Callable[[Parameters, Encoder], object] | None = None,
    data: Data | None = None,
) -> Job:
    """Read the data and make everything that a training needs, without a folder.

    ``where``: what errors call the design; ``start``: what a resumed run started from; ``begin``:
    is given what a run starts from; ``data``: read already. Devices are programmed when the trainer
    is made, and what they hold is not what they were given. So a start is what stood before, and a
    run that goes on from there programs the same devices to the same states.
    """
    progress = progress or Progress()
    data = data or read_data(design, options, where, progress, start)
    encoder, material = data.encoder, data.material
    with named(where):  # a solver that cannot carry its chip
        system = design.make_system(encoder.tables)
    if start is None:
        for name, values in material.initial.items():
            system.parameters[name][:] = values
    else:
        start.load_into(system.parameters)
    held = within(system.parameters, system.limits)
    if held:  # what it starts from is what stands there, and what a run that goes on finds
        begun = {name: system.parameters[name].copy() for name in material.initial}
        data = replace(data, material=replace(material, initial=begun))
    if begin is not None:
        begin(system.parameters, encoder)
    try:
        trainer = Trainer(
            system,
            material.train,
            material.validation,
            design.recipe,
            seed=design.seed,
            updater=design.make_updater(system),
        )
    except ValueError as error:
        raise InputError(f"{where}: learning: {error}") from None
    for name, why in data.task.fixed.items():
        if trainer.rates.get(name):
            raise InputError(f'{where}: learning.rates."{name}": must be 0: {why}')
    return Job(
        **vars(data), design=design, options=options, system=system, trainer=trainer, held=held
    )


def read_data(
    design: Design,
    options: TrainOptions,
    where: str,
    progress: Progress,
    start: Saved | None = None,
) -> Data:
    """Read the data of a run and encode them, as the run that ``start`` is of did."""
    for solver in options.test_by:
        if solver not in design.solvers:
            raise InputError(f"--test-by {solver}: none of {', '.join(design.solvers)}")
    task = design.task(where)
    source = task.open(options)
    task.shape.check_labels(source.name, source.labels)
    if options.baselines:  # what cannot be used is found before the training
        of = source.name, options.limit, source.note, source.labels, contents_of(options)
        read_baselines(options.baselines, task.key, *of)
    if start is None:
        encoder = task.fit(source, options, progress.stage)
    else:
        encoder = start.load_encoder(design)
    begun: Mapping[str, Floats] = start.parameters if start else {}
    material = task.material(source, encoder, options, progress.stage, begun)
    if options.baselines:
        test = material.counts["test"]
        read_baselines(options.baselines, task.key, *of, test)
    return Data(task, source, encoder, material)


@contextmanager
def resumable(folder: RunFolder) -> Iterator[None]:
    """Name the cure where a run that has begun is interrupted, or diverges."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if (folder.path / DESIGN).exists():
            interrupt.args = (f"go on with --resume {folder.path}",)
        raise
    except Diverged as error:
        raise InputError(f"{folder.path / DESIGN}: learning: {error}") from None


def _take_up(path: Path, trainer: Trainer, progress: Progress) -> None:
    """Set a trainer to where a checkpoint left it."""
    from pydantic import TypeAdapter

    saved, about = checkpoint.load(path, trainer.to_arrays())
    try:
        trainer.from_arrays(saved)
        times = TypeAdapter(dict[str, float]).validate_python(about.get("seconds", {}))
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    for stage, spent in times.items():  # of earlier sessions, beside what this one took so far
        progress.seconds[stage] = progress.seconds.get(stage, 0.0) + spent


def _train_to_end(
    folder: RunFolder,
    job: Job,
    observer: TrainingObserver,
    progress: Progress,
    crew: "DaskCrew | None",
) -> None:
    """Train to the end, with a flush of the traces and a checkpoint after each epoch."""
    trainer = job.trainer
    trainer.observer = observer
    with progress.stage("loading kernels (compiled at the first run)"):
        load_kernels(job)
    begin_history(folder.path, trainer.history)
    while not trainer.finished:
        epoch = f"epoch {trainer.epoch + 1}/{trainer.recipe.epochs}"
        with progress.bar("training", trainer.examples, job.task.unit, epoch) as bar:
            trainer.run_epoch(bar.update)
        if crew is not None:
            crew.check()
        last = trainer.history[-1]
        progress.say(f"{epoch}: validation accuracy {last['validation_accuracy']:.4f}")
        for line in _stuck_outputs(job):
            progress.say(line)
        observer.flush()  # first: whatever a checkpoint has behind it, the traces show
        arrays = trainer.to_arrays()
        checkpoint.save(folder.path / CHECKPOINT, arrays, {"seconds": progress.seconds})
        append_epoch(folder.path, trainer.epoch, last)
        progress.epoch(folder.path, {"epoch": trainer.epoch, **last})


def _stuck_outputs(job: Job) -> Iterator[str]:
    """Yield a line for each output that tells no validation example from another."""
    found = job.trainer.held_out
    if found is None:
        return
    for output in found.stuck:
        yield (
            f"output {job.encoder.labels[output]!r} is {found.scores[0, output]:.3g} for all "
            f"{len(found.scores)} validation {job.task.unit}s: where no nudge moves it off its "
            "rail it does not learn; another seed, or other biases of the outputs, may begin off it"
        )


def load_kernels(job: Job) -> None:
    """Reach every kernel once on a few examples, so that bars and times mean training."""
    system, train = job.system, job.material.train
    inputs, target = train.batch(np.arange(min(2, len(train))))
    drive = system.clamp(inputs)
    free = system.settle(drive)
    system.settle(drive, beta=job.design.beta, target=target, start=free)


def _finish(folder: RunFolder, job: Job, progress: Progress) -> RunFolder:
    """Keep the best parameters of a training, and write what came out."""
    job.system.parameters.take(job.trainer.best.flat)
    save_parameters(folder.path / TRAINED, job.system.parameters, job.encoder)
    finish(folder, job, progress)
    return folder
