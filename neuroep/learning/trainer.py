"""The trainer: epochs over the data, chosen on validation data, resumable."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from neuroep.core.tables import Ints
from neuroep.core.threads import one_blas_thread
from neuroep.learning.evaluation import Evaluation, Examples, evaluate
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.system import System, as_system
from neuroep.learning.updates import Updater, rates_by_name, within
from neuroep.network.parameters import Parameters, real_numbers
from neuroep.settle import Record


class Observer(Protocol):
    """Sees every grant of a training before its update, and every step after its last one."""

    def record(self, step: int, examples: int) -> Record | None:
        """Return which of a batch's examples the settles of a step have to record, if any."""

    def before_update(self, step: int, found: Estimate, rates: Mapping[str, float]) -> None:
        """See the phases and the gradient estimate."""

    def after_update(self, step: int) -> None:
        """See the parameters as the step has changed them."""


class Diverged(RuntimeError):
    """A settle diverged in training or could not begin, so that there is no gradient."""


class Trainer:
    """Epochs over the data, whatever the network; :meth:`run_epoch` is one.

    The order of examples and all noise depend on (seed, epoch) alone, so a resumed run continues
    exactly as the uninterrupted one would have.

    Parameters
    ----------
    system : System, Network or ResistiveNetwork
        Learns in place.
    data, validation : Examples
        ``validation`` chooses the epoch whose parameters are kept.
    recipe : Recipe
    seed : int
    observer : Observer
        Sees every grant.
    updater : Updater
        Grants what the rule asks for; as the recipe says when absent.

    Attributes
    ----------
    history : list of dict
        train_accuracy, train_cost (of the free phases while learning), validation_accuracy,
        validation_cost and mean settling steps of each epoch; where parameters have limits, how
        many entries its updates would have moved beyond them (``clipped``).
    best : Parameters
        Those of the best epoch.

    Raises
    ------
    ValueError
        A batch larger than the data, rates that do not fit the parameters, or a rule or an update
        that does not fit the system.
    """

    def __init__(
        self,
        system: System | Any,
        data: Examples,
        validation: Examples,
        recipe: Recipe,
        *,
        seed: int = 0,
        observer: Observer | None = None,
        updater: Updater | None = None,
    ) -> None:
        self.system = as_system(system)
        self.parameters = self.system.parameters
        self.examples = len(data)
        if recipe.batch > self.examples:
            raise ValueError(f"batch {recipe.batch} is larger than the {self.examples} examples")
        recipe.rule.check(self.system)
        self.rates = rates_by_name(self.parameters, recipe.rates)
        within(self.parameters, self.system.limits)
        self.updater = updater or recipe.update.make(
            self.parameters, self.system.limits, update_rng(seed)
        )
        self.data = data
        self.validation = validation
        self.recipe = recipe
        self.seed = seed
        self.observer = observer
        self.steps_per_epoch = -(-self.examples // recipe.batch)
        self.history: list[dict[str, float]] = []
        self.best: Parameters = self.parameters.copy()
        self._clipped = 0

    @property
    def epoch(self) -> int:
        """Number of epochs done."""
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        """Index of the epoch that the recipe chooses by validation; the earliest of equals."""
        figures = [h[f"validation_{self.recipe.choose}"] for h in self.history]
        return int(np.argmin(figures) if self.recipe.choose == "cost" else np.argmax(figures))

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

    def batches(self, epoch: int) -> Iterator[tuple[int, Ints, np.random.Generator]]:
        """Yield the number of each step of an epoch, its examples, and the source of its noise."""
        rng = np.random.default_rng([self.seed, epoch])
        order = rng.permutation(self.examples)
        for number in range(self.steps_per_epoch):
            begin = number * self.recipe.batch
            chosen = order[begin : begin + self.recipe.batch]
            yield epoch * self.steps_per_epoch + number, chosen, rng

    def run_epoch(
        self, progress: Callable[[int, Mapping[str, float]], object] | None = None
    ) -> None:
        """Train one epoch and validate; ``progress(examples, running figures)`` after every step.

        Raises
        ------
        Diverged
            A settle diverged, or could not begin; names the step.
        """
        right, cost, steps, seen = 0.0, 0.0, 0.0, 0
        self._clipped = 0
        for step, chosen, rng in self.batches(self.epoch):
            with one_blas_thread():
                free, target = self.learn(step, chosen, rng)
                scores = self.system.scores(free)[0]
                cost += float(self.system.cost(free, target)[0].sum())
            right += float((scores.argmax(axis=1) == target.argmax(axis=1)).sum())
            steps += float(free.steps.sum())
            seen += len(chosen)
            if progress:
                progress(len(chosen), {"accuracy": right / seen, "cost": cost / seen})
        held_out = self.validate()
        figures = {
            "train_accuracy": right / seen,
            "train_cost": cost / seen,
            "validation_accuracy": held_out.accuracy,
            "validation_cost": held_out.cost,
            "settle_steps": steps / seen,
        }
        if self.system.limits:
            figures["clipped"] = float(self._clipped)
        self.history.append(figures)
        if self.best_epoch == self.epoch - 1:
            self.best.flat[:] = self.parameters.flat

    def learn(self, step: int, chosen: Ints, rng: np.random.Generator) -> tuple[Any, np.ndarray]:
        """Train on the chosen examples; return their free phase and targets.

        Diverged, as for :meth:`run_epoch`.
        """
        rates = self.rates_at(step)
        inputs, target = self.data.batch(chosen, rng)

        def grant(found: Estimate) -> None:
            if not math.isfinite(found.residual) or not found.gradient.finite:
                raise Diverged(
                    f"step {step}: a settle diverged; smaller rates, weights or beta may help"
                )
            if self.observer:
                self.observer.before_update(step, found, rates)
            self.updater.apply(self.parameters, found.gradient, rates)
            self.parameters.changes += 1
            self._clipped += self.updater.clipped

        wanted = [name for name, rate in self.rates.items() if rate]
        record = self.observer.record(step, len(target)) if self.observer else None
        try:
            drive = self.system.clamp(inputs)
            found = self.recipe.rule.step(
                self.system, drive, target, grant, rng, wanted=wanted, record=record
            )
        except ValueError as error:  # a beta that the outputs do not hold, a floating node
            raise Diverged(f"step {step}: {error}") from error
        self.updater.elapse(len(target))
        self.parameters.changes += 1
        if self.observer:
            self.observer.after_update(step)
        return found.free, target

    def validate(self) -> Evaluation:
        """Evaluate the present parameters on the validation data."""
        return evaluate(self.system, self.validation)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return everything a checkpoint needs, as named arrays."""
        arrays = {f"parameters/{k}": v for k, v in self.parameters.items()}
        arrays |= {f"best/{k}": v for k, v in self.best.items()}
        arrays |= {f"update/{k}": v for k, v in self.updater.to_arrays().items()}
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
                    view = part[name]
                    view[:] = real_numbers(f"{store}/{name}", saved, view.dtype)
            prefix = "update/"
            self.updater.from_arrays(
                {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}
            )
        except KeyError as missing:
            raise ValueError(f"{missing.args[0]}: missing") from None
        columns = {k[len("history/") :]: v for k, v in arrays.items() if k.startswith("history/")}
        rows = zip(*columns.values(), strict=True)
        self.history = [dict(zip(columns, map(float, row), strict=True)) for row in rows]


def update_rng(seed: int) -> np.random.Generator:
    """Return the source of an updater's randomness, apart from those of the epochs."""
    return np.random.default_rng([seed, 0, 1])
