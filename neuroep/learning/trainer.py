"""Trainers: epochs of free and nudged phases, chosen on validation data, resumable."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from neuroep.core.tables import Ints
from neuroep.core.threads import one_blas_thread
from neuroep.learning.estimators import Estimate, estimate
from neuroep.learning.evaluation import Evaluation, Examples, evaluate, mean_cost, output_scores
from neuroep.learning.hopfield.backprop.reference import METHODS, differentiable
from neuroep.learning.recipe import Recipe
from neuroep.learning.updates.gradient_descent import UPDATES, Update, rates_by_name
from neuroep.network.hopfield.drive import Input, make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.parameters import Parameters
from neuroep.settle import Record, Solver, Stop


class Observer(Protocol):
    """Sees every training step: once before the update, once after it."""

    def record(self, step: int, examples: int) -> Record | None:
        """Return which of a batch's examples the settles of a step have to record, if any."""
        ...

    def before_update(self, step: int, found: Estimate, rates: Mapping[str, float]) -> None:
        """See the phases and the gradient estimate."""
        ...

    def after_update(self, step: int) -> None:
        """See the parameters as they were changed."""
        ...


class Diverged(RuntimeError):
    """A settle diverged in training, so that its gradient means nothing."""


class Tally(NamedTuple):
    """Sums over the examples of a batch: right answers, cost, settling steps."""

    right: float
    cost: float
    steps: float


class HeldOut(Protocol):
    """What the parameters are chosen by."""

    @property
    def accuracy(self) -> float:
        """Share of right classes."""
        ...

    @property
    def cost(self) -> float:
        """Mean cost."""
        ...


