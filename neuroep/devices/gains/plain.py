"""No gain: requests are the gradient times the rate."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats
from neuroep.devices.gains.gain import Asked


@dataclass(frozen=True)
class Plain:
    """Plain gradient descent: what is asked of a weight is -rate dC/dw."""

    def make(self, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype) -> "PlainShaper":
        """Return what applies it; it remembers nothing."""
        return PlainShaper()


class PlainShaper:
    """Applies :class:`Plain`."""

    watches = False

    def see(self, asked: Asked) -> None:
        """See some rows of an update: nothing is made of them."""

    def seen(self, name: str) -> None:
        """Take note that all rows have been seen."""

    def factors(self, asked: Asked, rate: float) -> tuple[Floats, Floats, Floats]:
        """Return the gradient and the rate."""
        slope, real = asked.slope, asked.slope.dtype.type
        rows, columns = slope.shape
        return slope, np.full(rows, real(-rate)), np.ones(columns, slope.dtype)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return nothing."""
        return {}
