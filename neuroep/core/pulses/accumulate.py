"""Accumulate and pulse: requests add up on a capacitor a synapse, a pulse when it is full."""

from neuroep.core.jit import kernel
from neuroep.core.pulses.arrays import written
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
    for r in range(slope.shape[0]):
        factor = on_rows[r]
        for begin in range(0, columns, PIECE):
            end = min(begin + PIECE, columns)
            full = False
            for c in range(begin, end):
                held = keep * charge[r, c] + factor * on_columns[c] * slope[r, c]
                charge[r, c] = held
                full |= abs(held) >= one
            if injection != 0.0:
                for c in range(begin, end):
                    number = synapses.first + r * columns + c
                    charge[r, c] += injection * normal(pulsing.key, number, 0, INJECTED)
                    full |= abs(charge[r, c]) >= one
            if not full:
                continue
            for c in range(begin, end):
                held = charge[r, c]
                if abs(held) >= one:
                    given = written(r * columns + c, int(held), most, synapses, pulsing)
                    charge[r, c] = held - given
