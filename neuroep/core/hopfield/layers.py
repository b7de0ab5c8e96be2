"""One layer's step: potentials in, activities and Lagrangian out."""

import math

import numpy as np

from neuroep.core.bits import higher, number_of, rank_of
from neuroep.core.hopfield.blocks import rows_in_use
from neuroep.core.hopfield.exponential import exp_of_negative
from neuroep.core.hopfield.products import scores_with
from neuroep.core.jit import inlined, kernel
from neuroep.core.pointers import call_scalar
from neuroep.core.tables import (
    ACTIVITY,
    CONSTANTS,
    DRAWN,
    LAGRANGIAN,
    RAILS,
    SIZE,
    SLOPE,
    STORED,
    STRIDE,
    TOKENS,
    WIDTH,
)

# What stands before the constants of a neuron of a drawn chip: s = scale sigma(argument v + shift).
ARGUMENT = 0
SHIFT = 1
SCALE = 2
NEURON_VALUES = 3

# What follows the inverse temperature of attention, which sees queries of at most REACH. Then, on a
# drawn chip: how many tokens a row could hold; AREA, the factor on its Lagrangian, by which a
# potential counts less in a query and a reading more on its line; of each unit the factor and the
# offset of its query and the factor of its reading; of each row its tail current; of each row and
# token an offset of its score.
REACH = 1
TOKENS_HELD = 2
AREA = 3
ATTENTION_VALUES = 4


@inlined
def first_constant(layer, unit):
    """Return where the constants of a layer's unit begin among all of them."""
    return layer[CONSTANTS] + unit * layer[STRIDE]


@inlined
def neuron_activity(layer, constants, unit, v):
    """Return s = sigma(v) of a neuron; ``constants``: those of all layers."""
    own = first_constant(layer, unit)
    if layer[DRAWN] > 0:
        x = constants[own + ARGUMENT] * v + constants[own + SHIFT]
        s = call_scalar(layer[ACTIVITY], x, constants, own + NEURON_VALUES)
        return constants[own + SCALE] * s
    return call_scalar(layer[ACTIVITY], v, constants, own)


@inlined
def neuron_slope(layer, constants, unit, v):
    """Return ds/dv of a neuron."""
    own = first_constant(layer, unit)
    if layer[DRAWN] > 0:
        x = constants[own + ARGUMENT] * v + constants[own + SHIFT]
        slope = call_scalar(layer[SLOPE], x, constants, own + NEURON_VALUES)
        return constants[own + SCALE] * constants[own + ARGUMENT] * slope
    return call_scalar(layer[SLOPE], v, constants, own)


@inlined
def solve_potential(layer, constants, unit, drive, stiffness):
    """Return v with v + stiffness * sigma(v) = drive: the exact block minimum under a nudge.

    For the squared error (stiffness beta, drive u + beta y) v is the stationary point of
    F*(s) - u s + beta (s - y)^2 / 2. Newton inside a bracket: the left side is increasing as long
    as stiffness * max slope > -1, which the caller has checked.
    """
    high = drive
    step = stiffness * neuron_activity(layer, constants, unit, drive)
    if step == 0.0:
        return drive
    v = drive
    slope = 1.0 + stiffness * neuron_slope(layer, constants, unit, drive)
    if slope > 0.0:  # the tangent at the drive: all there is to do where sigma is straight
        v = drive - step / slope
        g = v + stiffness * neuron_activity(layer, constants, unit, v) - drive
        slope = 1.0 + stiffness * neuron_slope(layer, constants, unit, v)
        if abs(g) <= 1e-15 * (1.0 + abs(v)) * slope:
            return v
    low = drive - step
    # For stiffness > 0 the root lies between drive and drive - step; for a negative one further.
    for _ in range(200):
        g = low + stiffness * neuron_activity(layer, constants, unit, low) - drive
        if g == 0.0:
            return low
        if (g > 0.0) != (step > 0.0):
            break
        high = low
        low -= step
        step *= 2.0
    if low > high:
        low, high = high, low
    if not low < v < high:
        v = 0.5 * (low + high)
    step = high - low
    for _ in range(100):
        g = v + stiffness * neuron_activity(layer, constants, unit, v) - drive
        if g > 0.0:
            high = v
        else:
            low = v
        slope = 1.0 + stiffness * neuron_slope(layer, constants, unit, v)
        following = v - g / slope if slope > 0.0 else 0.5 * (low + high)
        # Newton can swing between the two flat ends of a sigmoid: a step must halve the last one.
        if not low <= following <= high or abs(following - v) > 0.5 * abs(step):
            following = 0.5 * (low + high)
        step = following - v
        if abs(step) <= 1e-15 * (1.0 + abs(v)):
            return following
        v = following
    return v


