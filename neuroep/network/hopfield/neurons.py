"""Layers of plain neurons: one scalar activation, the gradient of a convex Lagrangian.

A new neuron type is a subclass of :class:`Neurons` with three scalar functions, and its line in
``LAYER_TYPES`` of :mod:`neuroep.network.hopfield.catalogue` if designs shall name it. No kernel
changes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from neuroep.core import tables
from neuroep.core.hopfield import activations
from neuroep.core.jit import scalar_address
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.network.hopfield.drawn import DrawnUnits
from neuroep.network.hopfield.layer import Layer
from neuroep.network.parameters import UNBOUNDED, Parameters

if TYPE_CHECKING:
    from neuroep.network.hopfield.drive import Drive
    from neuroep.network.hopfield.network import Network
    from neuroep.network.hopfield.wiring import Plan

ScalarFunction = Callable[..., float]


@dataclass(frozen=True)
class Neurons(Layer):
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

    Notes
    -----
    Subclasses set ``activity``, ``slope`` and ``lagrangian``, scalar functions
    ``f(potential, constants)`` with ``constants[0]`` the gain unless ``kernel_constants`` says
    otherwise, with sigma = dF/du and F convex; and ``low``, ``high``, the range of the activity.
    """

    size: int
    gain: float = field(default=1.0, kw_only=True)
    bias: float = field(default=0.0, kw_only=True)
    bias_spread: float = field(default=0.0, kw_only=True)

    activity: ClassVar[ScalarFunction]
    slope: ClassVar[ScalarFunction]
    lagrangian: ClassVar[ScalarFunction]

    centre: ClassVar[float] = 0.0
    """Potential about which a unit's own gain turns its activation."""

    def __post_init__(self) -> None:
        self.check({"size": 1, "gain": 0.0, "bias": -math.inf, "bias_spread": -math.inf})
        if not 0 <= self.bias_spread < UNBOUNDED:
            raise ValueError(f"bias_spread must be from 0 on and finite, got {self.bias_spread}")

    @property
    def low(self) -> float:
        """Lowest activity."""
        raise NotImplementedError

    @property
    def high(self) -> float:
        """Highest activity."""
        raise NotImplementedError

    @property
    def constant(self) -> str:
        """Name of the biases."""
        return f"{self.name}.bias"

    def shape(self, network: "Network") -> tuple[int, int]:
        """Return (1, size): plain neurons are one row."""
        return 1, self.size

    def parameter_shapes(self, network: "Network") -> dict[str, tuple[int, ...]]:
        """Return the shape of the biases."""
        return {self.constant: (self.size,)}

    def initial(self, parameters: Parameters, rng: np.random.Generator) -> None:
        """Set the biases."""
        biases = parameters[self.constant]
        biases[:] = self.bias
        if self.bias_spread:
            biases += rng.uniform(-self.bias_spread, self.bias_spread, biases.shape)

    def row(self, plan: "Plan", row: Ints) -> None:
        """Fill in where kernels find the scalar functions."""
        kind = type(self)
        row[tables.KIND] = tables.POINTWISE
        row[tables.ACTIVITY] = scalar_address(kind.activity)
        row[tables.SLOPE] = scalar_address(kind.slope)
        row[tables.LAGRANGIAN] = scalar_address(kind.lagrangian)

    def kernel_constants(self) -> Reals:
        """Return what the scalar functions take as their constants: the gain."""
        return np.array([[self.gain]])

    def drawn_constants(self, units: DrawnUnits, own: Reals) -> Reals:
        """Return ``own`` behind what each unit differs by."""
        return units.neuron_constants(self, own)

    def steepest(self, units: DrawnUnits) -> float:
        """Return the largest factor on the slope of a unit's activity."""
        argument, _, scale = units.neuron_constants(self, np.empty((1, 0))).T
        return float((argument * scale).max())

    def differing(self, gain: Reals, offset: Reals, saturation: Reals) -> tuple[Reals, ...]:
        """Return (a, b, c) of units whose activity is c sigma(a v + b), (n,) each.

        ``gain``: factor on the slope about the centre; ``offset``: added to the potential;
        ``saturation``: factor on the activity where it levels off.
        """
        return gain, gain * (offset - self.centre) + self.centre, saturation

    def rest(
        self, drive: "Drive", inputs: tables.Inputs, activity: Floats, lagrangian: Reals
    ) -> None:
        """Write sigma(0)."""
        activity[:] = [type(self).activity(0.0, own) for own in self.kernel_constants()]

    def cut(self, size: int) -> Self:
        """Return the layer with its first units alone."""
        return replace(self, size=size)

    @property
    def full_scale(self) -> float:
        """Activity that a line carries when it spikes at every step (normalised)."""
        return max(abs(self.low), abs(self.high))

    @property
    def signed(self) -> bool:
        """Whether activities, and so spikes, can be negative."""
        return self.low < 0

    @property
    def rails(self) -> tuple[float, float]:
        """Between which values its potential times its gain is cut; NaN where it is not so."""
        return activations.rails(type(self).activity)


@dataclass(frozen=True)
class HardSigmoid(Neurons):
    """clip(g v, 0, 1): an amplifier between rails; the seed paper's neuron with gain 1/2."""

    activity = staticmethod(activations.hard_sigmoid)
    slope = staticmethod(activations.hard_sigmoid_slope)
    lagrangian = staticmethod(activations.hard_sigmoid_lagrangian)
    low = 0.0
    high = 1.0

    def differing(self, gain: Reals, offset: Reals, saturation: Reals) -> tuple[Reals, ...]:
        """Return units whose upper rail moves, and not their slope."""
        return gain / saturation, gain * offset / saturation, saturation


@dataclass(frozen=True)
class Sigmoid(Neurons):
    """1 / (1 + exp(-4 g (v - 1/2))): the smooth twin of the hard sigmoid, centred at 1/2."""

    activity = staticmethod(activations.sigmoid)
    slope = staticmethod(activations.sigmoid_slope)
    lagrangian = staticmethod(activations.sigmoid_lagrangian)
    low = 0.0
    high = 1.0
    centre = 0.5


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

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check({"limit": 0.0})

    def differing(self, gain: Reals, offset: Reals, saturation: Reals) -> tuple[Reals, ...]:
        """Return units that nothing levels off."""
        return gain, gain * offset, np.ones_like(saturation)

    @property
    def full_scale(self) -> float:
        """Activity that a line carries when it spikes at every step (normalised)."""
        return self.limit
