"""An update of one's own: steps of one size, against the sign of what is asked for."""

from dataclasses import dataclass

import numpy as np

from neuroep.learning.updates.updater import EntryUpdater


@dataclass(frozen=True)
class Signs:
    """One step against the sign of what is asked for, none where little is asked for.

    ``dead_zone``: the largest part of a gradient that moves nothing.
    """

    dead_zone: float = 0.0

    def __post_init__(self):
        if not self.dead_zone >= 0:
            raise ValueError(f"dead_zone must not be negative, got {self.dead_zone}")

    def make(self, parameters, limits, rng):
        return SignUpdater(self, limits)


class SignUpdater(EntryUpdater):
    """Applies :class:`Signs`; a parameter's rate is the size of its step."""

    def __init__(self, options, limits):
        super().__init__(limits)
        self.options = options

    def move(self, values, slope, block):
        asked = np.sign(slope) * (np.abs(slope) > self.options.dead_zone)
        values -= values.dtype.type(block.rate) * asked
