"""A number that tells whether an array has changed."""

import numpy as np

from neuroep.core.jit import kernel


@kernel
def digest(bits):
    """Return the sum of the bits, uint32, each times an odd number of its own, modulo 2^32.

    Any single change shows, and so do exchanges, at the speed of memory.
    """
    total = np.uint32(0)
    for i in range(bits.size):
        total = np.uint32(total + np.uint32(bits[i] * np.uint32(2 * i + 1)))
    return total
