"""What lines of attention read, and what that makes of a layer."""

import math

import numpy as np

from neuroep.core.bits import higher, number_of, rank_of
from neuroep.core.hopfield.blocks import rows_in_use
from neuroep.core.hopfield.layers import (
    REACH,
    attention_weights,
    exponentials,
    log_sum_exp,
    query_lines,
    read_lines,
    stored_patterns,
)
from neuroep.core.hopfield.products import readings_of, scores_with
from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import CONSTANTS, DRAWN, WIDTH

FEW_ROWS = 8
CACHE = 40_000  # bytes of stored patterns and their scores that stay in the first cache
SMALL = 1024  # elements of a product that OpenBLAS makes without a copy of its factors (AVX-512)


@inlined
def merge(inverse_temperature, peak, total, read, peaks, totals, t, so_far):
    """Add to what a row has read so far what it reads of some more patterns.

    Each was weighed by exp(c * (score - its peak)); both are brought to the larger peak.
    """
    most = max(peak, peaks[t])
    before = math.exp(inverse_temperature * (peaks[t] - most))
    more = math.exp(inverse_temperature * (peak - most))
    peaks[t] = most
    totals[t] = before * totals[t] + more * total
    old, new = read.dtype.type(before), read.dtype.type(more)
    for i in range(read.size):
        so_far[i] = old * so_far[i] + new * read[i]


@inlined
def patterns_at_once(rows, patterns):
    """Return how many stored patterns a few rows read at a time.

    So many that they stay in the first cache from the scores to the reading, and that BLAS
    multiplies by them in place; with many rows, all of them.
    """
    if rows > FEW_ROWS:
        return patterns.shape[0]
    held = CACHE // ((rows + patterns.shape[1]) * patterns.itemsize)
    return max(16, min(held, SMALL // rows))


@kernel
def attention_scratch(rows, patterns, width):
    """Return the elements of scratch that :func:`attend` takes."""
    return rows * (patterns + 3 * width + 4)


@inlined
def read_patterns(layer, constants, inputs, row, v, s, scratch):
    """Set the activities of one example's rows of an attention layer, s = softmax(c v X^T) X.

    Returns the Lagrangian, see ``attention_weights``. ``v`` and ``s``: of the rows in use, which
    are left alone where no pattern is stored; ``scratch``: see :func:`attention_scratch`. Patterns
    are read some at a time, and what was read so far is brought to each new peak (Milakov &
    Gimelshein 2018, online normaliser).
    """
    patterns = stored_patterns(layer, inputs, row)
    if patterns.shape[0] == 0 or s.size == 0:
        return 0.0
    own = constants[layer[CONSTANTS] :]
    width = layer[WIDTH]
    rows = s.size // width
    read = s.reshape(rows, width)
    if layer[DRAWN] > 0:
        shares, lagrangian, _ = attention_weights(layer, own, inputs, row, v, scratch)
        readings_of(shares, patterns, read)
        read_lines(layer, own, s)
        return lagrangian
    queries = v
    if own[REACH] < math.inf:
        queries = query_lines(layer, own, v, scratch[: s.size])
    asked = queries.reshape(rows, width)
    partial = scratch[s.size : 2 * s.size].reshape(rows, width)
    peaks, totals, more, added = scratch[2 * s.size : 2 * s.size + 4 * rows].reshape(4, rows)
    rest = scratch[2 * s.size + 4 * rows :]
    step = patterns_at_once(rows, patterns)
    flat = patterns.reshape(patterns.size)
    for first in range(0, patterns.shape[0], step):
        count = min(step, patterns.shape[0] - first)
        some = flat[first * width : (first + count) * width].reshape(count, width)
        scores = rest[: rows * count].reshape(rows, count)
        scores_with(asked, some, scores)
        if first == 0:
            exponentials(scores, own[0], peaks, totals)
            readings_of(scores, some, read)
            continue
        exponentials(scores, own[0], more, added)
        readings_of(scores, some, partial)
        for t in range(rows):
            merge(own[0], more[t], added[t], partial[t], peaks, totals, t, read[t])
    for t in range(rows):
        scale = s.dtype.type(1.0) / totals[t]
        line = read[t]
        for i in range(width):
            line[i] *= scale
    return log_sum_exp(own[0], peaks, totals)


@inlined
def attend(layer, constants, inputs, row, drive, potential, activity, scratch):
    """Set one example's rows of an attention layer from what drives them.

    Padded rows, and all rows of an empty sequence, stay at zero. Returns the Lagrangian and the
    largest change of an activity. ``scratch``: see :func:`attention_scratch`.
    """
    size = rows_in_use(layer, inputs, row) * layer[WIDTH]
    if size == 0 or stored_patterns(layer, inputs, row).shape[0] == 0:
        return 0.0, 0.0
    potential[:size] = drive[:size]
    v, read = potential[:size], scratch[:size]
    lagrangian = read_patterns(layer, constants, inputs, row, v, read, scratch[size:])
    most = rank_of(abs(read[0] - activity[0]))
    for i in range(size):
        most = higher(most, rank_of(abs(read[i] - activity[i])))
        activity[i] = read[i]
    change = float(number_of(most))
    return lagrangian, change if math.isfinite(change) else np.inf
