"""Parameter updates in one pass over the arrays."""

import math

from neuroep.core.jit import kernel


@kernel
def adam(parameter, slope, first, second, rate, decay1, decay2, step, epsilon):
    """Move flat ``parameter`` against ``slope`` by Adam (Kingma & Ba 2015, algorithm 1).

    ``first``, ``second``: running moments, updated in place; ``step`` counts from 1. All arrays and
    the scalars ``decay1``, ``decay2``, ``epsilon`` are of the parameter's dtype.
    """
    # All in the parameter's own dtype: float64 on the way takes five times as long.
    real = parameter.dtype.type
    scale = real(rate / (1.0 - float(decay1) ** step))
    correct = real(1.0 / (1.0 - float(decay2) ** step))
    fresh1, fresh2 = real(1.0) - decay1, real(1.0) - decay2
    for i in range(parameter.size):
        g = slope[i]
        first[i] += (g - first[i]) * fresh1
        second[i] += (g * g - second[i]) * fresh2
        parameter[i] -= scale * first[i] / (math.sqrt(correct * second[i]) + epsilon)


@kernel
def momentum(parameter, slope, velocity, rate, keep):
    """Move flat ``parameter`` by SGD with heavy-ball momentum: v <- keep v + g, p <- p - rate v."""
    for i in range(parameter.size):
        velocity[i] = keep * velocity[i] + slope[i]
        parameter[i] -= rate * velocity[i]


@kernel
def hold(parameter, low, high):
    """Bring flat ``parameter`` back within limits of its own dtype; return how many were beyond."""
    beyond = 0
    for i in range(parameter.size):
        value = parameter[i]
        beyond += (value < low) | (value > high)
        parameter[i] = min(max(value, low), high)
    return beyond