@inlined
def clip_neurons(gain, low, high, stiffness, drive, potential, activity):
    """Set one example's neurons whose activity is clip(g v, low, high), in one loop for all.

    v + stiffness * sigma(v) = u is met exactly: between the rails g v = g u / (1 + stiffness g),
    and where that is beyond them sigma is the rail. Returns the largest change of an activity.
    """
    share = gain / (1.0 + stiffness * gain)
    most = rank_of(0.0)
    for i in range(drive.size):
        s = share * float(drive[i])
        s = low if s < low else s  # what is not a number stays it
        s = high if s > high else s
        most = higher(most, rank_of(abs(s - activity[i])))
        activity[i] = s
    for i in range(drive.size):
        potential[i] = drive[i]
    if stiffness != 0.0:
        for i in range(potential.size):
            potential[i] -= stiffness * activity[i]
    change = number_of(most)
    return change if math.isfinite(change) else np.inf


@inlined
def activate_neurons(layer, constants, drive, stiffness, potential, activity):
    """Set one example's potentials and activities of a layer of plain neurons.

    Returns the largest change of an activity. ``potential`` may be ``drive``.
    """
    if layer[RAILS] > 0:
        low, high = constants[layer[RAILS]], constants[layer[RAILS] + 1]
        gain = constants[layer[CONSTANTS]]
        return clip_neurons(gain, low, high, stiffness, drive, potential, activity)
    change = 0.0
    for i in range(drive.size):
        v = float(drive[i])
        if stiffness != 0.0:
            v = solve_potential(layer, constants, i, v, stiffness)
        s = neuron_activity(layer, constants, i, v)
        change = max(change, abs(s - activity[i]))
        if not math.isfinite(s):
            change = np.inf
        potential[i] = v
        activity[i] = s
    return change


@inlined
def largest(row):
    """Return the largest of some numbers."""
    most = rank_of(row[0])
    for j in range(1, row.size):
        most = higher(most, rank_of(row[j]))
    return number_of(most)


@inlined
def largest_magnitude(values):
    """Return the largest |v|; NaN, if any is NaN."""
    most = rank_of(abs(values[0]))
    for i in range(1, values.size):
        most = higher(most, rank_of(abs(values[i])))
    return number_of(most)


@inlined
def exponentials(scores, inverse_temperature, peaks, totals):
    """Turn scores (T, L) into exp(c * (score - its row's peak)) in place.

    ``peaks`` and ``totals`` (T,) receive the largest score of each row and the sum of what it ends
    as.
    """
    sharpness = scores.dtype.type(inverse_temperature)
    for t in range(scores.shape[0]):
        row = scores[t]
        peak = largest(row)
        for j in range(row.size):
            row[j] = sharpness * (row[j] - peak)
        peaks[t] = peak
    flat = scores.reshape(scores.size)  # of all rows at once: short ones would leave vectors empty
    for i in range(flat.size):
        flat[i] = exp_of_negative(flat[i])
    for t in range(scores.shape[0]):
        row = scores[t]
        total = scores.dtype.type(0.0)
        for j in range(row.size):
            total += row[j]
        totals[t] = total


@inlined
def log_sum_exp(inverse_temperature, peaks, totals):
    """Return the sum over rows of (1/c) log sum_j exp(c score_j), float64."""
    found = 0.0
    for t in range(peaks.size):
        found += peaks[t] + math.log(float(totals[t])) / inverse_temperature
    return found


@kernel
def softmax_rows(scores, inverse_temperature):
    """Turn scores (T, L) into softmax(c * scores) in place; return sum of log-sum-exp / c."""
    peaks, totals = np.empty((2, scores.shape[0]), scores.dtype)
    exponentials(scores, inverse_temperature, peaks, totals)
    for t in range(scores.shape[0]):
        row = scores[t]
        scale = scores.dtype.type(1.0) / totals[t]
        for j in range(row.size):
            row[j] *= scale
    return log_sum_exp(inverse_temperature, peaks, totals)


@inlined
def stored_patterns(layer, inputs, row):
    """Return the (length, width) view of the stored patterns of a drive row."""
    begin = inputs.start[layer[STORED], row]
    length = inputs.length[layer[STORED], row]
    width = layer[WIDTH]
    return inputs.patterns[begin : begin + length * width].reshape(length, width)


