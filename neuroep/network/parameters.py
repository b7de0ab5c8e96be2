"""All parameters of a network as named views of one flat buffer."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import DTypeLike

from neuroep.core.buffers import zeros
from neuroep.core.tables import Floats


class Parameters(Mapping[str, Floats]):
    """Named arrays over one flat buffer: kernels read the buffer, people the names.

    Parameters
    ----------
    shapes : dict
        Shape of each parameter, in the order of the buffer.
    dtype : float32 or float64
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], dtype: DTypeLike) -> None:
        self.shapes = dict(shapes)
        self.offsets: dict[str, int] = {}
        total = 0
        for name, shape in self.shapes.items():
            self.offsets[name] = total
            total += int(np.prod(shape))
        self.flat: Floats = zeros(total, dtype)
        self._views = {
            name: self.flat[begin : begin + int(np.prod(self.shapes[name]))].reshape(
                self.shapes[name]
            )
            for name, begin in self.offsets.items()
        }

    def __getitem__(self, name: str) -> Floats:
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def rows(self, name: str, first: int, last: int) -> Floats:
        """Return rows first..last of an array, a view."""
        return self._views[name][first:last]

    @property
    def finite(self) -> bool:
        """Whether nothing is infinite or not a number."""
        return bool(np.isfinite(self.flat.sum()))

    def zeros_like(self) -> "Parameters":
        """Return parameters of the same names and shapes, all zero: a gradient to fill."""
        return Parameters(self.shapes, self.flat.dtype)

    def copy(self) -> "Parameters":
        """Return an independent copy."""
        twin = self.zeros_like()
        twin.flat[:] = self.flat
        return twin
