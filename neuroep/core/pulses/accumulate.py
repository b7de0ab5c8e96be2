"""Accumulate and pulse: requests add up on a capacitor a synapse, a pulse when it is full."""

import numpy as np

from neuroep.core.jit import kernel
from neuroep.core.pulses.arrays import TOGETHER, granted, written
from neuroep.core.pulses.draws import normal

INJECTED = 10
"""Stream of what a synapse's switches inject, drawn once."""

PIECE = 128
"""Synapses of a row that are looked through once more where one of them fires."""


@kernel
def accumulate(
    slope,
    on_rows,
    on_columns,
    charge,
    keep,
    injection,
    most,
    synapses,
    pulsing,
):
    """Add requests to charges and fire the whole pulses in them, in one pass over the rows.

    Parameters
    ----------
    slope : (rows, columns)
        Requests before their factors.
    on_rows, on_columns : (rows,), (columns,)
        A request, in pulses, is the slope times both.
    charge : (rows, columns)
        What has added up, in pulses; keeps what a pulse does not take.
    keep : scalar of the slope's dtype
        Share of a charge that is left after an update.
    injection : float64
        Spread of what the switches add to each charge at every update, in pulses; its sign is that
        of the plates, which the caller swaps.
    most : int
        Pulses that a synapse can be given in one update; what is beyond stays on the capacitor.
    synapses : Synapses
    pulsing : Pulsing
    """
    columns = slope.shape[1]
    one = slope.dtype.type(1.0)
    numbers, counts, firing = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.int64), 0
    for r in range(slope.shape[0]):
        factor = on_rows[r]
        for begin in range(0, columns, PIECE):
            end = min(begin + PIECE, columns)
            asked, line = slope[r, begin:end], on_columns[begin:end]
            held = charge[r, begin:end]
            for c in range(held.size):
                held[c] = keep * held[c] + factor * line[c] * asked[c]
            if injection != 0.0:
                first = synapses.first + r * columns + begin
                for c in range(held.size):
                    held[c] += injection * normal(pulsing.drivers, first + c, 0, INJECTED)
            full = np.int32(0)  # apart from the loop above, and no bool: so both are vectorised
            for c in range(held.size):
                full |= np.int32(abs(held[c]) >= one)
            if not full:
                continue
            for c in range(held.size):
                if abs(held[c]) < one:
                    continue
                numbers[firing] = r * columns + begin + c
                counts[firing] = granted(int(held[c]), most, pulsing.books)
                held[c] -= counts[firing]
                firing += 1
                if firing == TOGETHER:
                    written(numbers, counts, synapses, pulsing)
                    firing = 0
    written(numbers[:firing], counts, synapses, pulsing)
