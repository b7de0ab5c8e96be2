"""Spike-driven equilibrium propagation: synapses learn at spikes from the traces of partners."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from numpy.typing import ArrayLike

from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.rule import Estimate, Grant, of_phases
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
    samples: ClassVar[bool] = False

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
        whole = Record(tuple(range(count)))
        free = system.settle(drive, record=whole)
        whole = of_phases(whole, len(betas), count)
        nudged = system.settle(drive, beta=betas, target=target, start=free, record=whole)
        shares, _ = self.shares(betas)
        asked = spiking.spike_slope(free, nudged, shares, self.fast, self.slow)
        kept = record or Record(())
        of_nudged = of_phases(kept, len(betas), count)
        found = Estimate(asked, (_recorded(free, kept), _recorded(nudged, of_nudged)))
        grant(found)
        return found


def _recorded(settled: Any, record: Record) -> Any:
    # Every example was recorded to learn from it; who asked for some gets these.
    kept = list(record.examples)
    steps = None if kept else 1
    return replace(settled, trace=settled.trace[:steps, kept], raster=settled.raster[:steps, kept])
