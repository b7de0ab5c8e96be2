"""What a gradient is checked on: a few examples, drawn or real, before and after training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
from numpy.typing import DTypeLike

from neuroep.core.tables import Floats
from neuroep.core.threads import one_blas_thread
from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.learning.evaluation import Examples
from neuroep.learning.system import System
from neuroep.learning.trainer import Diverged
from neuroep.learning.updates import within
from neuroep.network.inputs import Input, Sequences
from neuroep.network.parameters import Parameters
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import Job, prepare
from neuroep.runs.trained import load_run
from neuroep.tasks.task import DataOptions, InputLayer


@dataclass(frozen=True)
class Material:
    """Examples with everything that is read with them.

    ``inputs``, ``target`` (N, outputs): the examples; ``tables``: rows of the clamped layers'
    tables; ``initial``: parameters that start from the data; ``job``: a training that would learn
    from them, None where nothing was read for one.
    """

    inputs: Mapping[str, Input]
    target: Floats
    note: str
    tables: Mapping[str, int] = field(default_factory=dict)
    initial: Mapping[str, Floats] = field(default_factory=dict)
    job: Job | None = None

    def make_system(self, design: Design, dtype: DTypeLike) -> System:
        """Return a design's network with the parameters that a training would begin from."""
        system = design.make_system(self.tables, dtype=dtype)
        for name, values in self.initial.items():
            system.parameters[name][:] = values
        within(system.parameters, system.limits)
        return system


def drawn_examples(design: Design, count: int) -> Material:
    """Draw examples of the design's shapes, of unequal lengths, from its seed."""
    rng = np.random.default_rng([design.seed, count])
    tables = design.drawn_tables()
    inputs: dict[str, Input] = {}
    for name, layer in design.inputs.items():
        rows = tables.get(layer.table or name, layer.vocabulary)
        inputs[name] = _drawn(layer, rows, count, rng)
    target = np.eye(design.outputs)[np.arange(count) % design.outputs]
    note = f"{count} examples drawn from seed {design.seed}"
    return Material(inputs, target, note, tables)


def _drawn(layer: InputLayer, rows: int, count: int, rng: np.random.Generator) -> Input:
    lengths = rng.integers(-(-layer.tokens // 2), layer.tokens + 1, count)
    lengths[0] = layer.tokens
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    total = int(offsets[-1])
    if rows:
        return Sequences(rng.integers(0, rows, total), offsets)
    if layer.tokens == 1:
        return rng.standard_normal((count, layer.dim))
    return Sequences(rng.standard_normal((total, layer.dim)) / np.sqrt(layer.dim), offsets)


def read_examples(design: Design, where: str, count: int, options: TrainOptions) -> Material:
    """Read real examples, the first of the validation split, as a training of the design would."""
    job = prepare(design, options, where)
    what = f"{job.task.unit}s of {job.source.name}"
    inputs, target = _first(job.material.validation, count, what)
    note = f"the first {count} {what}"
    return Material(inputs, target, note, job.encoder.tables, job.material.initial, job)


def run_examples(run: str, count: int, options: DataOptions) -> tuple[Material, System]:
    """Read the first test examples for a network that has been trained; return both."""
    trained = load_run(run)
    name, examples, one = trained.test_examples(options, count)
    what = f"{one}s of {name}"
    inputs, target = _first(examples, count, what)
    material = Material(inputs, target, f"the first {count} {what}", trained.encoder.tables)
    return material, trained.system


def _first(examples: Examples, count: int, what: str) -> tuple[Mapping[str, Input], Floats]:
    if len(examples) < count:
        raise InputError(f"--examples {count}: there are {len(examples)} {what}")
    inputs, target = examples.batch(np.arange(count))
    return inputs, target.astype(np.float64)


def train_steps(job: Job, where: str, steps: int, progress: Callable[[str], object]) -> Parameters:
    """Return the parameters after some steps of the design's recipe, as a training makes them."""
    trainer = job.trainer
    total = trainer.steps_per_epoch * trainer.recipe.epochs
    if steps > total:
        raise InputError(f"--after {steps}: a training of this design has {total} steps")
    batches = chain.from_iterable(map(trainer.batches, range(trainer.recipe.epochs)))
    for step, chosen, rng in islice(batches, steps):
        try:
            with one_blas_thread():
                trainer.learn(step, chosen, rng)
        except Diverged as error:
            raise InputError(f"{where}: learning: {error}") from None
        if (step + 1) % max(1, steps // 10) == 0:
            progress(f"trained {step + 1} of {steps} steps")
    return job.system.parameters
