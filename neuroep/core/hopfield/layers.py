"""One layer's step: potentials in, activities and Lagrangian out."""

import math

import numpy as np

from neuroep.core.hopfield.blocks import rows_in_use
from neuroep.core.hopfield.exponential import exp_of_negative
from neuroep.core.jit import kernel
from neuroep.core.pointers import call_scalar
from neuroep.core.tables import ACTIVITY, CONSTANTS, LAGRANGIAN, SLOPE, STORED, STRIDE, WIDTH


@kernel
def unit_constants(layer, constants, unit):
    """Return the constants of a layer's unit, and whatever follows them, out of the flat ones."""
    return constants[layer[CONSTANTS] + unit * layer[STRIDE] :]


@kernel
def solve_potential(layer, constants, drive, stiffness):
    """Return v with v + stiffness * sigma(v) = drive: the exact block minimum under a nudge.

    For the squared error (stiffness beta, drive u + beta y) v is the stationary point of
    F*(s) - u s + beta (s - y)^2 / 2. Newton inside a bracket: the left side is increasing as long
    as stiffness * max slope > -1, which the caller has checked. ``constants``: the unit's own.
    """
    if stiffness == 0.0:
        return drive
    high = drive
    step = stiffness * call_scalar(layer[ACTIVITY], drive, constants)
    if step == 0.0:
        return drive
    low = drive - step
    # For stiffness > 0 the root lies between drive and drive - step; for a negative one further.
    for _ in range(200):
        g = low + stiffness * call_scalar(layer[ACTIVITY], low, constants) - drive
        if g == 0.0:
            return low
        if (g > 0.0) != (step > 0.0):
            break
        high = low
        low -= step
        step *= 2.0
    if low > high:
        low, high = high, low
    v = 0.5 * (low + high)
    step = high - low
    for _ in range(100):
        g = v + stiffness * call_scalar(layer[ACTIVITY], v, constants) - drive
        if g > 0.0:
            high = v
        else:
            low = v
        slope = 1.0 + stiffness * call_scalar(layer[SLOPE], v, constants)
        following = v - g / slope if slope > 0.0 else 0.5 * (low + high)
        # Newton can swing between the two flat ends of a sigmoid: a step must halve the last one.
        if not low <= following <= high or abs(following - v) > 0.5 * abs(step):
            following = 0.5 * (low + high)
        step = following - v
        if abs(step) <= 1e-15 * (1.0 + abs(v)):
            return following
        v = following
    return v


@kernel
def activate_neurons(layer, constants, drive, stiffness, potential, activity):
    """Set one example's potentials and activities of a layer of plain neurons.

    Returns the largest change of an activity.
    """
    change = 0.0
    for i in range(drive.size):
        own = unit_constants(layer, constants, i)
        v = solve_potential(layer, own, float(drive[i]), stiffness)
        s = call_scalar(layer[ACTIVITY], v, own)
        change = max(change, abs(s - activity[i]))
        if not math.isfinite(s):
            change = np.inf
        potential[i] = v
        activity[i] = s
    return change


@kernel
def softmax_rows(scores, inverse_temperature):
    """Turn scores (T, L) into softmax(c * scores) in place; return sum of log-sum-exp / c."""
    total = 0.0
    for t in range(scores.shape[0]):
        row = scores[t]
        peak = row[0]
        for j in range(1, row.size):
            peak = max(peak, row[j])
        norm = 0.0
        for j in range(row.size):
            p = exp_of_negative(inverse_temperature * (row[j] - peak))
            row[j] = p
            norm += p
        scale = 1.0 / norm
        for j in range(row.size):
            row[j] *= scale
        total += peak + math.log(norm) / inverse_temperature
    return total


@kernel
def stored_patterns(layer, inputs, row):
    """Return the (length, width) view of the stored patterns of a drive row."""
    begin = inputs.start[layer[STORED], row]
    length = inputs.length[layer[STORED], row]
    width = layer[WIDTH]
    return inputs.patterns[begin : begin + length * width].reshape(length, width)


@kernel
def attention_weights(layer, inverse_temperature, inputs, row, potential, scratch):
    """Return softmax(c V X^T) (T, L), a view of ``scratch``, and the Lagrangian of one example.

    V are the layer's rows in use, X the stored patterns. F(V) = sum over rows of
    (1/c) log sum_j exp(c x_j . v) (Ramsauer et al. 2021, eq. 1-3).
    """
    tokens = rows_in_use(layer, inputs, row)
    patterns = stored_patterns(layer, inputs, row)
    scores = scratch[: tokens * patterns.shape[0]].reshape(tokens, patterns.shape[0])
    if scores.size == 0:
        return scores, 0.0
    width = layer[WIDTH]
    np.dot(potential[: tokens * width].reshape(tokens, width), patterns.T, scores)
    return scores, softmax_rows(scores, inverse_temperature)


@kernel
def attend(layer, constants, inputs, row, drive, potential, activity, scratch):
    """Set one example's rows of an attention layer, s = softmax(c v X^T) X.

    Padded rows, and all rows of an empty sequence, stay at zero. Returns the Lagrangian and the
    largest change of an activity. ``scratch`` holds at least (rows in use) * (patterns + width).
    """
    patterns = stored_patterns(layer, inputs, row)
    tokens = rows_in_use(layer, inputs, row)
    size = tokens * layer[WIDTH]
    if patterns.shape[0] == 0 or size == 0:
        return 0.0, 0.0
    potential[:size] = drive[:size]
    scores, lagrangian = attention_weights(
        layer, constants[layer[CONSTANTS]], inputs, row, potential, scratch
    )
    read = scratch[scores.size : scores.size + size]
    np.dot(scores, patterns, read.reshape(tokens, layer[WIDTH]))
    change = 0.0
    for i in range(size):
        difference = abs(read[i] - activity[i])
        change = max(change, difference)
        if not math.isfinite(difference):
            change = np.inf
        activity[i] = read[i]
    return lagrangian, change


@kernel
def neuron_lagrangian(layer, constants, potential):
    """Return the sum of F(v) over one example's neurons of a layer."""
    total = 0.0
    for i in range(potential.size):
        own = unit_constants(layer, constants, i)
        total += call_scalar(layer[LAGRANGIAN], float(potential[i]), own)
    return total
