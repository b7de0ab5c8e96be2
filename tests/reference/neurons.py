"""Neuron types by their textbook formulas, conjugates in closed form."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Function = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class Neuron:
    """Activity sigma(u), slope, F(u) with sigma = dF/du, and F*(s); all take the gain as well."""

    activity: Function
    slope: Function
    lagrangian: Function
    conjugate: Function


def xlogx(x: np.ndarray) -> np.ndarray:
    """Return x log x, 0 at 0."""
    return x * np.log(np.where(x > 0, x, 1.0))


def logistic(u: np.ndarray, g: float) -> np.ndarray:
    return 0.5 * (1 + np.tanh(2 * g * (np.asarray(u) - 0.5)))


NEURONS = {
    "Linear": Neuron(
        activity=lambda u, g: g * u,
        slope=lambda u, g: g + 0 * u,
        lagrangian=lambda u, g: g * u**2 / 2,
        conjugate=lambda s, g: s**2 / (2 * g),
    ),
    "HardSigmoid": Neuron(
        activity=lambda u, g: np.clip(g * u, 0, 1),
        slope=lambda u, g: np.where((g * u > 0) & (g * u < 1), g, 0.0),
        lagrangian=lambda u, g: np.where(
            g * u <= 0, 0.0, np.where(g * u >= 1, u - 1 / (2 * g), g * u**2 / 2)
        ),
        conjugate=lambda s, g: s**2 / (2 * g),
    ),
    "Sigmoid": Neuron(
        activity=logistic,
        slope=lambda u, g: g * (1 - np.tanh(2 * g * (u - 0.5)) ** 2),
        lagrangian=lambda u, g: np.logaddexp(0, 4 * g * (u - 0.5)) / (4 * g),
        conjugate=lambda s, g: s / 2 + (xlogx(s) + xlogx(1 - s)) / (4 * g),
    ),
    "Tanh": Neuron(
        activity=lambda u, g: np.tanh(g * u),
        slope=lambda u, g: g * (1 - np.tanh(g * u) ** 2),
        lagrangian=lambda u, g: (np.logaddexp(g * u, -g * u) - np.log(2)) / g,
        conjugate=lambda s, g: (xlogx(1 + s) + xlogx(1 - s)) / (2 * g),
    ),
}
"""By name of the layer type."""
