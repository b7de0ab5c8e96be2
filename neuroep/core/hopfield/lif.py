"""Leaky integrate-and-fire neurons, exact between events: no time step."""

import math

from neuroep.core.jit import inlined, kernel

# Columns of the table of neurons.
TIME_CONSTANT = 0  # C / g, s
LEAK = 1  # g, S
REST = 2  # V
THRESHOLD = 3  # V
RESET = 4  # V; below the threshold
REFRACTORY = 5  # s
LIF_COLUMNS = 6


@inlined
def lif_neuron(edges, currents, neuron, v, ready, times):
    """Run one neuron through piecewise constant currents.

    Between events V(t) = V_inf + (V - V_inf) exp(-t / tau), V_inf = V_rest + I / g, so it reaches
    its threshold after tau ln((V_inf - V) / (V_inf - V_th)); it is then held at V_r for t_ref.

    ``edges`` (K + 1,): when the current changes, s, increasing; ``currents`` (K,): from each edge
    to the next, A; ``neuron`` (LIF_COLUMNS,); ``v``: voltage at the first edge, V; ``ready``: when
    the neuron leaves its refractory time, s. ``times`` (capacity,) receives the times of spikes, s;
    the run ends early when it is full. Returns v, ready and the number of spikes.
    """
    tau, threshold, reset = neuron[TIME_CONSTANT], neuron[THRESHOLD], neuron[RESET]
    count = 0
    for k in range(currents.size):
        t, end = edges[k], edges[k + 1]
        settled = neuron[REST] + currents[k] / neuron[LEAK]
        while True:
            if ready > t:
                if ready >= end:
                    break
                t = ready
            wait = math.inf
            if v >= threshold:
                wait = 0.0
            elif settled > threshold:
                wait = tau * math.log1p((threshold - v) / (settled - threshold))
            if not t + wait <= end:
                v = settled + (v - settled) * math.exp((t - end) / tau)
                break
            if count == times.size:
                return v, ready, count
            t += wait
            times[count] = t
            count += 1
            v = reset
            ready = t + neuron[REFRACTORY]
    return v, ready, count


@kernel
def lif_neurons(edges, currents, neurons, v, ready, times, counts):
    """Run independent neurons, currents (K, n), neurons (n, LIF_COLUMNS), times (n, capacity).

    ``v`` and ``ready`` (n,) hold the state on entry and on return, so that a run can be continued;
    ``counts`` (n,) receives the number of spikes.
    """
    for i in range(v.size):
        v[i], ready[i], counts[i] = lif_neuron(
            edges, currents[:, i], neurons[i], v[i], ready[i], times[i]
        )
