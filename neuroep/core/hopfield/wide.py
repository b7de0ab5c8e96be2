"""Token attention behind a large dense coupling, for a whole batch at once, block by block.

The weights W of such a coupling (tokens * width, n) are far larger than any cache. A block of
rows of the attention layer needs only its own part of W: once for the currents h W^T that flow
back into it, once for what it sends on, s W. Both are done while that part is at hand, for all
examples that are long enough to reach the block, so that W is read once a sweep and padding costs
nothing.
"""

import math

import numpy as np

from neuroep.core.hopfield.blocks import block, rows_in_use
from neuroep.core.hopfield.reading import read_patterns
from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import FROM, N_TO, SIZE, STORED, TO, WEIGHT, WIDTH

# Rows of the figures that a lane gathers for each example; Lagrangians follow, layer by layer.
WIDE_ENERGY = 0  # sum of (v - clamped current) . s - F(v)
WIDE_CHANGE = 1  # largest change of an activity
WIDE_FIGURES = 2


@inlined
def block_weight(weights, coupling, layer, begin, end):
    """Return the part of W that belongs to rows begin..end of the attention layer."""
    n_to = coupling[N_TO]
    first = coupling[WEIGHT] + begin * layer[WIDTH] * n_to
    units = (end - begin) * layer[WIDTH]
    return weights[first : first + units * n_to].reshape(units, n_to)


