"""Stochastic gradient descent."""

from dataclasses import dataclass

import numpy as np

from neuroep.core import updates as kernels
from neuroep.core.tables import Floats
from neuroep.learning.updates.updater import Block, EntryUpdater, Limits
from neuroep.network.parameters import Parameters


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent with heavy-ball momentum.

    Parameters
    ----------
    momentum : float
        Share of the velocity that is kept, 0 for plain descent.

    Raises
    ------
    ValueError
        The momentum is not in [0, 1).
    """

    momentum: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must be in [0, 1), got {self.momentum}")

    def make(
        self, parameters: Parameters, limits: Limits, rng: np.random.Generator
    ) -> "SGDUpdater":
        """Return an updater of these parameters."""
        return SGDUpdater(self.momentum, parameters, limits)


class SGDUpdater(EntryUpdater):
    """Applies :class:`SGD`; remembers the velocity."""

    def __init__(self, momentum: float, parameters: Parameters, limits: Limits) -> None:
        super().__init__(limits)
        self.memory = {"velocity": np.zeros(parameters.flat.shape, parameters.flat.dtype)}
        self.momentum = momentum

    def move(self, values: Floats, slope: Floats, block: Block) -> None:
        """Move the values of a block against their gradient, whatever the limits."""
        velocity = self.memory["velocity"][block.part]
        keep = values.dtype.type(self.momentum)
        kernels.momentum(values, slope, velocity, self.rate(block), keep)

    def rate(self, block: Block) -> float:
        """Return the factor on the velocity of a block."""
        return block.rate
