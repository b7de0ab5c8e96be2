"""A network of neurons that learns on the bench: in closed form, by its equations, in ngspice."""

from collections.abc import Iterator
from dataclasses import dataclass

from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.closed import learn_by_sweeps
from neuroep.hardware.hopfield.plasticity.netlist import learn_in_ngspice, learning_netlist
from neuroep.hardware.hopfield.plasticity.ode import learn
from neuroep.hardware.hopfield.plasticity.writer import Writer
from neuroep.hardware.plasticity.account import Account
from neuroep.hardware.plasticity.bench import Progress


@dataclass(frozen=True)
class HopfieldLearningBench:
    """Some examples that a chip of neurons learns by itself."""

    chip: LearningChip
    told: str = ""
    """Which devices these are."""

    @property
    def circuits(self) -> Writer:
        """What writes its synapses."""
        return self.chip.writer

    @property
    def schedule(self) -> Schedule:
        """When the chip does what."""
        return self.chip.schedule

    @property
    def span(self) -> float:
        """From the lowest to the highest conductance of a device, S."""
        return self.chip.device["gmax"] - self.chip.device["gmin"]

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
