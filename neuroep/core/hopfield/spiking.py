"""Settling by spikes: sigma-delta neurons, event-driven synapses, low-pass receivers."""

import math
from typing import NamedTuple

import numpy as np

from neuroep.core.hopfield.blocks import block, rows_in_use
from neuroep.core.hopfield.costs import nudge_drive
from neuroep.core.hopfield.layers import activate_neurons, attend, stored_patterns
from neuroep.core.jit import kernel
from neuroep.core.tables import (
    ATTENTION,
    CLASSES,
    COST_KIND,
    COST_LAYER,
    FROM,
    KIND,
    N_FROM,
    N_TO,
    NO_COST,
    OFFSET,
    SIZE,
    TO,
    TRANSPOSED,
    WEIGHT,
    WIDTH,
    Floats,
    Reals,
)

HALF = np.float32(0.5)
BEYOND = np.float32(1.000001)
RAIL = np.float32(1.5)  # an integrator's charge, in quanta, cannot leave +-RAIL: it has a supply


class Lines(NamedTuple):
    """What spikes travel on, and how they are read.

    ``transposed``: the weights that spikes going backwards read; ``full_scale`` (layers,): of
    neurons' lines; ``attention_range``: that of attention lines, in units of the largest stored
    value of a column; ``signed`` (units,): whether spikes can be negative; ``leak``, of the state's
    dtype: 1 - exp(-dt / tau) of the receivers' low-pass filter; ``stride``: steps between two
    readings of an attention layer's stored patterns; ``window`` (steps,): weights of the average
    that observables are read with, which sum to 1.
    """

    transposed: Floats
    full_scale: Reals
    attention_range: float
    signed: np.ndarray
    leak: float
    stride: int
    window: Floats


@kernel
def gather(wiring, flat, count, row, units):
    """Copy one example of a flat buffer into ``units`` (n,)."""
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        begin = layer[OFFSET]
        units[begin : begin + layer[SIZE]] = block(flat, count, layer, row, row + 1)[0]


@kernel
def scatter(wiring, units, batch, example, flat):
    """Copy ``units`` (n,) into one example of a flat buffer."""
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        begin = layer[OFFSET]
        block(flat, batch, layer, example, example + 1)[0][:] = units[begin : begin + layer[SIZE]]


@kernel
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
            for i in range(width):
                peak = 0.0
                for j in range(patterns.shape[0]):
                    peak = max(peak, abs(patterns[j, i]))
                for line in range(begin + i, begin + layer[SIZE], width):
                    quanta[line] = max(attention_range * peak, 1e-30)
        else:
            quanta[begin : begin + layer[SIZE]] = full_scale[k]


@kernel
def encode(activity, inverse_quanta, signed, charge, spikes):
    """One step of sigma-delta neurons: integrate s/q, fire at half a quantum, subtract it.

    Soft reset keeps the remainder, so the running sum of q * spikes follows that of s within half a
    quantum. Returns how many activities were beyond what a line can carry.
    """
    saturated = 0
    for i in range(activity.size):
        rate = activity[i] * inverse_quanta[i]
        phi = charge[i] + rate
        up = np.int8(phi >= HALF)
        down = np.int8((phi < -HALF) & signed[i])
        spikes[i] = up - down
        charge[i] = min(max(phi - spikes[i], -RAIL), RAIL)
        saturated += abs(rate) > BEYOND
    return saturated


@kernel
def list_spikes(wiring, spikes, fired, fired_start):
    """List the lines that spike, layer by layer: layer k's are fired[start[k] : start[k + 1]]."""
    total = 0
    for k in range(wiring.layers.shape[0]):
        fired_start[k] = total
        begin = wiring.layers[k, OFFSET]
        for i in range(begin, begin + wiring.layers[k, SIZE]):
            if spikes[i] != 0:
                fired[total] = i
                total += 1
    fired_start[wiring.layers.shape[0]] = total


