"""Measured ramps of one direction: conductance after each of many equal pulses, many times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Ints, Reals


@dataclass(frozen=True)
class Ramps:
    """Ramps of one direction, in half ranges about the centre of a device's range.

    Parameters
    ----------
    reads : tuple of float64 arrays
        States as read: before the first pulse, and after each.
    up : bool
        Whether the pulses are potentiating.
    """

    reads: tuple[Reals, ...]
    up: bool

    @classmethod
    def of(cls, siemens: Sequence[Reals], up: bool, g_min: float, g_max: float) -> "Ramps":
        """Return ramps of conductances (S) on the range of a device.

        Raises
        ------
        ValueError
            Fewer than two ramps, one of fewer than three reads, or ramps that together go the other
            way.
        """
        name = "up" if up else "down"
        if len(siemens) < 2:
            raise ValueError(f"{name}: {len(siemens)} ramps; two are needed, one to be held out")
        shortest = min(map(len, siemens))
        if shortest < 3:
            raise ValueError(f"{name}: a ramp of {shortest} reads; three are needed")
        risen = sum(float(g[-1] - g[0]) for g in siemens)
        if not (risen > 0 if up else risen < 0):
            raise ValueError(f"{name}: the ramps together go {'down' if up else 'up'}, or nowhere")
        scale = 0.5 * (g_max - g_min)
        return cls(tuple((np.asarray(g, float) - g_min) / scale - 1.0 for g in siemens), up)

    @property
    def sign(self) -> float:
        """1 for pulses up, -1 for pulses down."""
        return 1.0 if self.up else -1.0

    @property
    def flat(self) -> Reals:
        """All reads, one ramp after the other."""
        return np.concatenate(self.reads)

    @property
    def starts(self) -> Ints:
        """Where each ramp begins in :attr:`flat`, and the end of the last."""
        return np.cumsum([0, *map(len, self.reads)])

    @property
    def steps(self) -> tuple[Reals, Reals]:
        """States as read before pulses, and how far each pulse went the way it should."""
        before = np.concatenate([reads[:-1] for reads in self.reads])
        return before, self.sign * np.concatenate([np.diff(reads) for reads in self.reads])

    def halves(self) -> tuple["Ramps", "Ramps"]:
        """Return every other ramp to fit, and the others to be held out."""
        return Ramps(self.reads[::2], self.up), Ramps(self.reads[1::2], self.up)

    def before_bounds(self, margin: float) -> "Ramps":
        """Return the ramps up to where the bound they go to may have stopped a pulse.

        What comes later says nothing of the law. A ramp that is cut at a read that was looked at is
        as likely as before, so nothing is biased by it.
        """
        cut = []
        for reads in self.reads:
            near = np.flatnonzero(self.sign * reads > 1.0 - margin)
            cut.append(reads[: near[0] + 1] if near.size and near[0] > 1 else reads)
        return Ramps(tuple(cut), self.up)
