"""What a network makes of data: predictions, cost, spikes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats, Ints
from neuroep.network.hopfield.drive import Input, make_drive
from neuroep.network.hopfield.network import Network
from neuroep.settle import Settled, Solver, Status, Stop, settle


class Examples(Protocol):
    """Data as a network takes it. ``rng`` is given when training, for noise such as dropout."""

    def __len__(self) -> int: ...

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], Floats]:
        """Return what is clamped, by layer, and the targets (B, outputs)."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """Figures over a set of examples.

    Attributes
    ----------
    accuracy, cost : float
        Share of right classes; mean cost.
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
    scores: Floats
    steps: float
    spikes: dict[str, NDArray[np.float64]]
    saturated: float
    not_converged: int


def output_scores(network: Network, settled: Settled) -> Floats:
    """Return (P, B, outputs): output activities, or class probabilities behind a read-out."""
    if network.cost is None:
        raise ValueError("the network has no cost, so no output")
    return network.cost.scores(network, settled.activity(str(network.cost.layer)))


def mean_cost(network: Network, scores: Floats, target: Floats) -> float:
    """Return the mean cost of scores (B, outputs) against targets of the same shape."""
    if network.cost is None:
        raise ValueError("the network has no cost")
    return float(network.cost.value(scores, target).sum() / len(target))


def evaluate(
    network: Network,
    data: Examples,
    *,
    solver: str | Solver = "sweep",
    stop: Stop | None = None,
    batch: int = 128,
    progress: Callable[[int], object] | None = None,
) -> Evaluation:
    """Settle every example freely and compare the output with its class.

    Parameters
    ----------
    network : Network
    data : Examples
        At least one.
    solver, stop
        As for :func:`neuroep.settle.settle`.
    batch : int
        Examples settled at once.
    progress : callable
        Called with the number of examples done since the last call.
    """
    scores, targets, steps, failed, saturated = [], [], [], 0, 0
    spikes: dict[str, list[NDArray[np.float64]]] = {}
    for first in range(0, len(data), batch):
        inputs, target = data.batch(np.arange(first, min(first + batch, len(data))))
        settled = settle(network, make_drive(network, inputs), solver=solver, stop=stop)
        scores.append(output_scores(network, settled)[0].copy())  # a view would keep the state
        targets.append(target)
        steps.append(settled.steps[0])
        failed += int((settled.status != Status.CONVERGED).sum())
        if settled.saturated is not None:
            saturated += int(settled.saturated.sum())
            for name in network.settling:
                spikes.setdefault(name, []).append(settled.spike_counts(name)[0].mean(axis=1))
        if progress:
            progress(len(target))
    got, wanted = np.concatenate(scores), np.concatenate(targets)
    return Evaluation(
        float((got.argmax(axis=1) == wanted.argmax(axis=1)).mean()),
        mean_cost(network, got, wanted),
        got,
        float(np.concatenate(steps).mean()),
        {name: np.concatenate(parts) for name, parts in spikes.items()},
        saturated / len(got),
        failed,
    )
