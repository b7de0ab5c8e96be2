"""What a gain is: the factors between a gradient estimate and what is asked of the devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from neuroep.core.tables import Floats


@dataclass(frozen=True)
class Asked:
    """Some rows of a gradient estimate: a view that may be changed in place.

    Attributes
    ----------
    name : str
        Of the parameter.
    first, last : int
        Its rows.
    slope : (rows, columns)
    update : int
        Number of the update, from 1.
    unit : float
        What a weight of 1 is in values of the parameter, see
        :attr:`neuroep.devices.array.Array.unit`.
    """

    name: str
    first: int
    last: int
    slope: Floats
    update: int
    unit: float = 1.0


class Shaper(Protocol):
    """Applies a gain to the parameters of a network; remembers what it must."""

    watches: bool
    """Whether all rows of an update must be seen before the first of them is granted."""

    mixes: bool
    """Whether requests are more than this update's gradient times factors of rows and columns."""

    def see(self, asked: Asked) -> None:
        """See some rows of an update."""
        ...

    def seen(self, name: str, update: int) -> None:
        """Take note that all rows of a parameter have been seen."""
        ...

    def factors(self, asked: Asked, rate: float) -> tuple[Floats, Floats, Floats]:
        """Return a request as a matrix and factors on its rows and columns, in weight units."""
        ...

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        ...


class Gain(Protocol):
    """A frozen dataclass whose fields are its options."""

    def make(self, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype) -> Shaper:
        """Return what applies the gain to matrices of these shapes."""
        ...
