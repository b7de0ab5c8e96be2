"""Coincidence: stochastic pulse trains on rows and columns, and a device that is their AND."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.pulses.arrays import REFUSED
from neuroep.core.pulses.coincidence import coincide
from neuroep.core.tables import Floats
from neuroep.devices.array import DeviceArray
from neuroep.devices.schemes.memoryless import Memoryless, MemorylessPulser
from neuroep.devices.schemes.scheme import Rows


def count(request: float, c: Sequence[float]) -> float:
    """Return in how many of c[1] slots there is a pulse of a train whose mean is the request."""
    chance = min(abs(request) / c[1], 1.0)
    pulses, share, rest = 0.0, (1.0 - chance) ** c[1], c[0]
    while rest >= share and pulses < c[1]:  # the inverse of the binomial distribution
        rest -= share
        share *= (c[1] - pulses) / (pulses + 1.0) * chance / max(1.0 - chance, 1e-300)
        pulses += 1.0
    return pulses if request > 0 else -pulses


@dataclass(frozen=True)
class Coincidence(Memoryless):
    """Trains of pulses on rows and columns, at rates that their drivers know.

    A centered contrast is two products an example, m_i d_j + d_i m_j, of means and differences of
    what lines did in both nudged phases; each is a pair of trains (Gokmen & Vlasov 2016). What is
    no product of two lines (biases, queries, stored patterns) is written row after row: the row's
    train has no gap.

    Parameters
    ----------
    length : int
        Slots of a train.
    """

    length: int = 31

    count: ClassVar[Callable[..., float]] = staticmethod(count)
    products: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 1 <= self.length <= 63:
            raise ValueError(f"length must be 1 to 63, got {self.length}")

    def make(self, arrays: dict[str, DeviceArray]) -> "Coincider":
        """Return what applies the scheme; it remembers nothing."""
        return Coincider(self)


class Coincider(MemorylessPulser):
    """Applies :class:`Coincidence`."""

    def __init__(self, scheme: Coincidence) -> None:
        super().__init__(scheme)
        self.length = scheme.length

    def apply(self, rows: Rows, counter: int, books: Floats) -> None:
        """Send trains to some rows and all columns, and count pulses in ``books``."""
        if rows.products is None:
            asked = np.abs(rows.on_rows[:, None] * rows.slope * rows.on_columns)
            books[REFUSED] += np.maximum(asked - self.length, 0.0).sum(dtype=float)
            super().apply(rows, counter, books)
            return
        before, behind = rows.products
        first = rows.begin // rows.slope.shape[1]
        coincide(
            before[:, first : first + len(rows.slope)],
            behind,
            rows.on_rows,
            rows.on_columns,
            self.length,
            first,
            rows.synapses(),
            rows.pulsing(counter, books),
        )
