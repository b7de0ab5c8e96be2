"""What learning sees of a network, whatever its physics."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from numpy.typing import ArrayLike

from neuroep.core.tables import Floats, Reals
from neuroep.learning.attention import AttentionMap
from neuroep.learning.gradient import Gradient
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.resistive.system import ResistiveSystem
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.updates.updater import Limits
from neuroep.network.hopfield.network import Network
from neuroep.network.inputs import Input
from neuroep.network.parameters import Parameters
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle import Record, Stop

Drive = Any
"""A clamped batch; only the system that made it looks inside."""

Settled = Any
"""P settled phases of B examples: :class:`neuroep.settle.result.Verdicts` with ``beta`` and
``energy``, all (P, B). What more there is depends on the physics."""


class System(Protocol):
    """A network and how it is settled; ``batch``: examples that evaluation settles at once."""

    batch: ClassVar[int]

    @property
    def network(self) -> Any:
        """What is settled."""

    @property
    def stop(self) -> Stop | None:
        """When a settle ends; the default of :class:`Stop` when absent."""

    @property
    def sends_spikes(self) -> bool:
        """Whether it settles by spikes; then it is a :class:`SpikingSystem`."""

    @property
    def whole_phases(self) -> bool:
        """Whether each settle is a whole phase, however few steps are asked for."""

    @property
    def parameters(self) -> Parameters:
        """What learns, in place."""

    @property
    def limits(self) -> Limits:
        """What each parameter's device can hold; one without an entry has no limits."""

    @property
    def outputs(self) -> int:
        """Width of a target."""

    def clamp(self, inputs: Mapping[str, Input]) -> Drive:
        """Clamp a batch, with the parameters as they are now.

        That they have changed later is noticed as a ``sample`` of them tells; see
        :class:`neuroep.network.parameters.Stamp`.

        Raises
        ------
        ValueError
            The inputs do not fit the network.
        """

    def reclamp(self, drive: Drive) -> Drive:
        """Clamp the inputs of a drive once more, with the parameters as they are now."""

    def settle(
        self,
        drive: Drive,
        *,
        beta: ArrayLike = 0.0,
        target: ArrayLike | None = None,
        start: Settled | None = None,
        stop: Stop | None = None,
        record: Record | None = None,
    ) -> Settled:
        """Let the network settle.

        Parameters
        ----------
        drive : Drive
            B clamped examples.
        beta : float, (P,) or (P, B)
            Nudging strength; several phases settle together. 0 is the free phase.
        target : (B, outputs)
            Not needed in the free phase.
        start : Settled
            One phase of the same examples to start from, or as many as there are betas.
        stop : Stop
            The system's own when absent.
        record : Record
            Examples whose way is kept.

        Raises
        ------
        ValueError
            The arguments do not fit each other or the network.
        """

    def slope(
        self,
        phases: Sequence[tuple[Settled, ArrayLike]],
        wanted: Collection[str] | None = None,
    ) -> Gradient:
        """Return the mean over the examples of the sum over phases of share * dE/d(parameter).

        E is the total energy, in units in which a nudge adds beta times the cost.

        Parameters
        ----------
        phases : sequence of (Settled, shares)
            Shares broadcast to (P, B).
        wanted : collection of str
            Parameters that matter; the slope in others may be left at zero.
        """

    def scores(self, settled: Settled) -> Floats:
        """Return what the outputs say, (P, B, outputs); the largest is the answer."""

    def cost(self, settled: Settled, target: ArrayLike) -> Floats:
        """Return the cost of every settled example, (P, B)."""

    def spikes(self, settled: Settled) -> tuple[dict[str, Reals], int]:
        """Return spikes per neuron of each layer, (P, B), and how often a line was saturated.

        No layers where nothing spikes.
        """

    def attention(self, settled: Settled, example: int) -> dict[str, AttentionMap]:
        """Return what each attention layer looked at in one example; none without attention."""

    def largest(self, drive: Drive) -> float:
        """Return the scale of what is clamped, in the unit of a residual."""

    @property
    def lowest_beta(self) -> float:
        """Nudging strength at and below which there is no stable state; -inf where it is unknown.

        Half way there an estimate is a third off, see :func:`limit_remark`.
        """

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the reference gradients; with "bptt" it is a :class:`SteppingSystem`."""

    def exactly(self, stop: Stop) -> "System":
        """Return the same network, settled to its minimum as exactly as it can be."""

    def check_reference(self, method: str) -> None:
        """Check that a reference gradient can be had.

        Raises
        ------
        ValueError
            It cannot; one line says why.
        """

    def reference(
        self,
        drive: Drive,
        target: ArrayLike,
        method: str,
        wanted: Collection[str] | None = None,
    ) -> Estimate:
        """Return the gradient of the mean settled cost by backpropagation.

        Parameters
        ----------
        method : {"bptt", "implicit"}

        Raises
        ------
        ValueError
            It cannot be had; one line says why.
        """


class SteppingSystem(System, Protocol):
    """A system that settles by steps which backpropagation can go back through."""

    def in_steps(self, steps: int) -> System:
        """Return the same network, moved by so many steps in time and no further."""

    def through_time(
        self, drive: Drive, target: ArrayLike, steps: int | None, truncate: int | None
    ) -> Estimate:
        """Return the gradient of backpropagation through the steps of a settle."""

    def going_back(self, free: Settled, target: Floats, steps: Sequence[int]) -> Iterator[Gradient]:
        """Yield the gradient of backpropagation that goes back so many steps from rest."""


class SpikingSystem(System, Protocol):
    """A system that settles by spikes which a synapse can learn from."""

    def check_spike_slope(self) -> None:
        """Check that all that learns can do so from spikes.

        Raises
        ------
        ValueError
            Something cannot; one line says what.
        """

    def spike_slope(
        self, free: Settled, nudged: Settled, share: ArrayLike, fast: float, slow: float
    ) -> Gradient:
        """Return the mean over the examples of what spikes ask for in the nudged phases.

        Parameters
        ----------
        free, nudged : Settled
            One free phase and P nudged ones from its state; every example of each is recorded.
        share : (P, B)
            Factor of each nudged example.
        fast, slow : float
            Time constants of a neuron's two traces, s.
        """


SYSTEMS: dict[type, Any] = {Network: HopfieldSystem, ResistiveNetwork: ResistiveSystem}
"""The system of each type of network."""


def as_system(network: Any, **options: Any) -> System:
    """Return the system of a network, or a system as it is.

    Parameters
    ----------
    network : Network, ResistiveNetwork or System
    options
        Of the system, such as ``solver`` and ``stop``; they replace those of a given system.
    """
    for kind, system in SYSTEMS.items():
        if isinstance(network, kind):
            made: System = system(network, **options)
            return made
    found: System = replace(network, **options) if options else network
    return found
