"""Accumulate and pulse: a leaky capacitor a synapse, with a threshold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.pulses.accumulate import accumulate
from neuroep.core.tables import Floats
from neuroep.devices.array import DeviceArray
from neuroep.devices.schemes.scheme import Rows


@dataclass(frozen=True)
class Accumulate:
    """Requests add up on a capacitor a synapse; a pulse, and its charge off, when it is full.

    Parameters
    ----------
    keep : float
        Share of its charge that a capacitor keeps from one update to the next.
    injection : float
        Spread over the synapses of what switches add to a charge at every update, in pulses.
    swap : int
        Updates after which the plates of all capacitors are swapped, so that what is injected
        cancels; 0 never swaps.
    most : int
        Pulses that a synapse can be given in one update; what is beyond stays on the capacitor.
    """

    keep: float = 1.0
    injection: float = 0.0
    swap: int = 0
    most: int = 16

    products: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 0 < self.keep <= 1:
            raise ValueError(f"keep must be in (0, 1], got {self.keep}")
        if self.injection < 0:
            raise ValueError(f"injection must not be negative, got {self.injection}")
        if self.swap < 0:
            raise ValueError(f"swap must not be negative, got {self.swap}")
        if self.most < 1:
            raise ValueError(f"most must be at least 1, got {self.most}")

    def make(self, arrays: dict[str, DeviceArray]) -> "Accumulator":
        """Return empty capacitors for these arrays."""
        return Accumulator(self, arrays)


class Accumulator:
    """Applies :class:`Accumulate`; remembers the charges, in pulses."""

    def __init__(self, options: Accumulate, arrays: dict[str, DeviceArray]) -> None:
        self.options = options
        self.fast: Mapping[str, DeviceArray] = {}
        self.charges: Mapping[str, Floats] = {
            name: np.zeros(array.plus.size, array.plus.dtype) for name, array in arrays.items()
        }

    def held(self, rows: Rows) -> Floats:
        """Return the charges of some rows, a view (rows, columns)."""
        return self.charges[rows.name][rows.begin : rows.end].reshape(rows.slope.shape)

    def apply(self, rows: Rows, counter: int, books: Floats) -> None:
        """Add requests to the charges of some rows, and fire the whole pulses in them."""
        options, real = self.options, rows.slope.dtype.type
        plates = -1.0 if options.swap and counter // options.swap % 2 else 1.0
        accumulate(
            rows.slope,
            rows.on_rows,
            rows.on_columns,
            self.held(rows),
            real(options.keep),
            plates * options.injection,
            options.most,
            rows.synapses(),
            rows.pulsing(counter, books),
        )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return {f"charge/{name}": charge for name, charge in self.charges.items()}
