"""Networks of layers and couplings, as learning sees them."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Floats, Reals
from neuroep.learning.attention import AttentionMap
from neuroep.learning.gradient import Gradient
from neuroep.learning.hopfield.backprop.reference import (
    METHODS,
    backprop_gradient,
    check_reciprocal,
    differentiable,
)
from neuroep.learning.hopfield.backprop.rest import AtRest
from neuroep.learning.hopfield.slopes import at_devices, energy_slope
from neuroep.learning.hopfield.spike_slopes import check_learns_from_spikes, spike_slope
from neuroep.learning.reading import Reading
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.updates.updater import Limits
from neuroep.network.hopfield.costs import Cost
from neuroep.network.hopfield.drive import Drive, make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.inputs import Input
from neuroep.network.parameters import Parameters
from neuroep.settle import Settled, Solver, Stop, settle
from neuroep.settle.hopfield.inspect import attention_of
from neuroep.settle.hopfield.settling import solver_of


@dataclass(frozen=True)
class HopfieldSystem:
    """A network of layers, couplings and a cost, and how it is settled.

    Implements :class:`neuroep.learning.system.System`; ``dataclasses.replace`` gives the same
    network settled another way.

    Parameters
    ----------
    network : Network
    solver, stop
        As for :func:`neuroep.settle.settle`.
    limits : dict of str to (float, float)
        Smallest and largest value of parameters by name; none without an entry.
    factored : bool
        Whether gradients of all couplings are held as factors, for pulses on rows and columns.
    reading : Reading
        Samplers of the outputs that scores are of.
    """

    batch: ClassVar[int] = 128

    network: Network
    solver: str | Solver = "sweep"
    stop: Stop | None = None
    limits: Limits = field(default_factory=dict)
    factored: bool = False
    reading: Reading = field(default_factory=Reading)

    @property
    def sends_spikes(self) -> bool:
        """Whether its solver sends spikes."""
        return solver_of(self.solver).spikes

    @property
    def whole_phases(self) -> bool:
        """Whether its solver knows whole phases alone."""
        return solver_of(self.solver).whole

    @property
    def parameters(self) -> Parameters:
        """What learns, in place."""
        return self.network.parameters

    @property
    def outputs(self) -> int:
        """Width of a target."""
        return self.network.outputs

    def clamp(self, inputs: Mapping[str, Input]) -> Drive:
        """Clamp a batch, with the parameters as they are now; see :func:`make_drive`."""
        return make_drive(self.network, inputs, sample=True)

    def reclamp(self, drive: Drive) -> Drive:
        """Clamp the inputs of a drive once more, with the parameters as they are now."""
        return make_drive(self.network, drive.sequences, sample=True)

    def settle(self, drive: Drive, *, stop: Stop | None = None, **options: Any) -> Settled:
        """Let the network settle; see :func:`neuroep.settle.settle`."""
        return settle(self.network, drive, solver=self.solver, stop=stop or self.stop, **options)

    def slope(
        self,
        phases: Sequence[tuple[Settled, ArrayLike]],
        wanted: Collection[str] | None = None,
    ) -> Gradient:
        """Return the mean over the examples of the sum over phases of share * dE/d(parameter)."""
        gradient = None
        for settled, share in phases:
            mean = np.asarray(share) / settled.drive.count
            gradient = energy_slope(
                settled, mean, into=gradient, wanted=wanted, factored=self.factored
            )
        if gradient is None:
            return Gradient(self.parameters)
        return at_devices(self.network, gradient)

    def check_spike_slope(self) -> None:
        """Check that all that learns can do so from spikes; a ValueError where it cannot."""
        check_learns_from_spikes(self.network)

    def spike_slope(
        self, free: Settled, nudged: Settled, share: ArrayLike, fast: float, slow: float
    ) -> Gradient:
        """Return the mean over the examples of what spikes ask for; see :func:`spike_slope`."""
        mean = np.asarray(share) / nudged.drive.count
        return at_devices(self.network, spike_slope(free, nudged, mean, fast, slow))

    @property
    def _cost(self) -> Cost:
        if self.network.cost is None:
            raise ValueError("the network has no cost, so no output")
        return self.network.cost

    def scores(self, settled: Settled) -> Floats:
        """Return output activities, or class probabilities behind a read-out, (P, B, outputs)."""
        cost = self._cost
        read = self.reading.samples(settled.activity(str(cost.layer)))
        return cost.scores(self.network, read)

    def cost(self, settled: Settled, target: ArrayLike) -> Floats:
        """Return the cost of every settled example, (P, B)."""
        cost = self._cost
        standing = cost.scores(self.network, settled.activity(str(cost.layer)))
        return cost.value(standing, np.asarray(target))

    def spikes(self, settled: Settled) -> tuple[dict[str, Reals], int]:
        """Return spikes per neuron of each layer, (P, B), and how often a line was saturated."""
        if settled.saturated is None:
            return {}, 0
        counts = {k: settled.spike_counts(k).mean(axis=-1) for k in self.network.settling}
        return counts, int(settled.saturated.sum())

    # Looking into it

    def attention(self, settled: Settled, example: int) -> dict[str, AttentionMap]:
        """Return what each attention layer looked at in one example of the first phase."""
        layers = self.network.layers
        return {
            name: AttentionMap(
                layers[name].stored, layers[name].asking, attention_of(settled, name, example)
            )
            for name in self.network.settling
            if layers[name].stored
        }

    def largest(self, drive: Drive) -> float:
        """Return the largest clamped value, 1 at least: what residuals are relative to."""
        return max(1.0, *(float(np.abs(x).max(initial=0.0)) for x in drive.values.values()))

    # Reference gradients

    @property
    def lowest_beta(self) -> float:
        """Nothing is known of a limit."""
        return -math.inf

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the reference gradients that can be had."""
        return METHODS

    def exactly(self, stop: Stop) -> "HopfieldSystem":
        """Return the same network, settled by exact sweeps."""
        return replace(self, solver="sweep", stop=stop)

    def in_steps(self, steps: int) -> "HopfieldSystem":
        """Return the same network, moved by so many synchronous steps and no further."""
        return replace(self, solver="synchronous", stop=Stop(0.0, steps))

    def through_time(
        self, drive: Drive, target: ArrayLike, steps: int | None, truncate: int | None
    ) -> Estimate:
        """Return the gradient of backpropagation through so many steps, or so many of them."""
        found = backprop_gradient(
            self.network,
            drive,
            target,
            solver=self.solver,
            steps=steps,
            truncate=truncate,
            stop=self.stop,
        )
        return Estimate(found.gradient, (found.free,))

    def going_back(self, free: Settled, target: Floats, steps: Sequence[int]) -> Iterator[Gradient]:
        """Yield the gradient of BPTT that goes back so many steps, all at the fixed point."""
        rest = AtRest(free, target, free.drive.plan.synchronous, patterns=True)
        for step in rest.steps(steps[-1]):
            if step in steps:
                yield rest.gradient()

    def check_reference(self, method: str) -> None:
        """Check that the solver's steps have a derivative; a ValueError where they have none."""
        differentiable(method, self.solver)
        check_reciprocal(self.network)

    def reference(
        self,
        drive: Drive,
        target: ArrayLike,
        method: str,
        wanted: Collection[str] | None = None,
    ) -> Estimate:
        """Return the gradient of the mean settled cost; see :func:`backprop_gradient`."""
        self.check_reference(method)
        found = backprop_gradient(
            self.network,
            drive,
            target,
            method="bptt" if method == "bptt" else "implicit",
            solver=self.solver,
            stop=self.stop or Stop(),
            wanted=wanted,
        )
        # The trajectory has done its work, and is large.
        free = replace(found.free, trace=found.free.trace[:1, :0].copy())
        return Estimate(found.gradient, (free,))
