"""What lines of attention read, where neither a Lagrangian nor the change is asked for."""

import math

import numpy as np

from neuroep.core.hopfield.blocks import rows_in_use
from neuroep.core.hopfield.exponential import exp_of_negative
from neuroep.core.hopfield.layers import (
    REACH,
    attention_weights,
    largest,
    query_lines,
    read_lines,
    stored_patterns,
)
from neuroep.core.jit import kernel
from neuroep.core.tables import CONSTANTS, DRAWN, WIDTH

FEW_ROWS = 8
CACHE = 40_000  # bytes of stored patterns that stay in the first cache
SMALL = 1024  # elements of a product that OpenBLAS makes without a copy of its factors


@kernel
def exponentials(row, inverse_temperature):
    """Turn a row of scores into exp(c * (score - peak)) in place; return peak and sum."""
    c = row.dtype.type(inverse_temperature)
    peak = largest(row)
    total = row.dtype.type(0.0)
    for j in range(row.size):
        weight = exp_of_negative(c * (row[j] - peak))
        row[j] = weight
        total += weight
    return peak, total


@kernel
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


@kernel
def patterns_at_once(rows, patterns):
    """Return how many stored patterns a few rows read at a time.

    So many that they stay in the first cache from the scores to the reading, and that BLAS
    multiplies by them in place; with many rows, all of them.
    """
    if rows > FEW_ROWS:
        return patterns.shape[0]
    held = CACHE // (patterns.shape[1] * patterns.itemsize)
    return max(16, min(held, SMALL // rows))


@kernel
def reading_scratch(layer, inputs, row):
    """Return the elements of scratch that :func:`read_patterns` takes."""
    patterns = stored_patterns(layer, inputs, row)
    return rows_in_use(layer, inputs, row) * (patterns.shape[0] + 2 * layer[WIDTH] + 4)


@kernel
def read_patterns(layer, constants, inputs, row, v, s, scratch):
    """Set the activities of one example's rows of an attention layer, s = softmax(c v X^T) X.

    ``v`` and ``s``: of the rows in use, which are left alone where no pattern is stored;
    ``scratch``: see :func:`reading_scratch`. Patterns are read some at a time, and what was read
    so far is brought to each new peak (Milakov & Gimelshein 2018, online normaliser).
    """
    patterns = stored_patterns(layer, inputs, row)
    if patterns.shape[0] == 0 or s.size == 0:
        return
    own = constants[layer[CONSTANTS] :]
    width = layer[WIDTH]
    rows = s.size // width
    read = s.reshape(rows, width)
    if layer[DRAWN] > 0:
        shares, _, _ = attention_weights(layer, own, inputs, row, v, scratch)
        np.dot(shares, patterns, read)
        read_lines(layer, own, s)
        return
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
        np.dot(asked, some.T, scores)
        into = partial if first else read
        for t in range(rows):
            peak, total = exponentials(scores[t], own[0])
            if first == 0:
                peaks[t], totals[t] = peak, total
            else:
                more[t], added[t] = peak, total
        np.dot(scores, some, into)
        for t in range(rows if first else 0):
            merge(own[0], more[t], added[t], partial[t], peaks, totals, t, read[t])
    for t in range(rows):
        scale = s.dtype.type(1.0) / totals[t]
        line = read[t]
        for i in range(width):
            line[i] *= scale
