"""The scale of each column, fitted to the training rows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from neuroep.core.tables import Floats, Reals

Kind = Literal["range", "standard", "none"]


@dataclass(frozen=True)
class Scaling:
    """x -> (x - offset) / scale, cut to [low, high].

    ``offset``, ``scale`` (columns,) float64; a column that never changes has scale 1.
    """

    offset: Reals
    scale: Reals
    low: float
    high: float

    @classmethod
    def fit(cls, values: Floats, kind: Kind, limit: float) -> "Scaling":
        """Fit to training rows (n, columns); ``limit`` cuts standardised values."""
        x = np.asarray(values, np.float64)
        offset, scale = np.zeros(x.shape[1]), np.ones(x.shape[1])
        low, high = -np.inf, np.inf
        if kind == "range":
            offset, scale = x.min(axis=0), np.ptp(x, axis=0)
            low, high = 0.0, 1.0
        elif kind == "standard":
            offset, scale = x.mean(axis=0), x.std(axis=0)
            low, high = -limit, limit
        # Of a column that never changes roundings leave a deviation.
        return cls(offset, np.where(np.ptp(x, axis=0) > 0, scale, 1.0), low, high)

    def apply(self, values: Floats) -> Floats:
        """Return scaled rows, float32."""
        scaled: Floats = np.clip(
            (np.asarray(values, np.float64) - self.offset) / self.scale, self.low, self.high
        ).astype(np.float32)
        return scaled
