"""Whether an activation has corners, and the smooth neuron that touches one that has.

Where an activation has a corner there is no gradient, so nothing is proved there.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from neuroep.network.hopfield.neurons import HardSigmoid, Neurons, Sigmoid

REACH = 20.0
"""Potentials up to which corners are looked for, times 1 / gain."""

POINTS = 20_001
HALVINGS = 30
JUMP = 0.05
"""Of the steepest slope: what a slope jumps by at a corner, at least."""


def has_corners(layer: Neurons) -> bool:
    """Return whether the slope of a layer's activation jumps somewhere.

    The largest step between neighbours on a grid is looked at ever closer: where the slope is
    continuous the step shrinks with the interval, at a corner it stays.
    """
    constants = np.array([layer.gain, 0.0, 0.0, 0.0])

    def slope(v: float) -> float:
        return float(type(layer).slope(v, constants))

    grid = np.linspace(-REACH, REACH, POINTS) / layer.gain
    slopes = np.array([slope(v) for v in grid])
    at = int(np.abs(np.diff(slopes)).argmax())
    low, high = float(grid[at]), float(grid[at + 1])
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below, above = abs(slope(middle) - slope(low)), abs(slope(high) - slope(middle))
        low, high = (low, middle) if below > above else (middle, high)
    return bool(abs(slope(high) - slope(low)) > JUMP * np.abs(slopes).max())


SMOOTH: dict[type[Neurons], Callable[[Neurons], Neurons]] = {
    # clip(g v, 0, 1) has its centre at v = 1/(2 g), the sigmoid of the same steepest slope at 1/2.
    HardSigmoid: lambda k: Sigmoid(
        k.size,
        gain=k.gain,
        bias=k.bias + centre_shift(k),
        bias_spread=k.bias_spread,
        name=k.name,
    ),
}
"""The smooth neuron that has value and slope of one with corners, where they count."""


def centre_shift(layer: Neurons) -> float:
    """Return what a sigmoid's bias needs to be centred where the clip neuron is."""
    return 0.5 - 0.5 / layer.gain


def smooth_layer(layer: Neurons) -> Neurons:
    """Return the smooth neuron in place of one with corners.

    Both have value 1/2 and slope g at v = 1/(2 g). For the seed paper's clip(u/2, 0, 1) it is the
    paper's own smooth activation of u/2.
    """
    return replace(SMOOTH[type(layer)](layer))
