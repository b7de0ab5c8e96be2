"""No gain: requests are the gradient times the rate."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats
from neuroep.devices.gains.gain import Asked
from neuroep.devices.gains.momentum import Momentum, check_share


@dataclass(frozen=True)
class Plain:
    """Plain gradient descent: what is asked of a weight is -rate dC/dw.

    Parameters
    ----------
    momentum : float
        Share of its charge that each synapse's capacitor keeps, so that requests follow the mean
        of recent gradients; 0 takes no capacitor.
    """

    momentum: float = 0.0

    def __post_init__(self) -> None:
        check_share(self, "momentum")

    def make(self, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype) -> "PlainShaper":
        """Return what applies it to matrices of these shapes."""
        return PlainShaper(Momentum(self.momentum, shapes, dtype))


class PlainShaper:
    """Applies :class:`Plain`; remembers what requests follow."""

    watches = False

    def __init__(self, momentum: Momentum) -> None:
        self.momentum = momentum
        self.mixes = bool(momentum.keep)

    def see(self, asked: Asked) -> None:
        """See some rows of an update: nothing is made of them."""

    def seen(self, name: str, update: int) -> None:
        """Take note that all rows have been seen."""

    def factors(self, asked: Asked, rate: float) -> tuple[Floats, Floats, Floats]:
        """Return the gradient, and the rate in units of a weight."""
        slope, correct = self.momentum.follow(asked)
        return slope, *alike(slope, -rate * correct * asked.unit)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return self.momentum.to_arrays()


def alike(slope: Floats, factor: float) -> tuple[Floats, Floats]:
    """Return factors on the rows and columns of a matrix whose entries all have the same."""
    rows, columns = slope.shape
    return np.full(rows, slope.dtype.type(factor)), np.ones(columns, slope.dtype)
