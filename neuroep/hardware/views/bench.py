"""What a program finds on the bench: one input on one circuit, whatever its physics."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.netlist.cells import CellFile
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.views.view import View, Waveform

if TYPE_CHECKING:
    from neuroep.hardware.hopfield.circuit import Circuit
    from neuroep.hardware.hopfield.transistors import Transistors
    from neuroep.network.hopfield.drive import Drive
    from neuroep.settle.hopfield.spiking import Spiking

Volts = dict[str, Reals]
"""Node voltages by layer, V."""

Rate = Callable[[float, Reals], Reals]
"""(time, (voltages of all nodes, energy drawn)) -> their slopes (n + 1,), in V/s and W."""

PHASES = (0.0, 1.0, -1.0)
"""Free, nudged towards the target, nudged away from it: in units of beta."""

Synapse = tuple[str, int, int]
"""Name of a parameter, and the place of one of its entries."""


@dataclass(frozen=True)
class Reading:
    """What a SPICE program says of a netlist.

    ``waves``: voltages over time, or one row of an operating point; ``activities``: at the end,
    normalised, where the family has them; ``power`` (T,): what the supplies deliver, W;
    ``balance``: of the currents at the end, by the elements of the netlist; None: computed from
    the voltages. ``shockley``: whether diodes follow Shockley's law far in reverse as well, as
    those in Verilog-A do.
    """

    waves: Waveform
    activities: Volts | None
    power: Reals
    balance: float | None
    shockley: bool = False


@dataclass(frozen=True)
class SpikingChip:
    """One example on a chip whose lines spike, as ``solver`` says.

    ``target`` (1, outputs); ``cells``: the .cir file of every cell, by name; ``note``: what a
    reader of its netlists must know; ``settles``: whether the design settles by spikes, so that
    SPICE is asked as well, which takes half a minute.
    """

    circuit: "Circuit"
    drive: "Drive"
    target: Reals
    solver: "Spiking"
    cells: Mapping[str, Path] = field(default_factory=dict)
    note: str = ""
    settles: bool = True


@dataclass(frozen=True)
class Metered:
    """What a phase that ran took.

    ``seconds``; ``delivered``: by the supplies, J; ``drawn``: by each kind of cell from its own
    rails, J; ``heat``: of each array, J.
    """

    seconds: float
    delivered: float
    drawn: dict[str, float]
    heat: dict[str, float]


class Deck(Protocol):
    """A netlist of one phase, and how to read the answer."""

    @property
    def text(self) -> str:
        """The netlist."""

    @property
    def used(self) -> Mapping[str, CellFile]:
        """The cells in it, by name."""

    def read(self, plot: Plot) -> Reading:
        """Return what an analysis of it says."""

    def cost(self, plot: Plot) -> float:
        """Return the cost at the end, normalised, from what stands on the output lines alone."""

    def nudge(self, synapse: Synapse, change: float) -> str:
        """Return the netlist with one entry of a parameter changed, wherever it is wired.

        ``change`` is in the unit of the parameter: 1 for a weight, S for a conductance.
        """


class Bench(ABC):
    """One input on one circuit, free and nudged both ways, for every program to run."""

    beta: float

    @property
    @abstractmethod
    def small_change(self) -> float:
        """Of a parameter, in its unit: moves the cost in proportion (to 1e-4)."""

    def changes(self, synapse: Synapse) -> tuple[float, float]:
        """Return by how much a synapse goes up and down for a difference of the cost."""
        return self.small_change, -self.small_change

    @property
    def betas(self) -> Reals:
        """Nudging strengths of the phases, (3,): 0, +beta, -beta."""
        return self.beta * np.array(PHASES)

    @property
    def spiking_chip(self) -> SpikingChip | None:
        """The chip with spiking lines, where it can have them."""
        return None

    @property
    def transistors(self) -> "Transistors | None":
        """The same circuit in transistors, where its cells are of a library of them."""
        return None

    @property
    def reciprocal(self) -> bool:
        """Whether the circuit has an energy, so that its estimate is the gradient of its cost."""
        return True

    @property
    @abstractmethod
    def settled(self) -> View:
        """The own view at rest, which the others are held to."""

    @property
    @abstractmethod
    def timed(self) -> View:
        """The own view in time, which the others are held to."""

    @property
    def starts(self) -> list[Reals]:
        """Voltages (n,) that each phase starts from, V: 0, then twice the free state."""
        free = self.join({name: v[0] for name, v in self.settled.volts.items()})
        return [np.zeros_like(free), free, free]

    @property
    @abstractmethod
    def couplings(self) -> list[str]:
        """Parameters whose entries are synapses of the netlist."""

    @abstractmethod
    def rate(self, beta: float) -> Rate:
        """Return the circuit's equations in one phase, in plain numpy."""

    @abstractmethod
    def split(self, flat: Reals) -> Volts:
        """Return voltages (..., n) of all nodes by layer."""

    @abstractmethod
    def join(self, volts: Mapping[str, Reals]) -> Reals:
        """Return voltages by layer as (..., n); undoes :meth:`split`."""

    def view(
        self,
        name: str,
        ends: Sequence[Reals],
        seconds: float,
        waveforms: Sequence[Waveform] = (),
        energy: Sequence[float] | None = None,
        **known: Any,
    ) -> View:
        """Return a view whose phases end at voltages (n,) of all nodes.

        What it says of them is the :meth:`account`; ``known``: what that need not compute.
        """
        return View(
            name,
            self.betas,
            seconds=seconds,
            waveforms=tuple(waveforms),
            energy=None if energy is None else np.array(energy),
            **self.account(ends, **known),
        )

    @abstractmethod
    def account(self, ends: Sequence[Reals], readings: Sequence[Reading] = ()) -> dict[str, Any]:
        """Return voltages, gradient, balance and power at rest of phases, as a view holds them.

        They are computed from where the phases end, or taken from what a SPICE program read.
        """

    @abstractmethod
    def deck(
        self,
        analyses: Sequence[str],
        beta: float,
        guess: Reals | None = None,
        start: Reals | None = None,
    ) -> Deck:
        """Return the netlist of a phase.

        ``analyses``: of ``.op`` and ``.tran``; ``guess`` (n,): near which an operating point is
        looked for, V; ``start`` (n,): of the transient, V; 0 V when absent.
        """

    def netlist(self, beta: float) -> Deck:
        """Return the netlist of a phase for a reader, with its analyses."""
        return self.deck((".op", ".tran"), beta)

    @abstractmethod
    def gradient(self, betas: Reals, readings: Sequence[Reading]) -> Mapping[str, Reals]:
        """Return equilibrium propagation's estimate from the ends of phases of any betas."""

    def metered(self, timeout: float) -> list[Metered]:
        """Run all phases in ngspice with ammeters in the supplies; nothing: it has none.

        An InputError: ngspice is missing, hangs or fails.
        """
        return []

    def beyond_supply(self) -> list[str]:
        """Say what would leave the supply, one line each."""
        return []

    @abstractmethod
    def second_start(self, view: View) -> float:
        """Return how far from a view's ends neuroep settles from 10 mV beside them, V."""

    @abstractmethod
    def scores(self) -> Reals:
        """Return what the free phase says of each output or class, (outputs,)."""

    @abstractmethod
    def towards(self, target: Reals) -> Self:
        """Return the bench with another target (outputs,)."""
