"""Sample and hold: what the capacitors of a line keep of its activity."""

from neuroep.core.jit import kernel
from neuroep.core.pulses.device import BORN
from neuroep.core.pulses.draws import normal


@kernel
def made(spread, key, sampler, values):
    """Write an error of each line's sampler, normal of this spread, float64 (lines,)."""
    for line in range(values.size):
        values[line] = spread * normal(key, line, BORN, 2 * sampler)


@kernel
def sampled(activity, roles, gain, offset, keep, noise):
    """Replace activities by what samplers hold of them, in place.

    Parameters
    ----------
    activity : (rows, lines)
        A row a settled example.
    roles : int64 (rows,)
        Which of a line's samplers holds the row.
    gain, offset : float64 (samplers, lines)
        Of each sampler: it holds keep ((1 + gain) s + offset) + noise.
    keep : float64
        Share that is left when what is held is used.
    noise : float64 (rows, lines), or (0, 0)
    """
    for r in range(activity.shape[0]):
        role = roles[r]
        for line in range(activity.shape[1]):
            held = keep * ((1.0 + gain[role, line]) * activity[r, line] + offset[role, line])
            if noise.size:
                held += noise[r, line]
            activity[r, line] = held
