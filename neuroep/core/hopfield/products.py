"""Products of rows with stored patterns: many rows by BLAS, a few by loops of our own.

OpenBLAS copies its factors before it multiplies, which for few rows takes longer than the products;
its kernels that do without are for AVX-512 alone. ``python -m benchmarks.roofline`` has both.
"""

import numpy as np
from llvmlite.binding import get_host_cpu_features

from neuroep.core.jit import inlined

# Numba's cache holds machine code of each kind of processor apart, so this may be compiled in.
MOST_BY_LOOPS = 0 if get_host_cpu_features().get("avx512f") else 8
ROWS_AT_ONCE = 4  # as the loops below are written: 12 sums, which AVX2 holds in registers
PATTERNS_AT_ONCE = 3


@inlined
def score_four(rows, t, patterns, scores):
    """Write the scores (T, L) of rows t..t + 3 of (T, width), each number loaded for many sums."""
    a, b, c, d = rows[t], rows[t + 1], rows[t + 2], rows[t + 3]
    zero = rows.dtype.type(0.0)
    whole = patterns.shape[0] // PATTERNS_AT_ONCE * PATTERNS_AT_ONCE
    for j in range(0, whole, PATTERNS_AT_ONCE):
        x, y, z = patterns[j], patterns[j + 1], patterns[j + 2]
        ax, ay, az = zero, zero, zero
        bx, by, bz = zero, zero, zero
        cx, cy, cz = zero, zero, zero
        dx, dy, dz = zero, zero, zero
        for i in range(x.size):
            ax += a[i] * x[i]
            ay += a[i] * y[i]
            az += a[i] * z[i]
            bx += b[i] * x[i]
            by += b[i] * y[i]
            bz += b[i] * z[i]
            cx += c[i] * x[i]
            cy += c[i] * y[i]
            cz += c[i] * z[i]
            dx += d[i] * x[i]
            dy += d[i] * y[i]
            dz += d[i] * z[i]
        scores[t, j], scores[t, j + 1], scores[t, j + 2] = ax, ay, az
        scores[t + 1, j], scores[t + 1, j + 1], scores[t + 1, j + 2] = bx, by, bz
        scores[t + 2, j], scores[t + 2, j + 1], scores[t + 2, j + 2] = cx, cy, cz
        scores[t + 3, j], scores[t + 3, j + 1], scores[t + 3, j + 2] = dx, dy, dz
    for row in range(t, t + ROWS_AT_ONCE):
        score_one(rows[row], patterns, whole, scores[row])


@inlined
def score_one(row, patterns, first, scores):
    """Write the scores (L,) of one row (width,) with the patterns from ``first`` on."""
    for j in range(first, patterns.shape[0]):
        x = patterns[j]
        total = row.dtype.type(0.0)
        for i in range(row.size):
            total += row[i] * x[i]
        scores[j] = total


@inlined
def scores_by_loops(rows, patterns, scores):
    """Write what :func:`scores_with` does, four rows together, without a copy of any."""
    whole = rows.shape[0] // ROWS_AT_ONCE * ROWS_AT_ONCE
    for t in range(0, whole, ROWS_AT_ONCE):
        score_four(rows, t, patterns, scores)
    for t in range(whole, rows.shape[0]):
        score_one(rows[t], patterns, 0, scores[t])


@inlined
def add_to_four(shares, t, patterns, read):
    """Add to rows t..t + 3 of ``read`` (T, width) what their shares (T, L) are of patterns."""
    a, b, c, d = read[t], read[t + 1], read[t + 2], read[t + 3]
    whole = patterns.shape[0] // PATTERNS_AT_ONCE * PATTERNS_AT_ONCE
    for j in range(0, whole, PATTERNS_AT_ONCE):
        x, y, z = patterns[j], patterns[j + 1], patterns[j + 2]
        ax, ay, az = shares[t, j], shares[t, j + 1], shares[t, j + 2]
        bx, by, bz = shares[t + 1, j], shares[t + 1, j + 1], shares[t + 1, j + 2]
        cx, cy, cz = shares[t + 2, j], shares[t + 2, j + 1], shares[t + 2, j + 2]
        dx, dy, dz = shares[t + 3, j], shares[t + 3, j + 1], shares[t + 3, j + 2]
        for i in range(x.size):
            a[i] += ax * x[i] + ay * y[i] + az * z[i]
            b[i] += bx * x[i] + by * y[i] + bz * z[i]
            c[i] += cx * x[i] + cy * y[i] + cz * z[i]
            d[i] += dx * x[i] + dy * y[i] + dz * z[i]
    for row in range(t, t + ROWS_AT_ONCE):
        add_to_one(shares[row], patterns, whole, read[row])


@inlined
def add_to_one(shares, patterns, first, read):
    """Add to ``read`` (width,) what the shares (L,) are of the patterns from ``first`` on."""
    for j in range(first, patterns.shape[0]):
        share, x = shares[j], patterns[j]
        for i in range(read.size):
            read[i] += share * x[i]


@inlined
def readings_by_loops(shares, patterns, read):
    """Write what :func:`readings_of` does, four rows together, without a copy of any."""
    read[:] = read.dtype.type(0.0)
    whole = shares.shape[0] // ROWS_AT_ONCE * ROWS_AT_ONCE
    for t in range(0, whole, ROWS_AT_ONCE):
        add_to_four(shares, t, patterns, read)
    for t in range(whole, shares.shape[0]):
        add_to_one(shares[t], patterns, 0, read[t])


@inlined
def scores_with(rows, patterns, scores):
    """Write the inner products (T, L) of rows (T, width) with patterns (L, width)."""
    if rows.shape[0] > MOST_BY_LOOPS:
        np.dot(rows, patterns.T, scores)
    else:
        scores_by_loops(rows, patterns, scores)


@inlined
def readings_of(shares, patterns, read):
    """Write the sums (T, width) of patterns (L, width), each of T with its shares (T, L)."""
    if shares.shape[0] > MOST_BY_LOOPS:
        np.dot(shares, patterns, read)
    else:
        readings_by_loops(shares, patterns, read)
