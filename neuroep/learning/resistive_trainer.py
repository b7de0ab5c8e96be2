"""Train a resistive network, and see what it makes of data."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.learning.evaluation import Evaluation
from neuroep.learning.resistive import ProjectedSGD, estimate_resistive
from neuroep.learning.trainer import Diverged, Recipe, Tally, Training
from neuroep.network.resistive import ResistiveNetwork
from neuroep.settle.resistive import settle_resistive
from neuroep.settle.settled import Status, Stop


@dataclass(frozen=True)
class Samples:
    """Vectors and what should come out; images may be moved about while training.

    ``inputs`` (n, inputs); ``targets`` (n, outputs), one-hot for classes; ``shape`` (height,
    width) of an image; ``shift``: pixels that a shown image is moved by at most, each way at
    random; what comes in from beyond its edge is 0.
    """

    inputs: Floats
    targets: Floats
    shape: tuple[int, int] = (1, 1)
    shift: int = 0

    def __len__(self) -> int:
        return len(self.inputs)

    def batch(self, chosen: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return inputs and targets of the chosen examples, as they are shown in training."""
        inputs, targets = self.inputs[chosen], self.targets[chosen]
        if self.shift:
            far, (height, width) = self.shift, self.shape
            images = inputs.reshape(-1, height, width)
            wide = np.pad(images, ((0, 0), (far, far), (far, far)))
            for image, large, (y, x) in zip(
                images, wide, rng.integers(0, 2 * far + 1, (len(images), 2)), strict=True
            ):
                image[:] = large[y : y + height, x : x + width]
        return inputs, targets


def evaluate_resistive(
    network: ResistiveNetwork,
    data: Samples,
    *,
    stop: Stop | None = None,
    batch: int = 500,
    progress: Callable[[int], object] | None = None,
) -> Evaluation:
    """Settle every example freely and compare the largest output with its class.

    Parameters
    ----------
    network : ResistiveNetwork
    data : Samples
        At least one.
    stop : Stop
    batch : int
        Examples settled at once.
    progress : callable
        Called with the number of examples done since the last call.
    """
    scores, costs, steps, failed = [], [], [], 0
    for first in range(0, len(data), batch):
        part = slice(first, first + batch)
        settled = settle_resistive(network, data.inputs[part], stop=stop)
        scores.append(settled.prediction[0])
        costs.append(network.cost(settled.volts[-1][0], data.targets[part]))
        steps.append(settled.steps[0])
        failed += int((settled.status != Status.CONVERGED).sum())
        if progress:
            progress(len(scores[-1]))
    got = np.concatenate(scores)
    return Evaluation(
        accuracy=float((got.argmax(axis=1) == data.targets.argmax(axis=1)).mean()),
        cost=float(np.concatenate(costs).mean()),
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
    data, validation : Samples
        ``validation`` chooses the epoch whose conductances are kept.
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
        data: Samples,
        validation: Samples,
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
        inputs, target = self.data.batch(chosen, rng)
        try:
            found = estimate_resistive(
                self.network,
                inputs,
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
