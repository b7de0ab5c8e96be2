"""How to train: the recipe of a training run."""

from dataclasses import dataclass, field
from typing import Literal

from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.rule import Rule
from neuroep.learning.updates.adam import Adam
from neuroep.learning.updates.updater import Update


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Parameters
    ----------
    epochs, batch : int
    rule : Rule
        What asks for changes, with its options: one of ``neuroep.learning.rules.RULES``.
    update : Update
        What grants them, with its options: one of ``neuroep.learning.updates.UPDATES``.
    rates : dict
        Learning rate by shell-style pattern of parameter names; the first that fits counts.
    decay : {"cosine", "none"}
        Whether rates fall to zero over the run along a half cosine.
    patience : int
        Epochs without a better one before training stops; 0 never stops early.
    choose : {"accuracy", "cost"}
        Which figure of the validation data tells the better epoch, whose parameters are kept. A few
        examples are soon all right; their cost still tells epochs apart.
    shards : int
        Contiguous parts that each batch is cut into. Each settles by itself, with its own source of
        randomness, so that several workers can share a batch; results depend on how many there are.

    Raises
    ------
    ValueError
        A value is out of range.
    """

    epochs: int = 5
    batch: int = 64
    rule: Rule = field(default_factory=Centered)
    update: Update = field(default_factory=Adam)
    rates: dict[str, float] = field(default_factory=lambda: {"*": 1e-3})
    decay: Literal["cosine", "none"] = "cosine"
    patience: int = 0
    choose: Literal["accuracy", "cost"] = "accuracy"
    shards: int = 1

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"epochs must be at least 1, got {self.epochs}")
        if self.batch < 1:
            raise ValueError(f"batch must be at least 1, got {self.batch}")
        if self.patience < 0:
            raise ValueError(f"patience must not be negative, got {self.patience}")
        if not 1 <= self.shards <= self.batch:
            raise ValueError(
                f"shards must be 1 to the {self.batch} examples of a batch, got {self.shards}"
            )
        if self.shards > 1 and not self.rule.once:
            raise ValueError(
                f"shards: {self.rule.title} grants at every step of a settle, with all of its "
                "batch: it needs shards = 1"
            )
        if self.shards > 1 and not self.rule.adds:
            raise ValueError(
                f"shards: {self.rule.title} asks for the signs of a whole batch's mean, which do "
                "not follow from those of its parts: it needs shards = 1"
            )
