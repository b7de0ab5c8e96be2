"""Scalar neuron functions: activity, its slope and the Lagrangian whose gradient it is.

Each is plain scalar Python, so that it is at once compiled for the kernels and callable as its own
slow reference. ``constants[0]`` is the gain g, the slope of the activation at its steepest
point. The Lagrangian F is convex and sigma = dF/du (Krotov & Hopfield 2021, eq. 2-4); the
energy uses its convex conjugate F*(s) = u s - F(u) at s = sigma(u).
"""

import math
from collections.abc import Callable, Sequence

ScalarFunction = Callable[..., float]


def clips(low: float, high: float) -> Callable[[ScalarFunction], ScalarFunction]:
    """Mark an activity as clip(constants[0] u, low, high): kernels may clip layers at once."""

    def mark(activity: ScalarFunction) -> ScalarFunction:
        activity.rails = low, high  # type: ignore[attr-defined]
        return activity

    return mark


def rails(activity: ScalarFunction) -> tuple[float, float]:
    """Return between which values g u is clipped to make an activity; NaN: it is another one."""
    found: tuple[float, float] = getattr(activity, "rails", (math.nan, math.nan))
    return found


@clips(-math.inf, math.inf)
def linear(u: float, constants: Sequence[float]) -> float:
    """Return g u."""
    return constants[0] * u


def linear_slope(u: float, constants: Sequence[float]) -> float:
    """Return g."""
    return constants[0]


def linear_lagrangian(u: float, constants: Sequence[float]) -> float:
    """Return g u^2 / 2."""
    return 0.5 * constants[0] * u * u


@clips(0.0, 1.0)
def hard_sigmoid(u: float, constants: Sequence[float]) -> float:
    """Return clip(g u, 0, 1)."""
    return min(max(constants[0] * u, 0.0), 1.0)


def hard_sigmoid_slope(u: float, constants: Sequence[float]) -> float:
    """Return g between the rails and 0 beyond them."""
    s = constants[0] * u
    return constants[0] if 0.0 < s < 1.0 else 0.0


def hard_sigmoid_lagrangian(u: float, constants: Sequence[float]) -> float:
    """Return 0 below the lower rail, g u^2 / 2 between the rails, u - 1/(2 g) above."""
    s = constants[0] * u
    if s <= 0.0:
        return 0.0
    if s >= 1.0:
        return u - 0.5 / constants[0]
    return 0.5 * s * u


def sigmoid(u: float, constants: Sequence[float]) -> float:
    """Return 1 / (1 + exp(-4 g (u - 1/2))): smooth twin of clip(g (u - 1/2) + 1/2, 0, 1)."""
    x = 4.0 * constants[0] * (u - 0.5)
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def sigmoid_slope(u: float, constants: Sequence[float]) -> float:
    """Return 4 g s (1 - s)."""
    e = math.exp(-abs(4.0 * constants[0] * (u - 0.5)))
    return 4.0 * constants[0] * e / ((1.0 + e) * (1.0 + e))


def sigmoid_lagrangian(u: float, constants: Sequence[float]) -> float:
    """Return log(1 + exp(4 g (u - 1/2))) / (4 g)."""
    x = 4.0 * constants[0] * (u - 0.5)
    return (max(x, 0.0) + math.log1p(math.exp(-abs(x)))) / (4.0 * constants[0])


def tanh(u: float, constants: Sequence[float]) -> float:
    """Return tanh(g u)."""
    return math.tanh(constants[0] * u)


def tanh_slope(u: float, constants: Sequence[float]) -> float:
    """Return g (1 - tanh(g u)^2)."""
    s = math.tanh(constants[0] * u)
    return constants[0] * (1.0 - s * s)


def tanh_lagrangian(u: float, constants: Sequence[float]) -> float:
    """Return log(cosh(g u)) / g."""
    x = abs(constants[0] * u)
    return (x + math.log1p(math.exp(-2.0 * x)) - math.log(2.0)) / constants[0]
