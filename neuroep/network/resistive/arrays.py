"""What joins layers where an array is more than its devices: wires between a line's ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from neuroep.core.tables import Floats, Reals

Ports = tuple[Reals, Reals]
"""Voltages of all row lines (B, rows) and of all column lines (B, columns) at their ends, V."""


class SynapseArray(Protocol):
    """The synapses between two layers as they act between the ends of their lines."""

    @property
    def transfer(self) -> Reals:
        """The conductance between each row line and each column line, (rows, columns), S."""

    @property
    def among_rows(self) -> Reals:
        """The same between row lines, (rows, rows), nothing on the diagonal."""

    @property
    def among_columns(self) -> Reals:
        """The same between column lines, (columns, columns)."""

    def drops(self, ports: Ports) -> Reals:
        """Return what stands across every device, (rows, columns, B), V."""

    def currents(self, ports: Ports) -> Ports:
        """Return what leaves every row line and what enters every column line, A."""

    def products(self, ports: Ports, shares: Reals, others: Ports | None = None) -> Reals:
        """Return the sum of shares (B,) times the drops across a device, (rows, columns), V^2.

        Times the drops in ``others``, the same state without it.
        """


MakeArray = Callable[[int, Floats], SynapseArray]
"""Returns the array behind a layer by the layer's number and the array's conductances."""


@dataclass(frozen=True)
class Reduced:
    """The arrays that ``make`` made of conductances that were ``given`` (a copy of all)."""

    make: MakeArray
    given: Floats
    arrays: tuple[SynapseArray, ...]

    def holds(self, make: MakeArray, flat: Floats) -> bool:
        """Return whether the same would be made of the conductances as they are now."""
        return make is self.make and np.array_equal(self.given, flat)