@kernel
def add_packets(senders, begin, there, n_in, n_out, matrix, quanta, spikes, received):
    """Add q W[unit] to the receiving row of every line in ``senders``."""
    for i in senders:
        packet = quanta[i] if spikes[i] > 0 else -quanta[i]
        row = (i - begin) // n_in
        unit = (i - begin) - row * n_in
        to = received[there + row * n_out : there + (row + 1) * n_out]
        w = matrix[unit * n_out : (unit + 1) * n_out]
        for j in range(n_out):
            to[j] += packet * w[j]


@kernel
def transmit(wiring, weights, transposed, quanta, spikes, fired, fired_start, received):
    """Add W q for every spike to the lines it reaches: work only where there are spikes."""
    received[:] = 0.0
    for c in range(wiring.couplings.shape[0]):
        coupling = wiring.couplings[c]
        a, b = coupling[FROM], coupling[TO]
        n_a, n_b = coupling[N_FROM], coupling[N_TO]
        begin_a, begin_b = wiring.layers[a, OFFSET], wiring.layers[b, OFFSET]
        there = weights[coupling[WEIGHT] : coupling[WEIGHT] + n_a * n_b]
        back = transposed[coupling[TRANSPOSED] : coupling[TRANSPOSED] + n_a * n_b]
        senders = fired[fired_start[a] : fired_start[a + 1]]
        add_packets(senders, begin_a, begin_b, n_a, n_b, there, quanta, spikes, received)
        senders = fired[fired_start[b] : fired_start[b + 1]]
        add_packets(senders, begin_b, begin_a, n_b, n_a, back, quanta, spikes, received)


@kernel
def mask_rows(wiring, inputs, row, units):
    """Set padded rows of attention layers to zero."""
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        if layer[KIND] == ATTENTION:
            used = rows_in_use(layer, inputs, row) * layer[WIDTH]
            units[layer[OFFSET] + used : layer[OFFSET] + layer[SIZE]] = 0.0


@kernel
def spike_example(problem, lines, example, work, spikes, counts, slot, trace, raster):
    """Run one example for as many steps as the window has.

    Rows of ``work`` (10, n): constant current, filtered synaptic current (in and out), charge (in
    and out), potential (in), activity (in), quanta, inverse quanta, received, and the averages of
    potential and activity (out). ``spikes`` (n,) int8 is scratch, ``counts`` (n,) int32 receives
    the spikes of each line. Returns how many activities were beyond what their line can carry.
    """
    wiring, weights, inputs, nudge, _, _ = problem
    transposed, full_scale, attention_range, signed, leak, stride, window = lines
    constant, filtered, charge, v, s = work[0], work[1], work[2], work[3], work[4]
    quanta, inverse, received, mean_v, mean_s = work[5], work[6], work[7], work[8], work[9]
    row = inputs.row[example]
    target, beta = nudge.target[row], nudge.beta[example]
    layers = wiring.layers
    cost = wiring.cost
    logits = np.empty(max(1, cost[CLASSES]), np.float64)
    longest = 0
    widest = 0
    for k in range(layers.shape[0]):
        widest = max(widest, layers[k, SIZE])
        if layers[k, KIND] == ATTENTION:
            used = rows_in_use(layers[k], inputs, row)
            patterns = stored_patterns(layers[k], inputs, row)
            longest = max(longest, used * (patterns.shape[0] + patterns.shape[1]))
    scratch = np.empty(longest, v.dtype)
    drive = np.empty(widest, v.dtype)
    fired = np.empty(v.size, np.int64)
    fired_start = np.empty(layers.shape[0] + 1, np.int64)
    line_quanta(wiring, full_scale, attention_range, inputs, row, quanta)
    for i in range(quanta.size):
        inverse[i] = 1.0 / quanta[i]
    mean_v[:] = 0.0
    mean_s[:] = 0.0
    counts[:] = 0
    saturated = 0
    for t in range(window.size):
        for k in range(layers.shape[0]):
            layer = layers[k]
            begin, end = layer[OFFSET], layer[OFFSET] + layer[SIZE]
            own_v, own_s = v[begin:end], s[begin:end]
            if layer[KIND] == ATTENTION:
                # Potentials follow at every step, the slower read-out of the crossbar at some.
                for i in range(begin, end):
                    v[i] = constant[i] + filtered[i]
                if t % stride == 0:
                    attend(layer, wiring.constants, inputs, row, own_v, own_v, own_s, scratch)
            else:
                u = drive[: layer[SIZE]]
                for i in range(u.size):
                    u[i] = constant[begin + i] + filtered[begin + i]
                stiffness = 0.0
                if cost[COST_KIND] != NO_COST and cost[COST_LAYER] == k:
                    stiffness = nudge_drive(
                        cost, weights, own_s, target, beta, nudge.curvature, True, u, logits
                    )
                activate_neurons(layer, wiring.constants, u, stiffness, own_v, own_s)
        mask_rows(wiring, inputs, row, v)
        if slot >= 0:
            trace[t, slot, :] = v
        saturated += encode(s, inverse, signed, charge, spikes)
        if slot >= 0:
            for i in range(spikes.size):
                raster[t, slot, i] = spikes[i]
        list_spikes(wiring, spikes, fired, fired_start)
        transmit(wiring, weights, transposed, quanta, spikes, fired, fired_start, received)
        share = window[t]
        for i in range(v.size):
            filtered[i] += leak * (received[i] - filtered[i])
            counts[i] += abs(spikes[i])
            mean_v[i] += share * v[i]
            mean_s[i] += share * s[i]
    if slot >= 0:
        trace[window.size, slot, :] = v
    return saturated


