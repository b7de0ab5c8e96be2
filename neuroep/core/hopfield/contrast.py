"""The slope of the energy in what attention stores: attention times query, a local product."""

import numpy as np

from neuroep.core.hopfield.blocks import block
from neuroep.core.hopfield.layers import AREA, attention_weights
from neuroep.core.jit import kernel
from neuroep.core.tables import ATTENTION, CONSTANTS, DRAWN, KIND, STORED, WIDTH


@kernel
def pattern_slope(wiring, inputs, potential, batch, first, last, share, scratch, slope):
    """Add sum over phases of share * dE/dX to ``slope``, flat like the patterns.

    With the activities held, dF*/dx_j = -dF/dx_j = -sum over rows of p_j v: what token j is
    attended with times what asked for it, and on a drawn chip AREA times as much.

    ``potential``: flat, of ``batch`` examples, phase by phase over the drive rows; ``first``,
    ``last``: drive rows, each of which owns its own part of ``slope``; ``share`` (batch,), of the
    state's dtype: factor of each settled example.
    """
    phases = batch // inputs.examples
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        if layer[KIND] != ATTENTION:
            continue
        width, own = layer[WIDTH], wiring.constants[layer[CONSTANTS] :]
        for row in range(first, last):
            begin = inputs.start[layer[STORED], row]
            size = inputs.length[layer[STORED], row] * width
            into = slope[begin : begin + size].reshape(size // width, width)
            for phase in range(phases):
                example = phase * inputs.examples + row
                v = block(potential, batch, layer, example, example + 1)[0]
                p, _, queries = attention_weights(layer, own, inputs, row, v, scratch)
                if p.size == 0:
                    continue
                begin = p.size + queries.size
                product = scratch[begin : begin + size].reshape(into.shape)
                np.dot(p.T, queries.reshape(p.shape[0], width), product)
                if layer[DRAWN] > 0:
                    product *= own[AREA]
                into -= share[example] * product


@kernel
def scatter_add(ids, values, table):
    """Add row i of ``values`` (n, d) to row ids[i] of ``table`` (V, d)."""
    for i in range(ids.size):
        row = table[ids[i]]
        value = values[i]
        for j in range(row.size):
            row[j] += value[j]
