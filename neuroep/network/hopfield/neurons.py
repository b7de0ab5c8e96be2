"""Layers of plain neurons: one scalar activation, the gradient of a convex Lagrangian.

A new neuron type is a subclass of :class:`Neurons` with three scalar functions, and its line in
``LAYER_TYPES`` of :mod:`neuroep.network.hopfield.catalogue` if designs shall name it. No kernel
changes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from neuroep.core.hopfield import activations

if TYPE_CHECKING:
    from neuroep.network.hopfield.drive import Drive

ScalarFunction = Callable[..., float]


@dataclass(frozen=True)
class Neurons:
    """A layer of neurons with activity s = sigma(v), elementwise.

    Parameters
    ----------
    size : int
        Number of neurons.
    gain : float
        Slope of the activation at its steepest point.
    bias : float
        Initial value of every neuron's bias.
    bias_spread : float
        Initial biases are drawn uniformly within this of ``bias``.
    name : str
        Name in the network; chosen by it when empty.

    Notes
    -----
    Subclasses set ``activity``, ``slope`` and ``lagrangian``, scalar functions
    ``f(potential, constants)`` with ``constants[0]`` the gain, with sigma = dF/du and F convex; and
    ``low``, ``high``, the range of the activity.
    """

    size: int
    gain: float = field(default=1.0, kw_only=True)
    bias: float = field(default=0.0, kw_only=True)
    bias_spread: float = field(default=0.0, kw_only=True)
    name: str = field(default="", kw_only=True)

    activity: ClassVar[ScalarFunction]
    slope: ClassVar[ScalarFunction]
    lagrangian: ClassVar[ScalarFunction]
    low: ClassVar[float]
    high: ClassVar[float]

    settles: ClassVar[bool] = True
    stored: ClassVar[str] = ""
    asking: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size must be at least 1, got {self.size}")
        if not self.gain > 0:
            raise ValueError(f"gain must be positive, got {self.gain}")
        if not self.bias_spread >= 0:
            raise ValueError(f"bias_spread must not be negative, got {self.bias_spread}")

    @property
    def tokens(self) -> int:
        """Rows of the layer: plain neurons are one row."""
        return 1

    @property
    def width(self) -> int:
        """Units a row."""
        return self.size

    @property
    def constant(self) -> str:
        """Name of the parameter that is a constant current into the layer."""
        return f"{self.name}.bias"

    def used_rows(self, drive: "Drive", example: int) -> int:
        """Return how many rows an example uses: always the one."""
        return 1

    @property
    def full_scale(self) -> float:
        """Activity that a line carries when it spikes at every step (normalised)."""
        return max(abs(self.low), abs(self.high))

    @property
    def signed(self) -> bool:
        """Whether activities, and so spikes, can be negative."""
        return self.low < 0


@dataclass(frozen=True)
class HardSigmoid(Neurons):
    """clip(g v, 0, 1): an amplifier between rails; the seed paper's neuron with gain 1/2."""

    activity = staticmethod(activations.hard_sigmoid)
    slope = staticmethod(activations.hard_sigmoid_slope)
    lagrangian = staticmethod(activations.hard_sigmoid_lagrangian)
    low = 0.0
    high = 1.0


@dataclass(frozen=True)
class Sigmoid(Neurons):
    """1 / (1 + exp(-4 g (v - 1/2))): the smooth twin of the hard sigmoid, centred at 1/2."""

    activity = staticmethod(activations.sigmoid)
    slope = staticmethod(activations.sigmoid_slope)
    lagrangian = staticmethod(activations.sigmoid_lagrangian)
    low = 0.0
    high = 1.0


@dataclass(frozen=True)
class Tanh(Neurons):
    """tanh(g v): a differential pair."""

    activity = staticmethod(activations.tanh)
    slope = staticmethod(activations.tanh_slope)
    lagrangian = staticmethod(activations.tanh_lagrangian)
    low = -1.0
    high = 1.0


@dataclass(frozen=True)
class Linear(Neurons):
    """g v without rails. ``limit`` is the activity that a spiking line can carry at most."""

    limit: float = field(default=1.0, kw_only=True)

    activity = staticmethod(activations.linear)
    slope = staticmethod(activations.linear_slope)
    lagrangian = staticmethod(activations.linear_lagrangian)
    low = float("-inf")
    high = float("inf")

    @property
    def full_scale(self) -> float:
        """Activity that a line carries when it spikes at every step (normalised)."""
        return self.limit
