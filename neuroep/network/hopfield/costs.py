"""The cost whose nudge teaches the network."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np

from neuroep.core import tables
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.errors import Unheld
from neuroep.network.hopfield.neurons import Neurons
from neuroep.network.parameters import Parameters, draw_uniform

if TYPE_CHECKING:
    from neuroep.network.hopfield.network import Network
    from neuroep.network.hopfield.wiring import Plan


@dataclass(frozen=True)
class Cost(ABC):
    """A cost of any type; ``layer``, or its name, is read and nudged."""

    layer: Neurons | str
    kind: ClassVar[int]

    def outputs(self, network: "Network") -> int:
        """Return the width of a target."""
        return network.size(self.layer)

    def parameter_shapes(self, network: "Network") -> dict[str, tuple[int, ...]]:
        """Return full name and shape of every parameter of its own."""
        return {}

    def initial(  # noqa: B027  # most costs have none
        self, parameters: Parameters, rng: np.random.Generator
    ) -> None:
        """Write the initial values of its own parameters, zero so far."""

    def row(self, plan: "Plan") -> Ints:
        """Return what kernels know of it, (COST_ENTRIES,)."""
        entries = np.zeros(tables.COST_ENTRIES, np.int64)
        entries[tables.COST_KIND] = self.kind
        entries[tables.COST_LAYER] = plan.index[str(self.layer)]
        return entries

    def curvature(self, network: "Network") -> float:
        """Return a bound on its second derivative in the nudged activities."""
        return 1.0

    def check_nudge(  # noqa: B027  # any beta will do
        self, network: "Network", beta: float
    ) -> None:
        """Check a settle's smallest beta; an Unheld where the nudged energy has no minimum."""

    def scores(self, network: "Network", activity: Floats) -> Floats:
        """Return what is compared with a target (..., outputs), from activities (..., size)."""
        return activity

    @abstractmethod
    def value(self, scores: Floats, target: Floats) -> Floats:
        """Return C (...,) of scores and targets (..., outputs)."""

    @abstractmethod
    def slope(self, scores: Floats, target: Floats) -> Floats:
        """Return dC/d(what is read), (..., outputs): activities, or the read-out's sums."""

    def back(self, network: "Network", slope: Floats) -> Floats:
        """Return dC/d(activity) (..., size) from what :meth:`slope` returned."""
        return slope

    def add_slope(  # noqa: B027  # most costs have no parameters
        self, into: Parameters, activity: Floats, slope: Floats
    ) -> None:
        """Add dC/d(its own parameters), from activities (..., size) and :meth:`slope`."""


@dataclass(frozen=True)
class SquaredError(Cost):
    """C = |s - y|^2 / 2 on an output layer."""

    kind: ClassVar[int] = tables.SQUARED_ERROR

    def check_nudge(self, network: "Network", beta: float) -> None:
        """Check that a negative nudge is weaker than the leak of every unit, 1/gain."""
        layer = cast(Neurons, network.layers[str(self.layer)])
        gain = layer.gain
        if layer.name in network.drawn:
            gain *= layer.steepest(network.drawn[layer.name])
        if 1.0 + beta * gain <= 0.0:
            raise Unheld(
                f"beta {beta:g}: a negative nudge must stay above -1/gain = {-1 / gain:g} "
                f"of layer {layer.name!r}"
            )

    def value(self, scores: Floats, target: Floats) -> Floats:
        """Return C (...,)."""
        value: Floats = 0.5 * ((scores - target) ** 2).sum(axis=-1)
        return value

    def slope(self, scores: Floats, target: Floats) -> Floats:
        """Return s - y."""
        return scores - target


@dataclass(frozen=True)
class CrossEntropy(Cost):
    """C = -sum_j y_j log softmax(W^T s + b)_j behind a layer s: the read-out does not settle.

    W (size, classes) and b are the parameters ``readout.weight`` and ``readout.bias``; both learn
    by a local delta rule (Laborieux et al. 2021, section 3.3).

    Parameters
    ----------
    classes : int
        Number of classes.
    """

    classes: int
    kind: ClassVar[int] = tables.CROSS_ENTROPY

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise ValueError(f"classes must be at least 2, got {self.classes}")

    def outputs(self, network: "Network") -> int:
        """Return the number of classes."""
        return self.classes

    def parameter_shapes(self, network: "Network") -> dict[str, tuple[int, ...]]:
        """Return the shapes of W and b."""
        size = network.size(self.layer)
        return {"readout.weight": (size, self.classes), "readout.bias": (self.classes,)}

    def initial(self, parameters: Parameters, rng: np.random.Generator) -> None:
        """Draw W."""
        draw_uniform(parameters["readout.weight"], 1.0, rng)

    def row(self, plan: "Plan") -> Ints:
        """Return what kernels know of it, (COST_ENTRIES,)."""
        entries, offsets = super().row(plan), plan.network.parameters.offsets
        entries[tables.CLASSES] = self.classes
        entries[tables.READOUT_WEIGHT] = offsets["readout.weight"]
        entries[tables.READOUT_BIAS] = offsets["readout.bias"]
        return entries

    def curvature(self, network: "Network") -> float:
        """Return half the largest eigenvalue of W W^T: log-sum-exp curves by at most 1/2."""
        w: Reals = network.parameters["readout.weight"].astype(float)
        return 0.5 * float(np.linalg.eigvalsh(w.T @ w)[-1])

    def scores(self, network: "Network", activity: Floats) -> Floats:
        """Return the probabilities of the classes."""
        logits = activity @ network.parameters["readout.weight"]
        logits = logits + network.parameters["readout.bias"]
        powers: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
        norm: Floats = powers.sum(axis=-1, keepdims=True)
        return powers / norm

    def value(self, scores: Floats, target: Floats) -> Floats:
        """Return C (...,); a probability of zero counts as the smallest number."""
        tiny = np.finfo(scores.dtype).tiny
        value: Floats = -(target * np.log(np.maximum(scores, tiny))).sum(axis=-1)
        return value

    def slope(self, scores: Floats, target: Floats) -> Floats:
        """Return softmax - y, for targets that add up to 1."""
        slope: Floats = scores * target.sum(axis=-1, keepdims=True) - target
        return slope

    def back(self, network: "Network", slope: Floats) -> Floats:
        """Return what the read-out sends back, (..., size)."""
        current: Floats = slope @ network.parameters["readout.weight"].T
        return current

    def add_slope(self, into: Parameters, activity: Floats, slope: Floats) -> None:
        """Add dC/dW and dC/db: the delta rule."""
        rows = slope.reshape(-1, self.classes)
        into["readout.weight"][:] += activity.reshape(-1, activity.shape[-1]).T @ rows
        into["readout.bias"][:] += slope.sum(axis=tuple(range(slope.ndim - 1)))
