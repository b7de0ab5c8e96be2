"""What spikes travel on: the lines of a spiking settle, and where their units stand."""

from typing import NamedTuple

import numpy as np

from neuroep.core.hopfield.blocks import block, rows_in_use
from neuroep.core.hopfield.layers import stored_patterns
from neuroep.core.jit import inlined
from neuroep.core.tables import ATTENTION, KIND, OFFSET, SIZE, WIDTH, Floats, Reals


class Lines(NamedTuple):
    """What spikes travel on, and how they are read.

    ``transposed``: the weights that spikes going backwards read; ``full_scale`` (layers,): of
    neurons' lines; ``attention_range``: full scale of attention lines, in units of the largest
    stored value of a column; ``signed`` (layers,): whether spikes can be negative; ``leak``, of the
    state's dtype: 1 - exp(-dt / tau) of the receivers' low-pass filter; ``stride``: steps between
    two readings of an attention layer's stored patterns; ``window`` (steps,): weights of the
    average that observables are read with, which sum to 1.
    """

    transposed: Floats
    full_scale: Reals
    attention_range: float
    signed: np.ndarray
    leak: float
    stride: int
    window: Floats


@inlined
def gather(wiring, flat, count, row, units):
    """Copy one example of a flat buffer into ``units`` (n,)."""
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        begin = layer[OFFSET]
        units[begin : begin + layer[SIZE]] = block(flat, count, layer, row, row + 1)[0]


@inlined
def scatter(wiring, units, batch, example, flat):
    """Copy ``units`` (n,) into one example of a flat buffer."""
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        begin = layer[OFFSET]
        block(flat, batch, layer, example, example + 1)[0][:] = units[begin : begin + layer[SIZE]]


@inlined
def line_quanta(wiring, full_scale, attention_range, inputs, row, quanta):
    """Write the activity that one spike of each line stands for into ``quanta`` (n,).

    A neuron's quantum is its full scale. A line of an attention layer reads a mean of stored
    patterns, so its quantum is ``attention_range`` times the largest value stored in its column.
    """
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        begin = layer[OFFSET]
        if layer[KIND] == ATTENTION:
            patterns = stored_patterns(layer, inputs, row)
            width = layer[WIDTH]
            first = quanta[begin : begin + width]
            first[:] = 0.0
            for j in range(patterns.shape[0]):
                values = patterns[j]
                for i in range(width):
                    first[i] = max(first[i], abs(values[i]))
            for i in range(width):
                first[i] = max(attention_range * first[i], 1e-30)
            for line in range(begin + width, begin + layer[SIZE]):
                quanta[line] = quanta[line - width]
        else:
            quanta[begin : begin + layer[SIZE]] = full_scale[k]


@inlined
def units_in_use(wiring, inputs, row, used):
    """Write how many units of each layer are real for a drive row, the others are padding."""
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        used[k] = layer[SIZE]
        if layer[KIND] == ATTENTION:
            used[k] = rows_in_use(layer, inputs, row) * layer[WIDTH]
