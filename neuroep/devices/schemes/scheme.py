"""What a scheme is: how requests become whole pulses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from neuroep.core.tables import Floats
from neuroep.devices.array import Array


@dataclass(frozen=True)
class Rows:
    """Some rows of an array of synapses, and what is asked of them.

    Attributes
    ----------
    array : Array
    name : str
        Of the parameter.
    begin, end : int
        First synapse of the rows in the array, and the one behind the last.
    slope : (rows, columns)
        Requests before their factors.
    on_rows, on_columns : (rows,), (columns,)
        A request, in pulses, is the slope times both.
    """

    array: Array
    name: str
    begin: int
    end: int
    slope: Floats
    on_rows: Floats
    on_columns: Floats

    def devices(self) -> tuple[object, ...]:
        """Return the arguments of a kernel that say which devices there are."""
        array, part = self.array, slice(self.begin, self.end)
        minus = array.minus[part] if array.two else array.minus
        flat, plus, given = array.values.reshape(-1)[part], array.plus[part], array.given[part]
        return self.begin, flat, plus, minus, given, array.scale, array.offset, array.code

    def law(self, counter: int, books: Floats) -> tuple[object, ...]:
        """Return those that say what a pulse does; scratch is this call's own."""
        array = self.array
        constants, made = array.constants.copy(), np.empty(4)
        return array.key, counter, array.kind, array.laws, constants, made, books


class Pulser(Protocol):
    """Applies a scheme to the arrays of a network; remembers what it must.

    ``charges``: what has added up on the capacitors of each array, in pulses; none without them.
    """

    charges: Mapping[str, Floats]

    def apply(self, rows: Rows, counter: int, books: Floats) -> None:
        """Turn the requests of some rows into pulses, and count them in ``books``."""
        ...

    def to_arrays(self) -> dict[str, Floats]:
        """Return what a checkpoint needs."""
        ...


class Scheme(Protocol):
    """How requests become pulses: a frozen dataclass whose fields are its options."""

    def make(self, arrays: dict[str, Array]) -> Pulser:
        """Return what applies the scheme to these arrays."""
        ...
