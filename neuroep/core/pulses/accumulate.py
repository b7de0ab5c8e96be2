"""Accumulate and pulse: requests add up on a capacitor a synapse, a pulse when it is full."""

import numpy as np

from neuroep.core.jit import kernel
from neuroep.core.pointers import prefetch
from neuroep.core.pulses.arrays import REFUSED, synapse_pulsed, weighed
from neuroep.core.pulses.draws import normal

INJECTED = 10
"""Stream of what a synapse's switches inject, drawn once."""

WAITING = 16
"""Synapses that fire together, so that none of them waits for its devices in memory."""

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
    first,
    values,
    plus,
    minus,
    scale,
    offset,
    arrangement,
    key,
    counter,
    kind,
    laws,
    constants,
    made,
    books,
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
    first : int
        Number of the block's first synapse in its array.
    values, plus, minus : flat
        Of the block; ``minus`` is empty where a synapse has one device.
    scale, offset : scalars of the slope's dtype
        A value is offset + scale (plus - minus).
    arrangement, key, counter, kind, laws, constants, made, books
        As for :func:`neuroep.core.pulses.arrays.synapse_pulsed`.
    """
    columns = slope.shape[1]
    one = slope.dtype.type(1.0)
    waiting, counts, fired = np.empty(WAITING, np.int64), np.empty(WAITING, np.int64), 0
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
                    number = first + r * columns + c
                    charge[r, c] += injection * normal(key, number, 0, INJECTED)
                    full |= abs(charge[r, c]) >= one
            if not full:
                continue
            for c in range(begin, end):
                held = charge[r, c]
                if abs(held) < one:
                    continue
                count = int(held)
                if abs(count) > most:
                    books[REFUSED] += abs(count) - most
                    count = most if count > 0 else -most
                charge[r, c] = held - count
                i = r * columns + c
                # A device is far away in memory: ask for it, and go on until there are many.
                prefetch(plus, i)
                if minus.size:
                    prefetch(minus, i)
                prefetch(values, i)
                waiting[fired], counts[fired] = i, count
                fired += 1
                if fired == WAITING:
                    fire(
                        waiting,
                        counts,
                        fired,
                        first,
                        values,
                        plus,
                        minus,
                        scale,
                        offset,
                        arrangement,
                        key,
                        counter,
                        kind,
                        laws,
                        constants,
                        made,
                        books,
                    )
                    fired = 0
    fire(
        waiting,
        counts,
        fired,
        first,
        values,
        plus,
        minus,
        scale,
        offset,
        arrangement,
        key,
        counter,
        kind,
        laws,
        constants,
        made,
        books,
    )


@kernel
def fire(
    waiting,
    counts,
    fired,
    first,
    values,
    plus,
    minus,
    scale,
    offset,
    arrangement,
    key,
    counter,
    kind,
    laws,
    constants,
    made,
    books,
):
    """Give the synapses that wait their pulses, in their order, and read what they weigh."""
    for j in range(fired):
        i = waiting[j]
        synapse_pulsed(
            plus,
            minus,
            i,
            first,
            counts[j],
            arrangement,
            key,
            counter,
            kind,
            laws,
            constants,
            made,
            books,
        )
        values[i] = weighed(plus, minus, i, first, scale, offset, key, counter, kind)
