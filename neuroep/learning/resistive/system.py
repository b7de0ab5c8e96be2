"""Deep resistive networks, as learning sees them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Floats, Reals
from neuroep.learning.attention import AttentionMap
from neuroep.learning.gradient import Gradient
from neuroep.learning.reading import Reading
from neuroep.learning.resistive.implicit import check_reciprocal, implicit_gradient
from neuroep.learning.resistive.slopes import co_content_slope
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.updates.updater import Limits
from neuroep.network.inputs import Input
from neuroep.network.parameters import Parameters
from neuroep.network.resistive.drive import ResistiveDrive, make_resistive_drive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle import Record, Stop
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.resistive.stability import lowest_beta


@dataclass(frozen=True)
class ResistiveSystem:
    """A chain of nodes, conductances and diodes, and when its settle ends.

    Implements :class:`neuroep.learning.system.System`.

    Parameters
    ----------
    network : ResistiveNetwork
    stop : Stop
        ``residual`` in V.
    reading : Reading
        Samplers of the outputs that scores are of.
    """

    batch: ClassVar[int] = 500

    network: ResistiveNetwork
    stop: Stop | None = None
    reading: Reading = field(default_factory=Reading)

    @property
    def sends_spikes(self) -> bool:
        """Nothing spikes."""
        return False

    @property
    def whole_phases(self) -> bool:
        """A settle ends when it is told to."""
        return False

    @property
    def parameters(self) -> Parameters:
        """The conductances, S; they learn in place."""
        return self.network.parameters

    @property
    def limits(self) -> Limits:
        """What the synapses' device can hold, S."""
        return dict.fromkeys(self.parameters, self.network.conductance_range)

    @property
    def outputs(self) -> int:
        """Width of a target."""
        return self.network.outputs

    def clamp(self, inputs: Mapping[str, Input]) -> ResistiveDrive:
        """Clamp a batch of x (B, inputs), the only entry, with the conductances as they are now."""
        if len(inputs) != 1:
            given = ", ".join(map(repr, inputs)) or "nothing"
            raise ValueError(f"inputs: a resistive network clamps one layer, not {given}")
        (x,) = inputs.values()
        return make_resistive_drive(self.network, np.asarray(x), sample=True)

    def reclamp(self, drive: ResistiveDrive) -> ResistiveDrive:
        """Clamp the inputs of a drive once more, with the conductances as they are now."""
        return make_resistive_drive(self.network, drive.inputs, sample=True)

    def settle(
        self,
        drive: ResistiveDrive,
        *,
        stop: Stop | None = None,
        record: Record | None = None,
        **options: Any,
    ) -> ResistiveSettled:
        """Let the network settle; see :func:`settle_resistive`. It keeps no record of its way."""
        if record:
            raise ValueError("record: a resistive network's settle keeps none")
        return settle_resistive(self.network, drive, stop=stop or self.stop, **options)

    def slope(
        self,
        phases: Sequence[tuple[ResistiveSettled, ArrayLike]],
        wanted: Collection[str] | None = None,
    ) -> Gradient:
        """Return the mean over the examples of the sum over phases of share * d(E/kappa)/dg, 1/S.

        ``wanted`` saves nothing here; all synapses are read.
        """
        return co_content_slope(phases)

    def scores(self, settled: ResistiveSettled) -> Floats:
        """Return the predictions, (P, B, outputs)."""
        return self.reading.samples(settled.prediction)

    def cost(self, settled: ResistiveSettled, target: ArrayLike) -> Floats:
        """Return the cost of every settled example, (P, B)."""
        return self.network.cost(settled.volts[-1], target)

    def spikes(self, settled: ResistiveSettled) -> tuple[dict[str, Reals], int]:
        """Return no spikes: there are none."""
        return {}, 0

    def attention(self, settled: ResistiveSettled, example: int) -> dict[str, AttentionMap]:
        """Return nothing: there is no attention."""
        return {}

    def largest(self, drive: ResistiveDrive) -> float:
        """Return the largest voltage of a clamped node, V."""
        return self.network.input_gain * max(1.0, float(np.abs(drive.inputs).max(initial=0.0)))

    @property
    def lowest_beta(self) -> float:
        """Nudging strength at and below which there is no stable state; see the settle."""
        anything = np.zeros((1, self.network.inputs))
        return lowest_beta(make_resistive_drive(self.network, anything))

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the reference gradients that can be had."""
        return ("implicit",)

    def exactly(self, stop: Stop) -> "ResistiveSystem":
        """Return the same network, settled until less than ``stop.residual`` (V) moves."""
        return replace(self, stop=stop)

    def check_reference(self, method: str) -> None:
        """Check a method: only implicit differentiation, and of a chip that has an energy.

        A ValueError otherwise.
        """
        if method == "bptt":
            raise ValueError(
                "bptt: a resistive network settles to a minimum, not by steps of a circuit to go "
                "back through; use implicit"
            )
        if method != "implicit":
            raise ValueError(f"method {method!r}: a resistive network knows implicit")
        check_reciprocal(self.network)

    def reference(
        self,
        drive: ResistiveDrive,
        target: ArrayLike,
        method: str,
        wanted: Collection[str] | None = None,
    ) -> Estimate:
        """Return the gradient of the mean settled cost; see :func:`implicit_gradient`."""
        self.check_reference(method)
        free = self.settle(drive)
        return Estimate(implicit_gradient(free, target), (free,))
