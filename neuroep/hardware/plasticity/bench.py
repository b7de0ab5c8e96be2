"""What stands on the bench while a chip learns, whatever its physics."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.plasticity.account import Account

Progress = Callable[[int], object]
"""Told the number of each example that is over."""


class Circuits(Protocol):
    """What the plasticity circuits of a chip say of themselves."""

    @property
    def unit(self) -> str:
        """Of a request."""

    @property
    def pulse(self) -> float:
        """Request of one pulse, in this unit."""

    @property
    def threshold(self) -> float:
        """At which a capacitor asks for a pulse, V; 0 where there is none."""

    @property
    def decides(self) -> str:
        """What decides on pulses, in the plural."""

    @property
    def rails(self) -> Mapping[str, str]:
        """What each pair of rails feeds."""

    def bracket(self, account: Account) -> tuple[float, float]:
        """Return between which shares of what decides, the same pulses would have come.

        Of thresholds, or of what trains send: below the first or above the second there would have
        been others.
        """


class LearningBench(Protocol):
    """Some examples that a chip learns by itself."""

    @property
    def circuits(self) -> Circuits:
        """What writes its synapses."""

    @property
    def schedule(self) -> Schedule:
        """When the chip does what."""

    @property
    def told(self) -> str:
        """Which devices these are, one line."""

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
