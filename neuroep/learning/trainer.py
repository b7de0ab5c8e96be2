"""The trainer: epochs over the data, chosen on validation data, resumable."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from neuroep.core.tables import Ints
from neuroep.core.threads import one_blas_thread
from neuroep.learning.evaluation import Evaluation, Examples, evaluate
from neuroep.learning.packed import Packed
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.rule import Estimate, Grant
from neuroep.learning.shards import Crew, Lens, Merged, Share, Tally, cut, merge, shard_rng
from neuroep.learning.system import System, as_system
from neuroep.learning.updates import Updater, rates_by_name, within
from neuroep.network.parameters import Parameters, real_numbers
from neuroep.settle import Record


class Observer(Protocol):
    """Sees every grant of a training before its update, and every step after its last one.

    Where batches settle in shards, its ``lens`` reads what it wants of the phases of each.
    """

    @property
    def lens(self) -> Lens:
        """What reads phases for it."""

    def asks(self, step: int) -> Any:
        """Return what the lens has to read of the shards of a step; None: nothing."""

    def record(self, step: int, examples: int) -> Record | None:
        """Return which of a batch's examples the settles of a step have to record, if any."""

    def before_update(
        self, step: int, found: Estimate | Merged, rates: Mapping[str, float]
    ) -> None:
        """See the phases, or what the lens has read of them, and the gradient estimate."""

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
    crew : Crew
        Settles the shards of batches that are cut into some; this process does when absent.

    Attributes
    ----------
    history : list of dict
        train_accuracy, train_cost (of the free phases while learning), validation_accuracy,
        validation_cost and mean settling steps of each epoch; where parameters have limits, how
        many entries its updates would have moved beyond them (``clipped``).
    best : Parameters
        Those of the best epoch.
    held_out : Evaluation or None
        Of the last epoch on the validation data.

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
        crew: Crew | None = None,
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
        self.crew = crew
        self.steps_per_epoch = -(-self.examples // recipe.batch)
        self.history: list[dict[str, float]] = []
        self.best: Parameters = self.parameters.copy()
        self.held_out: Evaluation | None = None
        self._clipped = 0

    @property
    def epoch(self) -> int:
        """Number of epochs done."""
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        """Index of the epoch that the recipe chooses by validation; the earliest of equals.

        A cost that is no number, as of validation examples that diverged, is none to choose.
        """
        figures = np.array([h[f"validation_{self.recipe.choose}"] for h in self.history])
        if self.recipe.choose == "cost":
            figures = -np.where(np.isnan(figures), np.inf, figures)
        return int(np.argmax(figures))

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
        done = Tally()
        self._clipped = 0
        for step, chosen, rng in self.batches(self.epoch):
            with one_blas_thread():
                done += self.learn(step, chosen, rng)
            if progress:
                running = {"accuracy": done.right, "cost": done.cost}
                progress(len(chosen), {name: x / done.examples for name, x in running.items()})
        self.held_out = held_out = self.validate()
        figures = {
            "train_accuracy": done.right / done.examples,
            "train_cost": done.cost / done.examples,
            "validation_accuracy": held_out.accuracy,
            "validation_cost": held_out.cost,
            "settle_steps": done.steps / done.examples,
        }
        if self.system.limits:
            figures["clipped"] = float(self._clipped)
        self.history.append(figures)
        if self.best_epoch == self.epoch - 1:
            self.best.flat[:] = self.parameters.flat

    def learn(self, step: int, chosen: Ints, rng: np.random.Generator) -> Tally:
        """Train on the chosen examples; return what their free phases came to.

        ``rng``: source of all that is random, but for shards, each of which has its own. Diverged,
        as for :meth:`run_epoch`.
        """
        if self.recipe.shards > 1:
            asked, lens = None, None
            if self.observer:
                asked, lens = self.observer.asks(step), self.observer.lens
            shares = self.crew.shares(step) if self.crew else self.settle(step, chosen, asked, lens)
            tally = self.grant_all(step, shares, lens)
        else:
            record = self.observer.record(step, len(chosen)) if self.observer else None
            found, target = self._step(step, chosen, rng, self._granting(step), record)
            self._elapse(len(chosen))
            tally = Tally.of(self.system, found.free, target)
        if self.observer:
            self.observer.after_update(step)
        return tally

    def settle(
        self,
        step: int,
        chosen: Ints,
        asked: Any = None,
        lens: Lens | None = None,
        only: Collection[int] | None = None,
    ) -> list[Share]:
        """Settle the shards of a batch; return what each asks for, and grant nothing.

        ``asked``: what an observer's ``lens`` shall read; ``only``: numbers of the shards, all when
        absent.
        """
        looking = lens if asked is not None else None
        shares = []
        for number, (first, part) in enumerate(cut(chosen, self.recipe.shards)):
            if only is not None and number not in only:
                continue
            record = looking.record(asked, first, len(part)) if looking else None
            granted: list[Estimate] = []
            rng = shard_rng(self.seed, step // self.steps_per_epoch, step, number)
            _, target = self._step(step, part, rng, granted.append, record)
            if len(granted) != 1:
                raise Diverged(f"step {step}: shards: the rule does not grant once a step")
            (found,) = granted
            seen = looking.see(asked, found, first, len(part)) if looking else None
            tally = Tally.of(self.system, found.free, target)
            shares.append(Share(Packed.of(found.gradient), found.residual, tally, seen))
        return shares

    def grant_all(self, step: int, shares: Sequence[Share], lens: Lens | None = None) -> Tally:
        """Grant what all shards of a batch ask for together, and let its time pass."""
        found, tally = merge(shares, self.parameters, lens)
        self._granting(step)(found)
        self._elapse(tally.examples)
        return tally

    def _step(
        self,
        step: int,
        chosen: Ints,
        rng: np.random.Generator,
        grant: Grant,
        record: Record | None,
    ) -> tuple[Estimate, np.ndarray]:
        """Settle examples as the rule does; return its last estimate, and the targets."""
        inputs, target = self.data.batch(chosen, rng)
        wanted = [name for name, rate in self.rates.items() if rate]
        try:
            drive = self.system.clamp(inputs)
            found = self.recipe.rule.step(
                self.system, drive, target, grant, rng, wanted=wanted, record=record
            )
        except ValueError as error:  # a beta that the outputs do not hold, a floating node
            raise Diverged(f"step {step}: {error}") from error
        return found, target

    def _granting(self, step: int) -> Callable[[Estimate | Merged], None]:
        """Return what grants the requests of a step."""
        rates = self.rates_at(step)

        def grant(found: Estimate | Merged) -> None:
            if not math.isfinite(found.residual) or not found.gradient.finite:
                raise Diverged(
                    f"step {step}: a settle diverged; smaller rates, weights or beta may help"
                )
            if self.observer:
                self.observer.before_update(step, found, rates)
            self.updater.apply(self.parameters, found.gradient, rates)
            self.parameters.changes += 1
            self._clipped += self.updater.clipped

        return grant

    def _elapse(self, examples: int) -> None:
        self.updater.elapse(examples)
        self.parameters.changes += 1

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
