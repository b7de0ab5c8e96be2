"""What a network makes of data: predictions, cost, spikes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats, Ints
from neuroep.core.threads import one_blas_thread
from neuroep.learning.system import System, as_system
from neuroep.network.inputs import Input


class Examples(Protocol):
    """Data as a network takes it. ``rng`` is given when training, for noise such as dropout."""

    def __len__(self) -> int: ...

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], Floats]:
        """Return what is clamped, by layer, and the targets (B, outputs)."""


@dataclass(frozen=True, repr=False)
class Evaluation:
    """Figures over a set of examples.

    Attributes
    ----------
    accuracy, cost : float
        Share of right classes; mean cost.
    labels : (n,)
        The right classes.
    scores : (n, outputs)
        Output activities, or class probabilities behind a read-out.
    steps : float
        Mean settling steps.
    spikes : dict of str to (n,)
        Spikes per neuron of each layer, for every example; empty without spikes.
    saturated : float
        How often, per example, an activity was beyond what its spiking line can carry.
    not_converged : int
        Examples whose settle did not meet its tolerance.
    """

    accuracy: float
    cost: float
    labels: Ints
    scores: Floats
    steps: float
    spikes: dict[str, NDArray[np.float64]]
    saturated: float
    not_converged: int

    @property
    def stuck(self) -> Ints:
        """Outputs that are the same for every example, those of their own class among them.

        They stand at a rail, and do not learn where no nudge moves them off it.
        """
        alike = self.scores.min(axis=0) == self.scores.max(axis=0)
        asked = np.isin(np.arange(self.scores.shape[1]), self.labels)
        return np.flatnonzero(alike & asked & (len(self.scores) > 1))

    def __repr__(self) -> str:
        missed = f", {self.not_converged} not converged" if self.not_converged else ""
        return (
            f"{type(self).__name__}({len(self.labels)} examples: accuracy {self.accuracy:.4f}, "
            f"cost {self.cost:.4f}, {self.steps:.1f} settle steps{missed})"
        )


def evaluate(
    system: System | Any,
    data: Examples,
    *,
    batch: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Evaluation:
    """Settle every example freely and compare the largest output with its class.

    Parameters
    ----------
    system : System, Network or ResistiveNetwork
    data : Examples
        At least one.
    batch : int
        Examples settled at once; as many as the system says when absent.
    progress : callable
        Called with the number of examples done since the last call.
    """
    system = as_system(system)
    batch = batch or system.batch
    scores, targets, costs, steps, failed, saturated = [], [], [], [], 0, 0
    spikes: dict[str, list[NDArray[np.float64]]] = {}
    for first in range(0, len(data), batch):
        inputs, target = data.batch(np.arange(first, min(first + batch, len(data))))
        with one_blas_thread():  # or the last digits depend on how many there are
            settled = system.settle(system.clamp(inputs))
            scores.append(system.scores(settled)[0].copy())  # a view would keep the state
            costs.append(system.cost(settled, target)[0])
        targets.append(target)
        steps.append(settled.steps[0])
        failed += settled.missed
        counts, beyond = system.spikes(settled)
        saturated += beyond
        for name, count in counts.items():
            spikes.setdefault(name, []).append(count[0])
        if progress:
            progress(len(target))
    got, wanted = np.concatenate(scores), np.concatenate(targets)
    return Evaluation(
        float((got.argmax(axis=1) == wanted.argmax(axis=1)).mean()),
        float(np.concatenate(costs).mean()),
        wanted.argmax(axis=1),
        got,
        float(np.concatenate(steps).mean()),
        {name: np.concatenate(parts) for name, parts in spikes.items()},
        saturated / len(got),
        failed,
    )
