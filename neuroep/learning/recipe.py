"""How to train: the recipe of a training run."""

import math
from dataclasses import dataclass, field
from typing import Literal

from neuroep.learning.estimators import NAMES
from neuroep.learning.updates.gradient_descent import UPDATES


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Parameters
    ----------
    epochs, batch : int
    beta : float
        Nudging strength.
    estimator : {"centered", "one_sided", "random_sign", "bptt", "implicit"}
        The last two are backpropagation, for reference: without nudge, and not through spikes.
    update : {"adam", "sgd"}
    rates : dict
        Learning rate by shell-style pattern of parameter names; the first that fits counts.
    decay : {"cosine", "none"}
        Whether rates fall to zero over the run along a half cosine.
    patience : int
        Epochs without a better validation accuracy before training stops; 0 never stops early.

    Raises
    ------
    ValueError
        A value is out of range.
    """

    epochs: int = 5
    batch: int = 64
    beta: float = 0.5
    estimator: Literal["centered", "one_sided", "random_sign", "bptt", "implicit"] = "centered"
    update: Literal["adam", "sgd"] = "adam"
    rates: dict[str, float] = field(default_factory=lambda: {"*": 1e-3})
    decay: Literal["cosine", "none"] = "cosine"
    patience: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"epochs must be at least 1, got {self.epochs}")
        if self.batch < 1:
            raise ValueError(f"batch must be at least 1, got {self.batch}")
        if self.beta == 0 or not math.isfinite(self.beta):
            raise ValueError(f"beta must be finite and not zero, got {self.beta}")
        if self.patience < 0:
            raise ValueError(f"patience must not be negative, got {self.patience}")
        if self.estimator not in NAMES:
            raise ValueError(f"estimator must be one of {', '.join(NAMES)}")
        if self.update not in UPDATES:
            raise ValueError(f"update must be one of {', '.join(UPDATES)}")
