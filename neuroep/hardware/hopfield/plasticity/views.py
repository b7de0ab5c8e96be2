"""A network of neurons that learns on the bench: in closed form, by its equations, in ngspice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.closed import learn_by_sweeps
from neuroep.hardware.hopfield.plasticity.netlist import learn_in_ngspice, learning_netlist
from neuroep.hardware.hopfield.plasticity.ode import learn
from neuroep.hardware.plasticity.account import Account
from neuroep.hardware.plasticity.bench import Progress


@dataclass(frozen=True)
class HopfieldLearningBench:
    """Some examples that a chip of neurons learns by itself."""

    chip: LearningChip
    told: str = ""
    """Which devices these are."""

    @property
    def schedule(self) -> Schedule:
        """When the chip does what."""
        return self.chip.schedule

    @property
    def unit(self) -> str:
        """Of a request."""
        return self.chip.writer.unit

    @property
    def pulse(self) -> float:
        """Request of one pulse, in this unit."""
        return self.chip.writer.pulse

    @property
    def threshold(self) -> float:
        """At which a capacitor asks for a pulse, V; 0 where there is none."""
        return self.chip.writer.threshold

    @property
    def span(self) -> float:
        """From the lowest to the highest conductance of a device, S."""
        return self.chip.device["gmax"] - self.chip.device["gmin"]

    @property
    def decides(self) -> str:
        """What decides on pulses, in the plural."""
        return self.chip.writer.decides

    @property
    def rails(self) -> Mapping[str, str]:
        """What each pair of rails feeds."""
        return self.chip.writer.rails

    def bracket(self, account: Account) -> tuple[float, float]:
        """Return between which shares of what decides on pulses, they would have been the same."""
        return self.chip.writer.bracket(account)

    def accounts(self, progress: Progress) -> Iterator[Account]:
        """Yield neuroep's own accounts: by exact sweeps, then by the chip's equations."""
        yield learn_by_sweeps(self.chip)
        yield learn(self.chip, progress)

    @property
    def text(self) -> str:
        """The netlist of the whole chip and all examples."""
        return learning_netlist(self.chip).text

    def in_ngspice(self, timeout: float) -> Account:
        """Return the account of one ngspice transient of the whole chip."""
        return learn_in_ngspice(self.chip, timeout)
