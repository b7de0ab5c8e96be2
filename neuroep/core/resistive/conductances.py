"""Updates of conductances within what their device can hold."""

from neuroep.core.jit import kernel


@kernel
def descend(conductance, slope, velocity, rate, keep, low, high):
    """Move flat ``conductance`` by heavy-ball descent, no further than the limits.

    v <- keep v + slope, g <- g - rate v. All arrays and scalars are of one dtype.
    """
    for i in range(conductance.size):
        velocity[i] = keep * velocity[i] + slope[i]
        conductance[i] = min(max(conductance[i] - rate * velocity[i], low), high)
