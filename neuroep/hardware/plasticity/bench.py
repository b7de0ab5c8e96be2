"""What stands on the bench while a chip learns, whatever its physics."""

from collections.abc import Callable, Iterator
from typing import Protocol

from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.plasticity.account import Account

Progress = Callable[[int], object]
"""Told the number of each example that is over."""


class LearningBench(Protocol):
    """Some examples that a chip learns by itself."""

    @property
    def schedule(self) -> Schedule:
        """When the chip does what."""

    @property
    def threshold(self) -> float:
        """At which a capacitor asks for a pulse, V."""

    @property
    def packet(self) -> float:
        """By how much a pulse lowers it, V."""

    @property
    def span(self) -> float:
        """From the lowest to the highest conductance of a device, S."""

    def accounts(self, progress: Progress) -> Iterator[Account]:
        """Yield neuroep's own accounts: by exact settling, then in time."""

    @property
    def text(self) -> str:
        """The netlist of the whole chip and all examples."""

    def in_ngspice(self, timeout: float) -> Account:
        """Return the account of one ngspice transient of the whole chip; ``timeout``: s."""
