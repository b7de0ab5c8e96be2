"""exp for softmax: branch-free, so that loops over it vectorise, which the C library's does not."""

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from neuroep.core.bits import power_of_two
from neuroep.core.jit import kernel

LOG2_E = 1.0 / math.log(2.0)
LN_2 = math.log(2.0)
LOWEST = -700.0  # exp(-700) = 1e-304: below it the result stays there instead of underflowing
C2, C3, C4, C5, C6, C7, C8, C9, C10, C11 = (1.0 / math.factorial(k) for k in range(2, 12))

# The same in float32, whose series may end earlier. ln 2 is in two parts: a multiple of the first
# by a whole number up to 2^10 is exact.
ONE, HALF = np.float32(1.0), np.float32(0.5)
LOG2_E_32, LOWEST_32 = np.float32(LOG2_E), np.float32(-87.0)
LN_2_HIGH, LN_2_LOW = np.float32(0.693359375), np.float32(LN_2 - 0.693359375)
B2, B3, B4, B5, B6, B7 = (np.float32(1.0 / math.factorial(k)) for k in range(2, 8))


@kernel
def exp_of_negative_64(x):
    """Return exp(x) for x <= 0 with a relative error below 1e-13, at least exp(-700).

    x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) by its Taylor series to the eleventh order, 2^n by
    writing n into the exponent's bits.
    """
    x = max(x, LOWEST)
    n = np.floor(x * LOG2_E + 0.5)
    r = x - n * LN_2
    p = C11
    for c in (C10, C9, C8, C7, C6, C5, C4, C3, C2, 1.0, 1.0):
        p = p * r + c
    return p * power_of_two(n)


@kernel
def exp_of_negative_32(x):
    """Return exp(x) of a float32 x <= 0, as float32, at least exp(-87).

    With a relative error below 3e-7; the series goes to the seventh order.
    """
    x = max(x, LOWEST_32)
    n = np.floor(x * LOG2_E_32 + HALF)
    r = (x - n * LN_2_HIGH) - n * LN_2_LOW
    p = B7
    for c in (B6, B5, B4, B3, B2, ONE, ONE):
        p = p * r + c
    return p * power_of_two(n)


def exp_of_negative(x: Any) -> Any:
    """Return exp(x) for x <= 0 in the dtype of x."""
    return exp_of_negative_32(x) if isinstance(x, np.float32) else exp_of_negative_64(x)


@overload(exp_of_negative)
def _exp_of_negative(x):
    if x == types.float32:
        return lambda x: exp_of_negative_32(x)  # noqa: PLW0108 - numba wants a plain function
    return lambda x: exp_of_negative_64(x)  # noqa: PLW0108