@kernel
def spike_examples(
    problem, lines, carry, first, last, trace_of, trace, raster, counts, saturated, residual
):
    """Run examples first..last by spikes; averaged potentials and their activities are the result.

    ``carry``: charge and filtered current, flat like a state: where the integrators and the
    receivers stand, on entry and on return. ``residual`` (B,) receives the largest distance between
    an averaged activity and the one that the averaged potential calls for.
    """
    wiring, _, inputs, _, state, batch = problem
    charge, filtered = carry
    n = lines.signed.size
    work = np.empty((10, n), state.potential.dtype)
    spikes = np.empty(n, np.int8)
    count = np.empty(n, np.int32)
    for example in range(first, last):
        row = inputs.row[example]
        gather(wiring, inputs.current, inputs.examples, row, work[0])
        gather(wiring, filtered, batch, example, work[1])
        gather(wiring, charge, batch, example, work[2])
        gather(wiring, state.potential, batch, example, work[3])
        gather(wiring, state.activity, batch, example, work[4])
        saturated[example] = spike_example(
            problem, lines, example, work, spikes, count, trace_of[example], trace, raster
        )
        scatter(wiring, work[1], batch, example, filtered)
        scatter(wiring, work[2], batch, example, charge)
        scatter(wiring, work[8], batch, example, state.potential)
        scatter(wiring, count, batch, example, counts)
        worst = 0.0
        for k in range(wiring.layers.shape[0]):
            layer = wiring.layers[k]
            begin, end = layer[OFFSET], layer[OFFSET] + layer[SIZE]
            v = block(state.potential, batch, layer, example, example + 1)[0]
            s = block(state.activity, batch, layer, example, example + 1)[0]
            s[:] = work[9, begin:end]
            if layer[KIND] == ATTENTION:
                scratch = np.empty(
                    rows_in_use(layer, inputs, row)
                    * (stored_patterns(layer, inputs, row).shape[0] + layer[WIDTH]),
                    v.dtype,
                )
                state.lagrangian[k, example], change = attend(
                    layer, wiring.constants, inputs, row, v, v, s, scratch
                )
            else:
                change = activate_neurons(layer, wiring.constants, v, 0.0, v, s)
            worst = max(worst, change)
        residual[example] = worst if math.isfinite(worst) else np.inf
