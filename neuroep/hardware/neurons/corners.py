"""Whether an activation has corners, where no gradient exists."""

from collections.abc import Callable

import numpy as np

from neuroep.core.tables import Reals
from neuroep.network.hopfield.neurons import Neurons

WIDEST = 40.0
"""How far corners are looked for, in potentials that the gain makes 1."""

JUMP = 1e-6
"""Least jump of a slope that is a corner, as a share of the gain."""


def has_corners(layer: Neurons) -> bool:
    """Return whether the slope of a layer's activation jumps anywhere.

    Measured, so that it holds for any type of neuron, cell or none: where its slope changes most
    between two of a grid's potentials, that interval is halved until only a jump remains.
    """
    return any(_jumps(type(layer).slope, own, layer.gain) for own in layer.kernel_constants())


def _jumps(slope: Callable[..., float], constants: Reals, gain: float) -> bool:
    grid = np.linspace(-WIDEST, WIDEST, 4001) / gain
    values = np.array([slope(float(v), constants) for v in grid])
    for k in np.flatnonzero(np.abs(np.diff(values)) > JUMP * gain):
        low, high = float(grid[k]), float(grid[k + 1])
        below, above = slope(low, constants), slope(high, constants)
        for _ in range(40):
            if abs(above - below) <= JUMP * gain:
                break
            middle = 0.5 * (low + high)
            at = slope(middle, constants)
            if abs(at - below) >= abs(above - at):
                high, above = middle, at
            else:
                low, below = middle, at
        else:
            return True
    return False
