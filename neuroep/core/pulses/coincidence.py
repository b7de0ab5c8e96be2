"""Coincidence: pulse trains on rows and columns, and devices that move where pulses meet."""

import math

import numpy as np

from neuroep.core.jit import kernel
from neuroep.core.pulses.arrays import REFUSED, TOGETHER, Pulsing, written
from neuroep.core.pulses.draws import hashed, uniform

ROW, COLUMN = 1, 2
"""What the drivers of lines are hashed with, apart from the devices."""

TERMS = 1 << 20
"""Pairs of trains in an update, at most: each is an event of its own in a device's life."""


@kernel
def train(chance, length, key, line, counter):
    """Return a stochastic pulse train: of ``length`` bits, each is set with a chance, uint64."""
    word = np.uint64(0)
    for slot in range(length):
        if uniform(key, line, counter, slot) < chance:
            word |= np.uint64(1) << np.uint64(slot)
    return word


@kernel
def meetings(one, other):
    """Return in how many slots both trains have a pulse."""
    both, count = one & other, 0
    while both:
        both &= both - np.uint64(1)
        count += 1
    return count


@kernel
def coincide(
    before,
    behind,
    on_rows,
    on_columns,
    length,
    first_row,
    synapses,
    pulsing,
):
    """Write a sum of products of what rows and columns know, pair of trains by pair of trains.

    Drivers of lines send trains whose rates are what they know; a device moves by as many pulses as
    there are slots in which both of its lines have one. Their number is length x row's rate x
    column's rate on the average (Gokmen & Vlasov 2016, eq. 2).

    Parameters
    ----------
    before, behind : (terms, rows), (terms, columns)
        The gradient is -before^T behind.
    on_rows, on_columns : (rows,), (columns,)
        A request, in pulses, is the gradient times both.
    length : int
        Slots of a train, at most 63.
    first_row : int
        Number of the block's first row.
    synapses : Synapses
    pulsing : Pulsing
    """
    key, drivers, counter, kind, laws, constants, made, books = pulsing
    terms, rows = before.shape
    columns = behind.shape[1]
    rates = np.empty(columns)
    words = np.empty(columns, np.uint64)
    numbers, counts, firing = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.int64), 0
    on_row = hashed(drivers, ROW, 0, 0)
    on_column = hashed(drivers, COLUMN, 0, 0)
    for term in range(terms):
        highest_row, highest_column, sum_rows, sum_columns = 0.0, 0.0, 0.0, 0.0
        for r in range(rows):
            size = abs(float(on_rows[r] * before[term, r]))
            sum_rows += size
            highest_row = max(highest_row, size)
        for c in range(columns):
            rates[c] = -float(on_columns[c] * behind[term, c])
            sum_columns += abs(rates[c])
            highest_column = max(highest_column, abs(rates[c]))
        if highest_row == 0.0 or highest_column == 0.0:
            continue
        # The busiest row and the busiest column share the load (Gokmen & Vlasov 2016).
        highest = math.sqrt(highest_row * highest_column / length)
        event = counter * TERMS + term
        now = Pulsing(key, drivers, event, kind, laws, constants, made, books)
        granted_rows, granted_columns = 0.0, 0.0
        for c in range(columns):
            chance = min(highest * abs(rates[c]) / highest_column, 1.0)
            granted_columns += chance
            words[c] = train(chance, length, on_column, c, event) if chance > 0 else np.uint64(0)
        for r in range(rows):
            size = float(on_rows[r] * before[term, r])
            chance = min(highest * abs(size) / highest_row, 1.0)
            granted_rows += chance
            word = train(chance, length, on_row, first_row + r, event) if chance > 0 else 0
            if word == 0:
                continue
            for c in range(columns):
                count = meetings(np.uint64(word), words[c])
                if count == 0:
                    continue
                if size * rates[c] < 0:
                    count = -count
                numbers[firing], counts[firing] = r * columns + c, count
                firing += 1
                if firing == TOGETHER:
                    written(numbers, counts, synapses, now)
                    firing = 0
        written(numbers[:firing], counts, synapses, now)
        firing = 0
        if highest > 1.0:  # trains without a gap: what is beyond is not written
            books[REFUSED] += sum_rows * sum_columns - length * granted_rows * granted_columns
