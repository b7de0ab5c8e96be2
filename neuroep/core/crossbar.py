"""A crossbar with wires, eliminated line by line: exact, and no larger than a line is long.

A row line is a chain of C nodes that its driver feeds at column 0; at each node a device leads to
the column line of that column. A column line is a chain of R nodes, which ends below row R - 1 in
its receiver. Seen from a row on, all rows above it are one symmetric matrix of conductances E
between the C column nodes and ground: what the next segments rho pass on is P E, with
P = (1 + rho E)^-1, and the next row line adds its own. Sources above are currents y in parallel.

``conductances`` (R, C), S; ``wires``: resistances, ohm: of a segment of a row line, of one of a
column line, of a driver in series with the first segment of its row line, of a receiver in series
with the last segment of its column line.
"""

import numpy as np

from neuroep.core.jit import inlined, kernel


@inlined
def chain_solve(g, wires, right):
    """Overwrite ``right`` (C, n), currents into the nodes of a row line, by their voltages.

    ``g`` (C,): the devices, whose other ends are at 0 V; the driver holds its end at 0 V.
    """
    count = g.size
    segment = 1.0 / wires[0]
    pivots = np.empty(count)
    before = 1.0 / (wires[0] + wires[2]) + g[0]
    for j in range(1, count):
        # The segment in series with what lies before it: no difference of large numbers.
        pivots[j - 1] = before + segment
        share = segment / pivots[j - 1]
        before = share * before + g[j]
        for c in range(right.shape[1]):
            right[j, c] += share * right[j - 1, c]
    pivots[count - 1] = before
    for c in range(right.shape[1]):
        right[count - 1, c] /= before
    for j in range(count - 2, -1, -1):
        for c in range(right.shape[1]):
            right[j, c] = (right[j, c] + segment * right[j + 1, c]) / pivots[j]


@inlined
def below(wires, row, rows):
    """Return the resistance between a row's nodes of the column lines and what is below, ohm."""
    return wires[1] + (wires[3] if row == rows - 1 else 0.0)


@kernel
def eliminate(conductances, wires, feeds, passes):
    """Eliminate all nodes but the ports; return the conductances between the receivers, (C, C).

    ``feeds`` (R, C) receives what one volt at a driver sends into the devices of its row line while
    all column nodes are at 0 V, A; ``passes`` (R, C, C) the matrix P of each row.
    """
    rows, count = conductances.shape
    seen = np.zeros((count, count))
    own = np.empty((count, count))
    driver = 1.0 / (wires[0] + wires[2])
    for a in range(rows):
        g = conductances[a]
        own[:] = 0.0
        for j in range(count):
            own[j, j] = 1.0
        chain_solve(g, wires, own)
        for j in range(count):
            feeds[a, j] = g[j] * driver * own[j, 0]
            for c in range(count):
                seen[j, c] -= g[j] * own[j, c] * g[c]
            seen[j, j] += g[j]
        rho = below(wires, a, rows)
        own[:] = rho * seen
        for j in range(count):
            own[j, j] += 1.0
        seen[:] = np.linalg.solve(own, seen)  # P E
        for j in range(count):
            for c in range(j + 1):
                mean = 0.5 * (seen[j, c] + seen[c, j])
                seen[j, c] = mean
                seen[c, j] = mean
                passes[a, j, c] = -rho * mean
                passes[a, c, j] = -rho * mean
            passes[a, j, j] += 1.0
    return seen


@kernel
def transfers(feeds, passes, transfer):
    """Write the current into each receiver per volt at each driver, S, to ``transfer`` (R, C)."""
    rows, count = feeds.shape
    onward = np.eye(count)
    product = np.empty((count, count))
    for a in range(rows - 1, -1, -1):
        np.dot(passes[a], onward, product)
        onward[:] = product
        np.dot(feeds[a], onward, transfer[a])


@kernel
def drops(conductances, wires, feeds, passes, driven, ended, across):
    """Write the voltages across all devices, from row to column line, to ``across`` (R, C, n).

    ``driven`` (R, n): voltages of the drivers, ``ended`` (C, n): of the receivers' ends, V.
    """
    rows, count = conductances.shape
    sides = driven.shape[1]
    above = np.zeros((rows, count, sides))
    for a in range(rows):
        if a > 0:
            np.dot(passes[a - 1], above[a - 1], above[a])
        for j in range(count):
            for n in range(sides):
                above[a, j, n] += feeds[a, j] * driven[a, n]
    driver = 1.0 / (wires[0] + wires[2])
    column = ended.copy()
    product = np.empty((count, sides))
    row = np.empty((count, sides))
    for a in range(rows - 1, -1, -1):
        product[:] = column + below(wires, a, rows) * above[a]
        np.dot(passes[a], product, column)
        for j in range(count):
            for n in range(sides):
                row[j, n] = conductances[a, j] * column[j, n]
        for n in range(sides):
            row[0, n] += driver * driven[a, n]
        chain_solve(conductances[a], wires, row)
        across[a] = row - column


@kernel
def device_slopes(conductances, wires, feeds, passes, slope, first, last, found):
    """Write to ``found`` (R, C) what receivers first..last add to device slopes.

    They are those of sum(slope * transfer) in every device's conductance: what stands across the
    device while the drivers are at a column of ``slope`` (R, C), times what stands across it, the
    other way round, while that column's receiver is at 1 V.
    """
    rows, count = conductances.shape
    sides = last - first
    driven = np.zeros((rows, 2 * sides))
    driven[:, :sides] = slope[:, first:last]
    ended = np.zeros((count, 2 * sides))
    for n in range(sides):
        ended[first + n, sides + n] = 1.0
    across = np.empty((rows, count, 2 * sides))
    drops(conductances, wires, feeds, passes, driven, ended, across)
    for a in range(rows):
        for j in range(count):
            total = 0.0
            for n in range(sides):
                total -= across[a, j, n] * across[a, j, sides + n]
            found[a, j] = total
