"""A few training steps before a gradient is checked again."""

from collections.abc import Callable

import numpy as np

from neuroep.core.threads import one_blas_thread
from neuroep.errors import InputError
from neuroep.learning.trainer import Diverged, Trainer
from neuroep.network.parameters import Parameters
from neuroep.runs.run import Job


def train_steps(job: Job, where: str, steps: int, progress: Callable[[str], object]) -> Parameters:
    """Return the parameters after some steps of the design's recipe, as a training makes them.

    Raises
    ------
    InputError
        More steps than the recipe has, or a settle that diverged.
    """
    trainer = job.trainer
    total = trainer.steps_per_epoch * trainer.recipe.epochs
    if steps > total:
        raise InputError(f"--after {steps}: a training of this design has {total} steps")
    try:
        _learn(trainer, steps, progress)
    except Diverged as error:
        raise InputError(f"{where}: learning: {error}") from None
    return job.system.parameters


def _learn(trainer: Trainer, steps: int, progress: Callable[[str], object]) -> None:
    batch = trainer.recipe.batch
    for step in range(steps):
        epoch, number = divmod(step, trainer.steps_per_epoch)
        if number == 0:
            rng = np.random.default_rng([trainer.seed, epoch])
            order = rng.permutation(trainer.examples)
        with one_blas_thread():
            trainer.learn(step, order[number * batch : (number + 1) * batch], rng)
        if (step + 1) % max(1, steps // 10) == 0:
            progress(f"trained {step + 1} of {steps} steps")
