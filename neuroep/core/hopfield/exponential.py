"""exp for softmax: branch-free, so that loops over it vectorise, which the C library's does not."""

import math

import numpy as np

from neuroep.core.jit import kernel

LOG2_E = 1.0 / math.log(2.0)
LN_2 = math.log(2.0)
LOWEST = -700.0  # exp(-700) = 1e-304: below it the result stays there instead of underflowing
C2, C3, C4, C5, C6, C7, C8, C9, C10, C11 = (1.0 / math.factorial(k) for k in range(2, 12))


@kernel
def exp_of_negative(x):
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
    return p * np.int64((np.int64(np.int32(n)) + 1023) << 52).view(np.float64)
