"""Requests that become pulses at once: each synapse's number of pulses is a function of its own."""

import numpy as np

from neuroep.core.jit import kernel
from neuroep.core.pointers import call_scalar
from neuroep.core.pulses.arrays import TOGETHER, granted, written
from neuroep.core.pulses.draws import uniform

ROUNDED = 12
"""Stream of the draw that decides about a synapse's pulses."""


@kernel
def memoryless(
    slope,
    on_rows,
    on_columns,
    count_of,
    options,
    most,
    synapses,
    pulsing,
):
    """Turn requests into pulses, in one pass over the rows; see :func:`accumulate`.

    Parameters
    ----------
    count_of : int64
        Address of ``f(request in pulses, options) -> pulses``, a whole number as float64.
    options : float64 array
        Its constants; a uniform draw of each synapse and update is written into the first.
    """
    columns = slope.shape[1]
    numbers, counts, firing = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.int64), 0
    for r in range(slope.shape[0]):
        for c in range(columns):
            request = float(on_rows[r] * on_columns[c] * slope[r, c])
            if request == 0.0:
                continue
            i = r * columns + c
            options[0] = uniform(pulsing.drivers, synapses.first + i, pulsing.counter, ROUNDED)
            count = int(call_scalar(count_of, request, options, 0))
            if count == 0:
                continue
            numbers[firing] = i
            counts[firing] = granted(count, most, pulsing.books)
            firing += 1
            if firing == TOGETHER:
                written(numbers, counts, synapses, pulsing)
                firing = 0
    written(numbers[:firing], counts, synapses, pulsing)