@inlined
def within_reach(value, reach):
    """Return a value between -reach and reach; what is not a number stays it."""
    if value > reach:
        return reach
    return -reach if value < -reach else value


@inlined
def query_lines(layer, own, potential, lines):
    """Return what the rows in use ask with: their potentials, as far as lines reach.

    ``potential`` and ``lines``: of these units; the latter is written where the two differ.
    """
    reach = own[REACH]
    if layer[DRAWN] > 0:
        for i in range(potential.size):
            values = own[ATTENTION_VALUES + 3 * i :]
            lines[i] = within_reach(values[0] * potential[i] + values[1], reach)
        return lines
    if not largest_magnitude(potential) > reach:
        return potential
    for i in range(potential.size):
        lines[i] = within_reach(potential[i], reach)
    return lines


@inlined
def read_lines(layer, own, reading):
    """Turn what rows in use read into what their lines carry, in place."""
    if layer[DRAWN] > 0:
        for i in range(reading.size):
            reading[i] *= own[ATTENTION_VALUES + 3 * i + 2]


@inlined
def row_values(layer, own):
    """Return where the tails of a drawn layer's rows stand, and the offsets of their scores."""
    tails = ATTENTION_VALUES + 3 * layer[SIZE]
    return tails, tails + layer[TOKENS]


@kernel
def attention_weights(layer, own, inputs, row, potential, scratch):
    """Return what attention makes of one example's potentials, and its Lagrangian.

    Its weights softmax(c Q X^T) (T, L), and the queries Q (T * width,), as lines carry them. V are
    the layer's rows in use, X the stored patterns; Q is V but on a drawn chip and beyond the reach
    of lines. F(V) = sum over rows of (1/c) log sum_j exp(c x_j . v) (Ramsauer et al. 2021, eq.
    1-3). ``own``: the layer's constants; ``scratch``: at least (rows in use) * (patterns + width),
    where weights and then queries stand.
    """
    tokens = rows_in_use(layer, inputs, row)
    patterns = stored_patterns(layer, inputs, row)
    scores = scratch[: tokens * patterns.shape[0]].reshape(tokens, patterns.shape[0])
    width = layer[WIDTH]
    size = tokens * width
    if scores.size == 0:
        return scores, 0.0, potential[:size]
    lines = scratch[scores.size : scores.size + size]
    queries = query_lines(layer, own, potential[:size], lines)
    scores_with(queries.reshape(tokens, width), patterns, scores)
    if layer[DRAWN] <= 0:
        return scores, softmax_rows(scores, own[0]), queries
    tails, offsets = row_values(layer, own)
    held = int(own[TOKENS_HELD])
    lagrangian = 0.0
    for t in range(tokens):
        for j in range(scores.shape[1]):
            scores[t, j] += own[offsets + t * held + j]
        lagrangian += own[tails + t] * softmax_rows(scores[t : t + 1], own[0])
        for j in range(scores.shape[1]):
            scores[t, j] *= own[tails + t]
    return scores, own[AREA] * lagrangian, queries


@kernel
def read_at_rest(layer, inverse_temperature, inputs, first, last, activity, lagrangian):
    """Write what attention reads that asks nothing: the mean of the patterns of drive rows.

    ``activity`` (B, size) and ``lagrangian`` (B,) float64: of drive rows; others than first..last,
    padding, and who stores nothing are left as they are.
    """
    width = layer[WIDTH]
    for e in range(first, last):
        patterns, rows = stored_patterns(layer, inputs, e), rows_in_use(layer, inputs, e)
        count = patterns.shape[0]
        if count == 0 or rows == 0:
            continue
        mean = activity[e, :width]
        mean[:] = 0.0
        for j in range(count):
            for i in range(width):
                mean[i] += patterns[j, i]
        for i in range(width):
            mean[i] /= count
        for t in range(1, rows):
            activity[e, t * width : (t + 1) * width] = mean
        lagrangian[e] = rows * math.log(count) / inverse_temperature


@inlined
def neuron_lagrangian(layer, constants, potential):
    """Return the sum of F(v) over one example's neurons of a layer."""
    total = 0.0
    for i in range(potential.size):
        own = first_constant(layer, i)
        v = float(potential[i])
        if layer[DRAWN] > 0:
            x = constants[own + ARGUMENT] * v + constants[own + SHIFT]
            area = call_scalar(layer[LAGRANGIAN], x, constants, own + NEURON_VALUES)
            total += constants[own + SCALE] / constants[own + ARGUMENT] * area
        else:
            total += call_scalar(layer[LAGRANGIAN], v, constants, own)
    return total
