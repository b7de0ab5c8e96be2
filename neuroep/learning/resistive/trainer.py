"""Train a resistive network, and see what it makes of data."""

import math
from collections.abc import Callable

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.learning.evaluation import Evaluation, Examples
from neuroep.learning.recipe import Recipe
from neuroep.learning.resistive.estimate import ProjectedSGD, estimate_resistive
from neuroep.learning.trainer import Diverged, Tally, Training
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import Status, Stop


def clamped_batch(
    data: Examples, chosen: Ints, rng: np.random.Generator | None = None
) -> tuple[Floats, Floats]:
    """Return inputs x (B, inputs) and targets (B, outputs) of data with one clamped layer."""
    named, target = data.batch(chosen, rng)
    (x,) = named.values()
    return np.asarray(x), target


def evaluate_resistive(
    network: ResistiveNetwork,
    data: Examples,
    *,
    stop: Stop | None = None,
    batch: int = 500,
    progress: Callable[[int], object] | None = None,
) -> Evaluation:
    """Settle every example freely and compare the largest output with its class.

    Parameters
    ----------
    network : ResistiveNetwork
    data : Examples
        At least one, with x as the only clamped layer.
    stop : Stop
    batch : int
        Examples settled at once.
    progress : callable
        Called with the number of examples done since the last call.
    """
    scores, targets, steps, failed = [], [], [], 0
    for first in range(0, len(data), batch):
        x, target = clamped_batch(data, np.arange(first, min(first + batch, len(data))))
        settled = settle_resistive(network, x, stop=stop)
        scores.append(settled.prediction[0])
        targets.append(target)
        steps.append(settled.steps[0])
        failed += int((settled.status != Status.CONVERGED).sum())
        if progress:
            progress(len(target))
    got, wanted = np.concatenate(scores), np.concatenate(targets)
    return Evaluation(
        accuracy=float((got.argmax(axis=1) == wanted.argmax(axis=1)).mean()),
        cost=float(0.5 * np.square(got - wanted).sum(axis=1).mean()),
        scores=got,
        steps=float(np.concatenate(steps).mean()),
        spikes={},
        saturated=0.0,
        not_converged=failed,
    )


class ResistiveTrainer(Training):
    """Trains the conductances of a resistive network in place; see :class:`Training`.

    Parameters
    ----------
    network : ResistiveNetwork
    data, validation : Examples
        x is the only clamped layer; ``validation`` chooses the epoch whose conductances are kept.
    recipe : Recipe
        Its update must be "sgd".
    momentum : float
        See :class:`ProjectedSGD`, as for the rates, which are normalised to the device.
    stop : Stop
        Of all phases and of validation, ``residual`` in V.
    seed : int

    Raises
    ------
    ValueError
        Another update, a batch larger than the data, or rates that fit no conductances.
    """

    def __init__(
        self,
        network: ResistiveNetwork,
        data: Examples,
        validation: Examples,
        recipe: Recipe,
        *,
        momentum: float = 0.0,
        stop: Stop | None = None,
        seed: int = 0,
    ) -> None:
        if recipe.update != "sgd":
            raise ValueError(f"update: conductances learn by sgd, not {recipe.update}")
        super().__init__(
            network.parameters, len(data), recipe, ProjectedSGD(network, momentum), seed
        )
        self.network = network
        self.data = data
        self.validation = validation
        self.stop = stop
        self._gradient = network.parameters.zeros_like()

    def learn(self, step: int, chosen: Ints, rng: np.random.Generator) -> Tally:
        """Train on the chosen examples.

        Raises
        ------
        Diverged
            A settle diverged, or could not begin; names the step.
        """
        x, target = clamped_batch(self.data, chosen, rng)
        try:
            found = estimate_resistive(
                self.network,
                x,
                target,
                self.recipe.beta,
                estimator=self.recipe.estimator,
                stop=self.stop,
                rng=rng,
                into=self._gradient,
            )
        except ValueError as error:  # a beta that the outputs no longer hold, a floating node
            raise Diverged(f"step {step}: {error}") from None
        worst = max(found.free.residual.max(), found.nudged.residual.max())
        if not math.isfinite(worst) or not np.isfinite(found.gradient.flat.sum()):
            raise Diverged(f"step {step}: a settle diverged; a smaller beta may help")
        self.update.apply(self.parameters, found.gradient, self.rates_at(step))
        scores = found.free.prediction[0]
        return Tally(
            float((scores.argmax(axis=1) == target.argmax(axis=1)).sum()),
            float(self.network.cost(found.free.volts[-1][0], target).sum()),
            float(found.free.steps.sum()),
        )

    def validate(self) -> Evaluation:
        """Evaluate the present conductances on the validation data."""
        return evaluate_resistive(self.network, self.validation, stop=self.stop)
