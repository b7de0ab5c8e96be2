"""Spike-driven equilibrium propagation: synapses learn at spikes from the traces of partners."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from numpy.typing import ArrayLike

from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.rule import Estimate, Grant
from neuroep.settle import Record

if TYPE_CHECKING:
    from neuroep.learning.system import Drive, SpikingSystem, System


@dataclass(frozen=True)
class SpikeDriven(Centered):
    """A spike takes up how the partner's rate changes under the nudge (EqSpike, Martin 2021).

    dW_ij gathers S_i r_j' + S_j r_i' at spikes S while the network moves from the free state to
    +beta, and with the other sign to -beta; r' is the difference of two low-pass traces. No rate is
    averaged and no phase stored. What a phase leaves over is the ripple of the traces, so time
    constants are long against the distance of spikes and short against a phase. Martin et al. 2021,
    arXiv:2010.07859.

    Parameters
    ----------
    beta : float
        Nudging strength.
    fast, slow : float
        Time constants of the two traces of a neuron, s.

    Raises
    ------
    ValueError
        beta is zero or not finite, or a time constant is not positive.
    """

    title: ClassVar[str] = "EP, spike-driven"

    fast: float = 4e-6
    slow: float = 8e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("fast", "slow"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")

    def check(self, system: "System") -> None:
        """Raise a ValueError where nothing spikes, or something does not learn from spikes."""
        if not system.sends_spikes:
            raise ValueError("spike_driven: nothing spikes here; it needs the solver spiking")
        cast("SpikingSystem", system).check_spike_slope()

    def step(
        self,
        system: "System",
        drive: "Drive",
        target: ArrayLike,
        grant: Grant,
        rng: np.random.Generator,
        *,
        wanted: Collection[str] | None = None,
        record: Record | None = None,
    ) -> Estimate:
        """Settle free and nudged, and read what spikes and traces have gathered on the way."""
        spiking = cast("SpikingSystem", system)
        count = len(np.asarray(target))
        betas = self.betas(count, rng)
        free = system.settle(drive, record=Record(tuple(range(count))))
        nudged = system.settle(
            drive, beta=betas, target=target, start=free, record=Record(tuple(range(betas.size)))
        )
        shares, _ = self.shares(betas)
        asked = spiking.spike_slope(free, nudged, shares, self.fast, self.slow)
        kept = record.examples if record else ()
        slots = [p * count + e for p in range(len(betas)) for e in kept]
        found = Estimate(asked, (_with_record(free, kept), _with_record(nudged, slots)))
        grant(found)
        return found


def _with_record(settled: Any, slots: Sequence[int]) -> Any:
    # Every example was recorded to learn from it; who asked for some gets these.
    kept = list(slots)
    if not kept:
        return replace(settled, trace=settled.trace[:1, :0], raster=settled.raster[:1, :0])
    return replace(settled, trace=settled.trace[:, kept], raster=settled.raster[:, kept])
