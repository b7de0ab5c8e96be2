"""Sums of requests that are kept beside the devices."""

from neuroep.core.jit import kernel


@kernel
def gathered(slope, on_rows, on_columns, kept):
    """Add requests, slope (rows, columns) times factors of rows and columns, to ``kept``."""
    for r in range(slope.shape[0]):
        factor = on_rows[r]
        for c in range(slope.shape[1]):
            kept[r, c] += factor * on_columns[c] * slope[r, c]
