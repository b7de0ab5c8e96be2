"""A few training steps before a gradient is checked again."""

from collections.abc import Callable

import numpy as np

from neuroep.core.threads import one_blas_thread
from neuroep.errors import InputError
from neuroep.experiment.design import Design
from neuroep.experiment.gradcheck_examples import Material
from neuroep.learning.trainer import Diverged, Trainer
from neuroep.network.parameters import Parameters


def train_steps(
    design: Design, material: Material, steps: int, progress: Callable[[str], object]
) -> Parameters:
    """Return the parameters after some steps of the design's recipe, float32 as in a training.

    Raises
    ------
    InputError
        No data to train on, more steps than the recipe has, or what the trainer refuses.
    """
    if material.train is None:
        raise InputError(f"--after {steps}: no data to train on")
    network = design.make_network(material.rows)
    network.initialise(design.seed)
    if material.vectors is not None:
        network.parameters[f"{design.table_layer}.patterns"][:] = material.vectors
    solver, stop = design.make_solver()
    try:
        trainer = Trainer(
            network,
            material.train,
            material.train,
            design.recipe,
            solver=solver,
            stop=stop,
            seed=design.seed,
        )
        total = trainer.steps_per_epoch * design.recipe.epochs
        if steps > total:
            raise InputError(f"--after {steps}: a training of this design has {total} steps")
        _learn(trainer, steps, progress)
    except Diverged as error:
        raise InputError(f"learning.rates: {error}") from None
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"learning: {error}") from None
    return network.parameters


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