class Training(ABC):
    """Epochs over the data, whatever the network; :meth:`run_epoch` is one.

    The order of examples and all noise depend on (seed, epoch) alone, so a resumed run continues
    exactly as the uninterrupted one would have.

    Parameters
    ----------
    parameters : Parameters
        What learns, in place.
    examples : int
        Number of training examples.
    recipe : Recipe
    update : Update
        How a gradient is granted.
    seed : int

    Attributes
    ----------
    history : list of dict
        train_accuracy, train_cost (of the free phases while learning), validation_accuracy,
        validation_cost and mean settling steps of each epoch.
    best : Parameters
        Those of the epoch with the best validation accuracy.

    Raises
    ------
    ValueError
        A batch larger than the data, or rates that do not fit the parameters.
    """

    def __init__(
        self, parameters: Parameters, examples: int, recipe: Recipe, update: Update, seed: int
    ) -> None:
        if recipe.batch > examples:
            raise ValueError(f"batch {recipe.batch} is larger than the {examples} examples")
        self.parameters = parameters
        self.examples = examples
        self.recipe = recipe
        self.update = update
        self.seed = seed
        self.rates = rates_by_name(parameters, recipe.rates)
        self.steps_per_epoch = -(-examples // recipe.batch)
        self.history: list[dict[str, float]] = []
        self.best: Parameters = parameters.copy()

    @abstractmethod
    def learn(self, step: int, chosen: Ints, rng: np.random.Generator) -> Tally:
        """Train on the chosen examples.

        Raises
        ------
        Diverged
            A settle diverged; names the step.
        """

    @abstractmethod
    def validate(self) -> HeldOut:
        """Evaluate the present parameters on the validation data."""

    @property
    def epoch(self) -> int:
        """Number of epochs done."""
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        """Index of the epoch with the best validation accuracy; the earliest of equals."""
        return int(np.argmax([h["validation_accuracy"] for h in self.history]))

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or none of the last ``patience`` brought a better one."""
        if self.epoch >= self.recipe.epochs:
            return True
        patience = self.recipe.patience
        return bool(patience and self.epoch and self.epoch - 1 - self.best_epoch >= patience)

    def rates_at(self, step: int) -> dict[str, float]:
        """Return the learning rate of every parameter at a step."""
        if self.recipe.decay == "none":
            return self.rates
        total = self.recipe.epochs * self.steps_per_epoch
        factor = 0.5 * (1.0 + math.cos(math.pi * step / total))
        return {name: rate * factor for name, rate in self.rates.items()}

    def run_epoch(
        self, progress: Callable[[int, Mapping[str, float]], object] | None = None
    ) -> None:
        """Train one epoch and validate; ``progress(examples, running figures)`` after every step.

        Raises
        ------
        Diverged
            A settle diverged; names the step.
        """
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(self.examples)
        right, cost, steps, seen = 0.0, 0.0, 0.0, 0
        for number in range(self.steps_per_epoch):
            step = self.epoch * self.steps_per_epoch + number
            chosen = order[number * self.recipe.batch : (number + 1) * self.recipe.batch]
            with one_blas_thread():
                tally = self.learn(step, chosen, rng)
            right += tally.right
            cost += tally.cost
            steps += tally.steps
            seen += len(chosen)
            if progress:
                progress(len(chosen), {"accuracy": right / seen, "cost": cost / seen})
        held_out = self.validate()
        self.history.append(
            {
                "train_accuracy": right / seen,
                "train_cost": cost / seen,
                "validation_accuracy": held_out.accuracy,
                "validation_cost": held_out.cost,
                "settle_steps": steps / seen,
            }
        )
        if self.best_epoch == self.epoch - 1:
            self.best.flat[:] = self.parameters.flat

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return everything a checkpoint needs, as named arrays."""
        arrays = {f"parameters/{k}": v for k, v in self.parameters.items()}
        arrays |= {f"best/{k}": v for k, v in self.best.items()}
        arrays |= {f"update/{k}": v for k, v in self.update.to_arrays().items()}
        keys = self.history[0] if self.history else {}
        arrays |= {f"history/{k}": np.array([h[k] for h in self.history]) for k in keys}
        return arrays

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left.

        Raises
        ------
        ValueError
            An array is missing or has another shape: the checkpoint is of another network.
        """
        try:
            for name in self.parameters:
                for store, part in (("parameters", self.parameters), ("best", self.best)):
                    saved = arrays[f"{store}/{name}"]
                    if saved.shape != part[name].shape:
                        raise ValueError(f"{store}/{name}: {saved.shape}, not {part[name].shape}")
                    part[name][:] = saved
            prefix = "update/"
            self.update.from_arrays(
                {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}
            )
        except KeyError as missing:
            raise ValueError(f"{missing.args[0]}: missing") from None
        columns = {k[len("history/") :]: v for k, v in arrays.items() if k.startswith("history/")}
        rows = zip(*columns.values(), strict=True)
        self.history = [dict(zip(columns, map(float, row), strict=True)) for row in rows]


class Trainer(Training):
    """Trains a network of layers, couplings and a cost in place; see :class:`Training`.

    Parameters
    ----------
    network : Network
    data, validation : Examples
        ``validation`` chooses the epoch whose parameters are kept.
    recipe : Recipe
    solver, stop
        As for :func:`neuroep.settle.settle`; used in all phases and for validation.
    seed : int
    observer : Observer
        Sees every step.
    """

    def __init__(
        self,
        network: Network,
        data: Examples,
        validation: Examples,
        recipe: Recipe,
        *,
        solver: str | Solver = "sweep",
        stop: Stop | None = None,
        seed: int = 0,
        observer: Observer | None = None,
    ) -> None:
        if recipe.estimator in METHODS:
            differentiable(recipe.estimator, solver)
        update = UPDATES[recipe.update](network.parameters)
        super().__init__(network.parameters, len(data), recipe, update, seed)
        self.network = network
        self.data = data
        self.validation = validation
        self.solver = solver
        self.stop = stop
        self.observer = observer

    def learn(self, step: int, chosen: Ints, rng: np.random.Generator) -> Tally:
        """Train on the chosen examples.

        Raises
        ------
        Diverged
            A settle diverged; names the step.
        """
        inputs, target = self.data.batch(chosen, rng)
        found = self._step(step, inputs, target, rng)
        scores = output_scores(self.network, found.free)[0]
        return Tally(
            float((scores.argmax(axis=1) == target.argmax(axis=1)).sum()),
            mean_cost(self.network, scores, target) * len(target),
            float(found.free.steps.sum()),
        )

    def _step(
        self, step: int, inputs: Mapping[str, Input], target: np.ndarray, rng: np.random.Generator
    ) -> Estimate:
        recipe = self.recipe
        found = estimate(
            self.network,
            make_drive(self.network, inputs),
            target,
            recipe.beta,
            estimator=recipe.estimator,
            solver=self.solver,
            stop=self.stop,
            rng=rng,
            record=self.observer.record(step, len(target)) if self.observer else None,
            wanted=[name for name, rate in self.rates.items() if rate],
        )
        if not math.isfinite(found.residual) or not found.gradient.finite:
            raise Diverged(f"step {step}: a settle diverged; smaller rates or weights may help")
        rates = self.rates_at(step)
        if self.observer:
            self.observer.before_update(step, found, rates)
        self.update.apply(self.network.parameters, found.gradient, rates)
        if self.observer:
            self.observer.after_update(step)
        return found

    def validate(self) -> Evaluation:
        """Evaluate the present parameters on the validation data."""
        return evaluate(self.network, self.validation, solver=self.solver, stop=self.stop)
