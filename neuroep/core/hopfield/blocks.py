"""Views of one layer in the flat buffers, and the currents that flow into it."""

import numpy as np

from neuroep.core.jit import inlined
from neuroep.core.tables import (
    BACK,
    FROM,
    LENGTHS,
    N_FROM,
    N_TO,
    OFFSET,
    ROWS,
    SIZE,
    TO,
    TOKENS,
    WEIGHT,
)


@inlined
def block(flat, count, layer, first, last):
    """Return the (last - first, size) view of examples first..last of a layer."""
    begin = count * layer[OFFSET]
    size = layer[SIZE]
    return flat[begin + first * size : begin + last * size].reshape(last - first, size)


@inlined
def weight(weights, coupling, way=WEIGHT):
    """Return the (n_from, n_to) view of a coupling's weights, of the way there or BACK."""
    begin = coupling[way]
    size = coupling[N_FROM] * coupling[N_TO]
    return weights[begin : begin + size].reshape(coupling[N_FROM], coupling[N_TO])


@inlined
def rows_in_use(layer, inputs, row):
    """Return how many rows of a layer are real for a drive row; the others are padding."""
    if layer[LENGTHS] < 0:
        return layer[TOKENS]
    return min(layer[TOKENS], inputs.length[layer[LENGTHS], row])


@inlined
def add_currents(wiring, weights, inputs, activity, batch, k, first, last, total, scratch):
    """Write dPhi/ds_k of examples first..last into ``total`` (last - first, size_k).

    ``scratch`` is a flat buffer of at least as many elements. Padded rows receive currents too; who
    uses them masks them.
    """
    layer = wiring.layers[k]
    current = block(inputs.current, inputs.examples, layer, 0, inputs.examples)
    for r in range(last - first):
        total[r, :] = current[inputs.row[first + r], :]
    for c in range(wiring.couplings.shape[0]):
        coupling = wiring.couplings[c]
        rows = (last - first) * coupling[ROWS]
        if coupling[TO] == k:
            source = block(activity, batch, wiring.layers[coupling[FROM]], first, last)
            product = scratch[: total.size].reshape(rows, coupling[N_TO])
            there = weight(weights, coupling)
            np.dot(source.reshape(rows, coupling[N_FROM]), there, product)
        elif coupling[FROM] == k:
            source = block(activity, batch, wiring.layers[coupling[TO]], first, last)
            product = scratch[: total.size].reshape(rows, coupling[N_FROM])
            back = weight(weights, coupling, BACK)
            np.dot(source.reshape(rows, coupling[N_TO]), back.T, product)
        else:
            continue
        total += product.reshape(total.shape)
