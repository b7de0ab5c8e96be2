"""Random draws that are hashes: of whose they are, and of how often there was one before.

What a device was fabricated as, and the noise of each of its pulses, take no memory, are the same
in any order and number of threads, and go on to the bit when a training is resumed. The hash is the
finaliser of SplitMix64 (Steele, Lea & Flood 2014), over a Weyl sequence of each number it is of.
"""

import math

import numpy as np

from neuroep.core.jit import kernel


@kernel
def mixed(word):
    """Return a 64-bit word whose every bit depends on every bit of the given one."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@kernel
def hashed(key, device, counter, stream):
    """Return 64 random bits of a device, uint64.

    Parameters
    ----------
    key : uint64
        Of the array: its fabrication and name.
    device, counter, stream : int64
        Which device of the array, which event of its life, and which of that event's draws.
    """
    word = mixed(key + np.uint64(device) * np.uint64(0x9E3779B97F4A7C15))
    word = mixed(word ^ (np.uint64(counter) * np.uint64(0xD1B54A32D192ED03)))
    return mixed(word + np.uint64(stream) * np.uint64(0x8CB92BA72F3D8DD7))


@kernel
def uniform(key, device, counter, stream):
    """Return a draw in [0, 1), float64."""
    return float(hashed(key, device, counter, stream) >> np.uint64(11)) * 2.0**-53


@kernel
def normal_pair(key, device, counter, stream):
    """Return two standard normal draws, float64 (Box & Muller 1958); takes two streams."""
    first = 1.0 - uniform(key, device, counter, stream)
    angle = 2.0 * math.pi * uniform(key, device, counter, stream + 1)
    radius = math.sqrt(-2.0 * math.log(first))
    return radius * math.cos(angle), radius * math.sin(angle)


@kernel
def normal(key, device, counter, stream):
    """Return the first of :func:`normal_pair`."""
    return normal_pair(key, device, counter, stream)[0]


@kernel
def normals(key, into):
    """Fill ``into`` (rows, columns) with standard normal draws, of the key and of their place.

    What stands at a place is the same however large the array is.
    """
    for row in range(into.shape[0]):
        for column in range(into.shape[1]):
            into[row, column] = normal(key, column, row, 0)
