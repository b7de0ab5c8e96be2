"""Weights that every word shares: the blocks of a dense coupling, one a row, learn as one.

A dense coupling behind an attention layer has a block of weights for each of its rows. Programmed
with the same pulses, these blocks stay alike, so that what is learned about a word holds wherever
in the sentence it stands, and the neurons behind them see a sum over the words.
"""

from collections.abc import Mapping

import numpy as np

from neuroep.learning.probe import WatchedDevices
from neuroep.learning.updates.updater import Spent, Updater
from neuroep.network.parameters import Parameters


class Tied:
    """An updater that gives all blocks of a matrix the mean of what each asks for.

    ``updater``: what grants it; ``rows``: number of blocks of each matrix, whose gradient must not
    be factored.
    """

    def __init__(self, updater: Updater, rows: Mapping[str, int]) -> None:
        self.updater = updater
        self.rows = rows

    @property
    def clipped(self) -> int:
        """Entries that the last :meth:`apply` would have moved beyond a limit."""
        return self.updater.clipped

    @property
    def devices(self) -> Mapping[str, WatchedDevices]:
        """What can be watched of devices, by parameter."""
        return self.updater.devices

    @property
    def budget(self) -> Mapping[str, Spent]:
        """What pulses on devices have come to, by parameter."""
        return self.updater.budget

    def unit(self, name: str) -> float:
        """Return what a rate of 1 asks of a parameter per unit of its gradient."""
        return self.updater.unit(name)

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place; a ValueError where a matrix has no such blocks."""
        for name, count in self.rows.items():
            slope = gradient[name]
            if len(slope) % count:
                raise ValueError(f"tied {name!r}: {len(slope)} rows are not {count} equal blocks")
            blocks = slope.reshape(count, -1, slope.shape[1])
            blocks[:] = blocks.mean(axis=0)
        self.updater.apply(parameters, gradient, rates)

    def elapse(self, examples: int) -> None:
        """Let the time of some examples pass."""
        self.updater.elapse(examples)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return self.updater.to_arrays()

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""
        self.updater.from_arrays(arrays)
