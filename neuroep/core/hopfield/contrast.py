"""The slope of the energy in what attention stores: attention times query, a local product."""

import numpy as np

from neuroep.core.hopfield.blocks import block, rows_in_use
from neuroep.core.hopfield.layers import AREA, attention_weights, stored_patterns
from neuroep.core.jit import kernel
from neuroep.core.tables import ATTENTION, CONSTANTS, DRAWN, KIND, STORED, WIDTH


@kernel
def pattern_slope(wiring, inputs, potential, batch, first, last, share, scratch, slope):
    """Add sum over phases of share * dE/dX to ``slope``, flat like the patterns.

    With the activities held, dF*/dx_j = -dF/dx_j = -sum over rows of p_j v: what token j is
    attended with times what asked for it, and on a drawn chip AREA times as much.

    ``potential``: flat, of ``batch`` examples, phase by phase over the drive rows; ``first``,
    ``last``: drive rows, each of which owns its own part of ``slope``; ``share`` (batch,), of the
    state's dtype: factor of each settled example. ``scratch`` holds, of any drive row, the rows of
    a layer in all phases times (patterns + width), and then one phase's and the patterns.
    """
    phases = batch // inputs.examples
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        if layer[KIND] != ATTENTION:
            continue
        width, own = layer[WIDTH], wiring.constants[layer[CONSTANTS] :]
        for row in range(first, last):
            patterns = stored_patterns(layer, inputs, row)
            rows = rows_in_use(layer, inputs, row)
            if patterns.size == 0 or rows == 0:
                continue
            total = phases * rows
            weights = scratch[: total * patterns.shape[0]].reshape(total, patterns.shape[0])
            asked = scratch[weights.size : weights.size + total * width].reshape(total, width)
            rest = scratch[weights.size + asked.size :]
            for phase in range(phases):
                example = phase * inputs.examples + row
                v = block(potential, batch, layer, example, example + 1)[0]
                p, _, queries = attention_weights(layer, own, inputs, row, v, rest)
                weights[phase * rows : (phase + 1) * rows] = p
                factor = -share[example]
                if layer[DRAWN] > 0:
                    factor *= own[AREA]
                lines = queries.reshape(rows, width)
                for t in range(rows):
                    for i in range(width):
                        asked[phase * rows + t, i] = factor * lines[t, i]
            product = rest[: patterns.size].reshape(patterns.shape)
            np.dot(weights.T, asked, product)
            begin = inputs.start[layer[STORED], row]
            into = slope[begin : begin + patterns.size].reshape(patterns.shape)
            into += product


@kernel
def scatter_add(ids, values, table):
    """Add row i of ``values`` (n, d) to row ids[i] of ``table`` (V, d)."""
    for i in range(ids.size):
        row = table[ids[i]]
        value = values[i]
        for j in range(row.size):
            row[j] += value[j]
