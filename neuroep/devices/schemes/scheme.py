"""What a scheme is: how requests become whole pulses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from neuroep.core.pulses.arrays import Pulsing, Synapses
from neuroep.core.tables import Floats
from neuroep.devices.array import DeviceArray


@dataclass(frozen=True)
class Rows:
    """Some rows of an array of synapses, and what is asked of them.

    Attributes
    ----------
    array : DeviceArray
    name : str
        Of the parameter.
    begin, end : int
        First synapse of the rows in the array, and the one behind the last.
    slope : (rows, columns)
        Requests before their factors.
    on_rows, on_columns : (rows,), (columns,)
        A request, in pulses, is the slope times both.
    products : ((terms, all rows), (terms, columns)), or None
        What stands before and behind the synapses, where a scheme asks for it and it is known:
        the slope is -before^T behind.
    """

    array: DeviceArray
    name: str
    begin: int
    end: int
    slope: Floats
    on_rows: Floats
    on_columns: Floats
    products: tuple[Floats, Floats] | None = None

    def synapses(self) -> Synapses:
        """Return them as kernels take them."""
        array, part = self.array, slice(self.begin, self.end)
        minus = array.minus[part] if array.two else array.minus
        flat, plus, given = array.values.reshape(-1)[part], array.plus[part], array.given[part]
        return Synapses(self.begin, flat, plus, minus, given, array.scale, array.offset, array.code)

    def pulsing(self, counter: int, books: Floats) -> Pulsing:
        """Return what a pulse does to them, as kernels take it; scratch is this call's own."""
        array = self.array
        constants, made = array.constants.copy(), np.empty(4)
        return Pulsing(
            array.key, array.drivers, counter, array.kind, array.laws, constants, made, books
        )


class Pulser(Protocol):
    """Applies a scheme to the arrays of a network; remembers what it must.

    ``charges``: what has added up on the capacitors of each array, in pulses; none without them.
    ``fast``: a second array of the same devices behind each parameter, where a scheme keeps one;
    its pulses stand in the same books.
    """

    charges: Mapping[str, Floats]
    fast: Mapping[str, DeviceArray]

    def apply(self, rows: Rows, counter: int, books: Floats) -> None:
        """Turn the requests of some rows into pulses, and count them in ``books``."""
        ...

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        ...


class Scheme(Protocol):
    """How requests become pulses: a frozen dataclass whose fields are its options."""

    products: ClassVar[bool]
    """Whether it writes products of what rows and columns know, instead of their sums."""

    def make(self, arrays: dict[str, DeviceArray]) -> Pulser:
        """Return what applies the scheme to these arrays."""
        ...
