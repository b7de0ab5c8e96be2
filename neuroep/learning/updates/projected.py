"""Descent of device values: rates in units of what the device can hold."""

import math
from dataclasses import dataclass

import numpy as np

from neuroep.learning.updates.sgd import SGD, SGDUpdater
from neuroep.learning.updates.updater import Block, Limits
from neuroep.network.parameters import Parameters


@dataclass(frozen=True)
class Projected(SGD):
    """Stochastic gradient descent at rates that are normalised to the device.

    With w = g / (g_max - g_min), dw = -rate dC/dw. Every updater keeps within the limits; this one
    cannot do without them.
    """

    def make(
        self, parameters: Parameters, limits: Limits, rng: np.random.Generator
    ) -> "ProjectedUpdater":
        """Return an updater; a ValueError where a parameter has no limits to scale its rate by."""
        return ProjectedUpdater(self.momentum, parameters, limits)


class ProjectedUpdater(SGDUpdater):
    """Applies :class:`Projected`; remembers the velocity."""

    def __init__(self, momentum: float, parameters: Parameters, limits: Limits) -> None:
        super().__init__(momentum, parameters, limits)
        self._scalar = parameters.flat.dtype.type
        for name in parameters:
            low, high = limits.get(name, (0.0, math.inf))
            if not math.isfinite(high - low):
                raise ValueError(
                    f"update: projected rates are normalised to limits, and {name!r} has none"
                )

    def unit(self, name: str) -> float:
        """Return the square of the device's range."""
        low, high = self.limits[name]
        return float((high - low) ** 2)

    def rate(self, block: Block) -> float:
        """Return the factor on the velocity of a block, in the dtype of the parameters."""
        factor: float = self._scalar(block.rate * self.unit(block.name))
        return factor
