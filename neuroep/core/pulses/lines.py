"""Sums of squares of a matrix's rows and columns: what drivers of lines know of requests."""

from neuroep.core.jit import kernel


@kernel
def squares(slope, rows, columns):
    """Add the sums of squares of ``slope`` (n, m) to ``rows`` (n,) and ``columns`` (m,)."""
    for r in range(slope.shape[0]):
        total = slope.dtype.type(0.0)
        for c in range(slope.shape[1]):
            square = slope[r, c] * slope[r, c]
            total += square
            columns[c] += square
        rows[r] += total


@kernel
def smoothed(slope, kept, keep):
    """Let flat ``kept`` follow ``slope``: kept <- keep kept + (1 - keep) slope."""
    fresh = slope.dtype.type(1.0) - keep
    for i in range(slope.size):
        kept[i] = keep * kept[i] + fresh * slope[i]
