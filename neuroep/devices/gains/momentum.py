"""Momentum on the capacitor: requests follow the mean of recent gradients."""

from collections.abc import Mapping

import numpy as np

from neuroep.core.pulses.lines import smoothed
from neuroep.core.tables import Floats
from neuroep.devices.gains.gain import Asked


class Momentum:
    """A capacitor a synapse, which forgets the rest of its charge when a gradient is added to it.

    Its charge is a running mean of gradients, begun at nothing; the drivers make up for that as
    Adam does (Kingma & Ba 2015, section 3).

    Parameters
    ----------
    keep : float
        Share of its charge that is left after an update; with 0 there is no capacitor.
    shapes : dict
        Of the matrices.
    dtype : float32 or float64
    """

    def __init__(self, keep: float, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype) -> None:
        self.keep = keep
        self.kept: dict[str, Floats] = {
            name: np.zeros(shape, dtype) for name, shape in shapes.items() if keep
        }

    def follow(self, asked: Asked) -> tuple[Floats, float]:
        """Return the mean of recent gradients, (rows, columns) before a factor, and the factor."""
        if not self.keep:
            return asked.slope, 1.0
        kept = self.kept[asked.name][asked.first : asked.last]
        smoothed(asked.slope.reshape(-1), kept.reshape(-1), kept.dtype.type(self.keep))
        return kept, 1.0 / (1.0 - self.keep**asked.update)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return {f"kept/{name}": kept for name, kept in self.kept.items()}


def check_share(options: object, *names: str) -> None:
    """Check that options are shares below 1.

    Raises
    ------
    ValueError
        One is not in [0, 1); begins with its name.
    """
    for name in names:
        if not 0 <= getattr(options, name) < 1:
            raise ValueError(f"{name} must be in [0, 1), got {getattr(options, name)}")
