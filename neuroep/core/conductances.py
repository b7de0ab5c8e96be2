"""Updates of conductances within what their device can hold."""

from neuroep.core.jit import kernel


@kernel
def descend(conductance, slope, rate, low, high):
    """Move flat ``conductance`` against ``slope`` by ``rate`` of it, no further than the limits."""
    for i in range(conductance.size):
        conductance[i] = min(max(conductance[i] - rate * slope[i], low), high)
