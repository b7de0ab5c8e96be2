"""Settling by spikes: sigma-delta neurons, event-driven synapses, low-pass receivers."""

import math

import numpy as np

from neuroep.core.hopfield.blocks import block, rows_in_use
from neuroep.core.hopfield.costs import nudge_drive
from neuroep.core.hopfield.energy import total_energy
from neuroep.core.hopfield.layers import activate_neurons
from neuroep.core.hopfield.lines import gather, line_quanta, scatter, units_in_use
from neuroep.core.hopfield.packets import list_spikes, transmit
from neuroep.core.hopfield.reading import attend, attention_scratch, read_patterns
from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import (
    ATTENTION,
    CLASSES,
    COST_KIND,
    COST_LAYER,
    KIND,
    NO_COST,
    OFFSET,
    SIZE,
    STORED,
    WIDTH,
)

HALF = np.float32(0.5)
BEYOND = np.float32(1.000001)
RAIL = np.float32(1.5)  # an integrator's charge, in quanta, cannot leave +-RAIL: it has a supply


@kernel
def encode(activity, inverse_quanta, signed, charge, spikes):
    """One step of sigma-delta neurons: integrate s/q, fire at half a quantum, subtract it.

    Soft reset keeps the remainder, so the running sum of q * spikes follows that of s within half a
    quantum. ``signed``: whether these lines send negative spikes. Returns how many activities were
    beyond what a line can carry.
    """
    lowest = -HALF if signed else np.float32(-np.inf)
    one, none = np.float32(1.0), np.float32(0.0)
    saturated = 0
    for i in range(activity.size):
        rate = activity[i] * inverse_quanta[i]
        phi = charge[i] + rate
        spike = (one if phi >= HALF else none) - (one if phi < lowest else none)
        spikes[i] = spike
        charge[i] = min(max(phi - spike, -RAIL), RAIL)
        saturated += abs(rate) > BEYOND
    return saturated


@inlined
def count_spikes(fired, spikes, quanta, leak, packets, counts):
    """Count the spikes of listed lines, and write what each adds to a current per unit weight."""
    for i in fired:
        packets[i] = leak * quanta[i] * spikes[i]
        counts[i] += 1


@inlined
def average(share, v, s, mean_v, mean_s):
    """Add one step's potentials and activities to their averages."""
    for i in range(v.size):
        mean_v[i] += share * v[i]
        mean_s[i] += share * s[i]


@inlined
def pattern_scratch(wiring, inputs, row):
    """Return the elements that reading an example's stored patterns takes at most."""
    longest = 0
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        if layer[KIND] == ATTENTION:
            rows, stored = rows_in_use(layer, inputs, row), inputs.length[layer[STORED], row]
            longest = max(longest, attention_scratch(rows, stored, layer[WIDTH]))
    return longest


