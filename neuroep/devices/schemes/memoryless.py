"""Schemes whose number of pulses is a function of the request alone, and of a draw."""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.jit import scalar_address
from neuroep.core.pulses.memoryless import memoryless
from neuroep.core.tables import Floats
from neuroep.devices.array import DeviceArray
from neuroep.devices.schemes.scheme import Pulser, Rows

MOST = 127
"""Pulses that a synapse can be given in one update."""


@dataclass(frozen=True)
class Memoryless:
    """A subclass gives ``count(request in pulses, c) -> pulses``, scalar Python.

    In its constants stand a uniform draw, ``c[0]``, and the subclass's fields in their order.
    """

    count: ClassVar[Callable[..., float]]
    products: ClassVar[bool] = False

    def make(self, arrays: dict[str, DeviceArray]) -> "Pulser":
        """Return what applies the scheme; it remembers nothing."""
        return MemorylessPulser(self)


class MemorylessPulser:
    """Applies a memoryless scheme."""

    def __init__(self, scheme: Memoryless) -> None:
        self.charges: Mapping[str, Floats] = {}
        self.fast: Mapping[str, DeviceArray] = {}
        self.count = scalar_address(type(scheme).count)
        self.options = np.array([0.0, *map(float, astuple(scheme))])

    def apply(self, rows: Rows, counter: int, books: Floats) -> None:
        """Turn the requests of some rows into pulses, and count them in ``books``."""
        memoryless(
            rows.slope,
            rows.on_rows,
            rows.on_columns,
            self.count,
            self.options.copy(),
            MOST,
            rows.synapses(),
            rows.pulsing(counter, books),
        )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return nothing: there is nothing to remember."""
        return {}
