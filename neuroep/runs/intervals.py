"""How far a share that was counted, and a mean over seeds, may be from the truth; differences."""

import math
from collections.abc import Sequence

Z = 1.959963984540054
"""Of an interval that holds the truth 95 times in a hundred."""

DIGITS = 12
"""Of a difference of shares: more than any number of examples tells apart."""


def wilson(passed: int, count: int, z: float = Z) -> tuple[float, float]:
    """Return the interval of a share, of which ``passed`` of ``count`` were seen.

    E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927).
    """
    if not count:
        return 0.0, 1.0
    share, weight = passed / count, z * z / count
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / count + weight / (4 * count))
    # Where none or all passed, one end is exact, which roundings miss.
    low = 0.0 if not passed else middle - half
    high = 1.0 if passed == count else middle + half
    return low, high


def difference(one: float, other: float) -> float:
    """Return how far a share is above another, without what floats add to it.

    0.9 - 0.8 and 0.8 - 0.7 are the same then: what does not vary is not to be tested for it.
    """
    return round(one - other, DIGITS)


def student(values: Sequence[float]) -> tuple[float, float]:
    """Return a mean, and half of the interval that holds the true one with 95 %.

    By Student's t, for values that are normally distributed; infinite of a single one.
    """
    from scipy.stats import t

    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return mean, math.inf
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    return mean, float(t.ppf(0.975, count - 1)) * deviation / math.sqrt(count)