@inlined
def spike_example(problem, lines, example, work, counts, slot, trace, raster):
    """Run one example for as many steps as the window has.

    Rows of ``work`` (11, n): constant current, filtered synaptic current (in and out), charge (in
    and out), potential (in), activity (in), quanta, inverse quanta, spikes, packets, and the
    averages of potential and activity (out). ``counts`` (n,) int32 receives the spikes of each
    line. Returns how many activities were beyond what their line can carry.
    """
    wiring, weights, inputs, nudge, _, _ = problem
    constant, filtered, charge, v, s = work[0], work[1], work[2], work[3], work[4]
    quanta, inverse, spikes, packets = work[5], work[6], work[7], work[8]
    mean_v, mean_s = work[9], work[10]
    row = inputs.row[example]
    target, beta = nudge.target[row], nudge.beta[example]
    layers, cost, leak = wiring.layers, wiring.cost, lines.leak
    keep = v.dtype.type(1.0) - leak
    logits = np.empty(max(1, cost[CLASSES]), np.float64)
    scratch = np.empty(pattern_scratch(wiring, inputs, row), v.dtype)
    fired = np.empty(v.size + 1, np.int64)
    fired_start = np.empty(layers.shape[0] + 1, np.int64)
    used = np.empty(layers.shape[0], np.int64)
    units_in_use(wiring, inputs, row, used)
    for k in range(layers.shape[0]):  # no spike reaches padding, and no current is left there
        filtered[layers[k, OFFSET] + used[k] : layers[k, OFFSET] + layers[k, SIZE]] = 0.0
    line_quanta(wiring, lines.full_scale, lines.attention_range, inputs, row, quanta)
    for i in range(quanta.size):
        inverse[i] = 1.0 / quanta[i]
    spikes[:] = 0.0
    mean_v[:] = 0.0
    mean_s[:] = 0.0
    counts[:] = 0
    saturated = 0
    for t in range(lines.window.size):
        for k in range(layers.shape[0]):
            layer = layers[k]
            begin = layer[OFFSET]
            end = begin + used[k]
            own_v, own_s = v[begin:end], s[begin:end]
            own_constant, own_filtered = constant[begin:end], filtered[begin:end]
            for i in range(own_v.size):
                own_v[i] = own_constant[i] + own_filtered[i]
            if layer[KIND] == ATTENTION:
                # Potentials follow at every step, the slower read-out of the crossbar at some.
                if t % lines.stride == 0:
                    read_patterns(layer, wiring.constants, inputs, row, own_v, own_s, scratch)
            else:
                stiffness = 0.0
                if cost[COST_KIND] != NO_COST and cost[COST_LAYER] == k:
                    stiffness = nudge_drive(
                        cost, weights, own_s, target, beta, nudge.curvature, True, own_v, logits
                    )
                activate_neurons(layer, wiring.constants, own_v, stiffness, own_v, own_s)
            saturated += encode(
                own_s, inverse[begin:end], lines.signed[k], charge[begin:end], spikes[begin:end]
            )
        if lines.window[t] != 0.0:
            average(lines.window[t], v, s, mean_v, mean_s)
        list_spikes(wiring, spikes, fired, fired_start)
        count_spikes(fired[: fired_start[-1]], spikes, quanta, leak, packets, counts)
        if slot >= 0:
            trace[t, slot, :] = v
            for i in range(spikes.size):
                raster[t, slot, i] = np.int8(spikes[i])
        for i in range(filtered.size):
            filtered[i] *= keep
        transmit(wiring, weights, lines.transposed, used, packets, fired, fired_start, filtered)
    if slot >= 0:
        trace[lines.window.size, slot, :] = v
    return saturated


@kernel
def spike_examples(
    problem, lines, carry, first, last, trace_of, trace, raster, counts, saturated, outcome
):
    """Run examples first..last by spikes; averaged potentials and their activities are the result.

    ``carry``: charge and filtered current, flat like a state: where the integrators and the
    receivers stand, on entry and on return. ``outcome`` receives energies, and as residual the
    largest distance between an averaged activity and the one that the averaged potential calls for.
    """
    wiring, _, inputs, _, state, batch = problem
    charge, filtered = carry
    n = counts.size // batch
    work = np.empty((11, n), state.potential.dtype)
    count = np.empty(n, np.int32)
    products = np.empty((last - first) * n, state.potential.dtype)
    total_energy(problem, first, last, products, outcome.before)
    for example in range(first, last):
        row = inputs.row[example]
        gather(wiring, inputs.current, inputs.examples, row, work[0])
        gather(wiring, filtered, batch, example, work[1])
        gather(wiring, charge, batch, example, work[2])
        gather(wiring, state.potential, batch, example, work[3])
        gather(wiring, state.activity, batch, example, work[4])
        saturated[example] = spike_example(
            problem, lines, example, work, count, trace_of[example], trace, raster
        )
        scatter(wiring, work[1], batch, example, filtered)
        scatter(wiring, work[2], batch, example, charge)
        scatter(wiring, work[9], batch, example, state.potential)
        scatter(wiring, count, batch, example, counts)
        scratch = np.empty(pattern_scratch(wiring, inputs, row), state.potential.dtype)
        worst = 0.0
        for k in range(wiring.layers.shape[0]):
            layer = wiring.layers[k]
            begin, end = layer[OFFSET], layer[OFFSET] + layer[SIZE]
            v = block(state.potential, batch, layer, example, example + 1)[0]
            s = block(state.activity, batch, layer, example, example + 1)[0]
            s[:] = work[10, begin:end]
            if layer[KIND] == ATTENTION:
                state.lagrangian[k, example], change = attend(
                    layer, wiring.constants, inputs, row, v, v, s, scratch
                )
            else:
                change = activate_neurons(layer, wiring.constants, v, 0.0, v, s)
            worst = max(worst, change)
        outcome.residual[example] = worst if math.isfinite(worst) else np.inf
    total_energy(problem, first, last, products, outcome.after)
