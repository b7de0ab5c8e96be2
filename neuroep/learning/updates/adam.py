"""Adam, as a digital co-processor would grant gradients."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core import updates as kernels
from neuroep.core.tables import Floats
from neuroep.learning.updates.updater import Block, EntryUpdater, Limits
from neuroep.network.parameters import Parameters


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1).

    Parameters
    ----------
    first_decay, second_decay : float
        Decay of the running first and second moment.
    epsilon : float
        Added to the root of the second moment.

    Raises
    ------
    ValueError
        A decay is not in [0, 1), or epsilon is not positive.
    """

    first_decay: float = 0.9
    second_decay: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        for name in ("first_decay", "second_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be in [0, 1), got {getattr(self, name)}")
        if not self.epsilon > 0:
            raise ValueError(f"epsilon must be positive, got {self.epsilon}")

    def make(
        self, parameters: Parameters, limits: Limits, rng: np.random.Generator
    ) -> "AdamUpdater":
        """Return an updater of these parameters."""
        return AdamUpdater(self, parameters, limits)


class AdamUpdater(EntryUpdater):
    """Applies :class:`Adam`; remembers both moments."""

    def __init__(self, options: Adam, parameters: Parameters, limits: Limits) -> None:
        first, second = np.zeros((2, parameters.flat.size), parameters.flat.dtype)
        super().__init__(limits)
        self.memory = {"first": first, "second": second, "step": np.array(0)}
        self.options = options

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place."""
        self.memory["step"] += 1
        super().apply(parameters, gradient, rates)

    def move(self, values: Floats, slope: Floats, block: Block) -> None:
        """Move the values of a block against their gradient, whatever the limits."""
        scalar, options = values.dtype.type, self.options
        kernels.adam(
            values,
            slope,
            self.memory["first"][block.part],
            self.memory["second"][block.part],
            block.rate,
            scalar(options.first_decay),
            scalar(options.second_decay),
            int(self.memory["step"]),
            scalar(options.epsilon),
        )
