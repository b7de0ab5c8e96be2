"""A number that tells whether an array has changed."""

import numpy as np

from neuroep.core.jit import kernel


@kernel
def digest(bits):
    """Return the sum of the words, uint32, each times an odd number of its own, modulo 2^64.

    Any single change shows, and so do exchanges and changes of sign, at the speed of memory.
    """
    total = np.uint64(0)
    for i in range(bits.size):
        total += np.uint64(bits[i]) * np.uint64(np.uint32(2 * i + 1))
    return total