@inlined
def tile_rows(tile, n_to):
    """Return how many rows of W, each of ``n_to`` weights, make a product of at most ``tile``."""
    return max(tile[1] // (tile[0] * n_to), 1)


@inlined
def returned_currents(wiring, weights, state, batch, table, k, begin, end, examples, tile, scratch):
    """Return what flows back into rows begin..end of layer k, (examples, units), in scratch[0].

    ``tile``: see :func:`send_on`. The other rows of ``scratch`` hold products and the gathered
    activities.
    """
    layer = wiring.layers[k]
    n = examples.size
    units = (end - begin) * layer[WIDTH]
    drive = scratch[0, : n * units].reshape(n, units)
    product = scratch[1, : n * units].reshape(n, units)
    first = True
    for entry in table:
        coupling = wiring.couplings[entry[0]]
        if coupling[FROM] != k:
            continue
        to = wiring.layers[coupling[TO]]
        source = scratch[2, : n * to[SIZE]].reshape(n, to[SIZE])
        activity = block(state.activity, batch, to, 0, batch)
        silent = True  # as in a first sweep from rest
        for i in range(n):
            source[i, :] = activity[examples[i]]
            silent = silent and not source[i].any()
        if silent:
            continue
        part = block_weight(weights, coupling, layer, begin, end)
        into = drive if first else product
        rows = tile_rows(tile, coupling[N_TO])
        if n > tile[0] or rows >= units:
            np.dot(source, part.T, into)
        else:
            for row in range(0, units, rows):
                last = min(row + rows, units)
                piece = scratch[3, : n * (last - row)].reshape(n, last - row)
                np.dot(source, part[row:last].T, piece)
                into[:, row:last] = piece
        if not first:
            drive += product
        first = False
    if first:
        drive[:] = 0.0
    return drive


@kernel
def wide_lane(
    wiring,
    weights,
    inputs,
    state,
    batch,
    table,
    items,
    ranks,
    move,
    send,
    tile,
    scratch,
    partial,
    figures,
):
    """Step blocks of rows of token attention, and add up what they send on.

    Each row of such a layer depends on the plain layers alone, so that all blocks together are one
    exact step of the whole layer.

    ``table`` (m, 2): the large couplings, their index among all and the first column of their
    target layer in ``partial``; ``items`` (n, 3): this lane's blocks, layer, first row and row past
    the last; ``ranks`` (layers, active): settled examples that take part, the longest first;
    ``move``: whether rows step, otherwise their activities stand; ``send``: whether to add up what
    they send on; ``tile``: see :func:`send_on`; ``scratch`` (4, n): see :func:`returned_currents`,
    the last row holds scores. ``partial`` (batch, columns) receives the sum over this lane's rows
    of s W, for the examples that take part; ``figures`` (WIDE_FIGURES + layers, batch) sums and the
    largest change over these rows.
    """
    for example in ranks[0]:
        partial[example] = 0.0
        figures[:, example] = 0.0
    for item in items:
        k, begin, end = item
        layer = wiring.layers[k]
        n = 0
        while n < ranks.shape[1] and rows_in_use(layer, inputs, inputs.row[ranks[k, n]]) > begin:
            n += 1
        if n == 0:
            continue
        examples = ranks[k, :n]
        units = (end - begin) * layer[WIDTH]
        if move:
            drive = returned_currents(
                wiring, weights, state, batch, table, k, begin, end, examples, tile, scratch
            )
        else:
            drive = scratch[0, : n * units].reshape(n, units)
        reading = scratch[1, : n * units].reshape(n, units)
        offset = begin * layer[WIDTH]
        currents = block(inputs.current, inputs.examples, layer, 0, inputs.examples)
        potentials = block(state.potential, batch, layer, 0, batch)
        activities = block(state.activity, batch, layer, 0, batch)
        for i in range(n):
            example = examples[i]
            row = inputs.row[example]
            size = (min(end, rows_in_use(layer, inputs, row)) - begin) * layer[WIDTH]
            current = currents[row, offset : offset + size]
            v = potentials[example, offset : offset + size]
            s = activities[example, offset : offset + size]
            read = reading[i, :size]
            received = drive[i, :size]
            reading[i, size:] = 0.0
            if inputs.length[layer[STORED], row] == 0:
                read[:] = 0.0
                continue
            if move:
                for j in range(size):
                    v[j] = received[j] + current[j]
                figures[WIDE_FIGURES + k, example] += read_patterns(
                    layer, wiring.constants, inputs, row, v, read, scratch[3]
                )
                change = 0.0
                for j in range(size):
                    difference = abs(read[j] - s[j])
                    change = max(change, difference)
                    if not math.isfinite(difference):
                        change = np.inf
                    s[j] = read[j]
                figures[WIDE_CHANGE, example] = max(figures[WIDE_CHANGE, example], change)
            else:
                for j in range(size):
                    received[j] = v[j] - current[j]
                    read[j] = s[j]
            energy = 0.0
            for j in range(size):
                energy += float(received[j]) * float(read[j])
            figures[WIDE_ENERGY, example] += energy
        if send:
            send_on(
                wiring, weights, table, k, begin, end, examples, reading, tile, scratch, partial
            )


@inlined
def send_on(wiring, weights, table, k, begin, end, examples, reading, tile, scratch, partial):
    """Add s W of rows begin..end of layer k to ``partial``; see :func:`wide_lane`.

    ``reading`` (n, units): what these rows read; ``tile``: examples, and multiplications, of one
    matrix product. BLAS copies both factors before a large product, which for few examples takes
    longer than to multiply: of small products it copies nothing. The first and the third row of
    ``scratch`` are used.
    """
    n, units = reading.shape
    for entry in table:
        coupling = wiring.couplings[entry[0]]
        if coupling[FROM] != k:
            continue
        n_to = coupling[N_TO]
        part = block_weight(weights, coupling, wiring.layers[k], begin, end)
        rows = tile_rows(tile, n_to)
        for row in range(0, units, rows):
            last = min(row + rows, units)
            for first in range(0, n, tile[0]):
                count = min(tile[0], n - first)
                source = scratch[0, : count * (last - row)].reshape(count, last - row)
                source[:] = reading[first : first + count, row:last]
                product = scratch[2, : count * n_to].reshape(count, n_to)
                np.dot(source, part[row:last], product)
                for i in range(count):
                    into = partial[examples[first + i], entry[1] : entry[1] + n_to]
                    for j in range(n_to):
                        into[j] += product[i, j]
