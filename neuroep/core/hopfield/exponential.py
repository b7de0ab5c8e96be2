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


LOWEST_SINGLE = np.float32(-87.0)  # exp(-87) = 1.6e-38, the end of what float32 holds whole
LOG2_E_SINGLE = np.float32(LOG2_E)
# ln 2 in two parts: a multiple of the first by a whole number up to 2^10 is exact.
LN_2_HIGH = np.float32(0.693359375)
LN_2_LOW = np.float32(LN_2 - 0.693359375)
S2, S3, S4, S5, S6, S7 = (np.float32(1.0 / math.factorial(k)) for k in range(2, 8))


@kernel
def single_exp_of_negative(x):
    """Return exp(x) for a float32 x <= 0 with a relative error below 3e-7, at least exp(-87).

    As :func:`exp_of_negative`, in single precision, by the series to the seventh order.
    """
    x = max(x, LOWEST_SINGLE)
    n = np.floor(x * LOG2_E_SINGLE + np.float32(0.5))
    r = (x - n * LN_2_HIGH) - n * LN_2_LOW
    p = S7
    for c in (S6, S5, S4, S3, S2, np.float32(1.0), np.float32(1.0)):
        p = p * r + c
    return p * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)
