"""The total energy of settled examples, E + beta C."""

import numpy as np

from neuroep.core.hopfield.blocks import block, weight
from neuroep.core.hopfield.costs import cost_value
from neuroep.core.hopfield.layers import neuron_lagrangian
from neuroep.core.jit import kernel
from neuroep.core.tables import (
    CLASSES,
    COST_KIND,
    COST_LAYER,
    FROM,
    KIND,
    N_FROM,
    N_TO,
    NO_COST,
    POINTWISE,
    ROWS,
    TO,
)


@kernel
def total_energy(problem, first, last, scratch, energy):
    """Write E + beta C of examples first..last into ``energy`` (B,) float64.

    E = sum_k F_k*(s_k) - Phi(s) with F*(s) = v.s - F(v) at s = sigma(v): the state must hold
    activities that belong to its potentials. ``state.lagrangian`` is read for attention layers and
    written for plain neurons. ``scratch`` holds one layer of these examples.
    """
    wiring, weights, inputs, nudge, state, batch = problem
    count = last - first
    energy[first:last] = 0.0
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        v = block(state.potential, batch, layer, first, last)
        s = block(state.activity, batch, layer, first, last)
        current = block(inputs.current, inputs.examples, layer, 0, inputs.examples)
        for r in range(count):
            if layer[KIND] == POINTWISE:
                state.lagrangian[k, first + r] = neuron_lagrangian(layer, wiring.constants, v[r])
            drive = current[inputs.row[first + r]]
            total = 0.0
            for i in range(s.shape[1]):
                total += (float(v[r, i]) - float(drive[i])) * float(s[r, i])
            energy[first + r] += total - state.lagrangian[k, first + r]
    for c in range(wiring.couplings.shape[0]):
        coupling = wiring.couplings[c]
        source = block(state.activity, batch, wiring.layers[coupling[FROM]], first, last)
        to = block(state.activity, batch, wiring.layers[coupling[TO]], first, last)
        rows = count * coupling[ROWS]
        product = scratch[: to.size].reshape(rows, coupling[N_TO])
        np.dot(source.reshape(rows, coupling[N_FROM]), weight(weights, coupling), product)
        product = product.reshape(to.shape)
        for r in range(count):
            total = 0.0
            for i in range(to.shape[1]):
                total += float(product[r, i]) * float(to[r, i])
            energy[first + r] -= total
    cost = wiring.cost
    if cost[COST_KIND] == NO_COST:
        return
    s = block(state.activity, batch, wiring.layers[cost[COST_LAYER]], first, last)
    logits = np.empty(cost[CLASSES], np.float64)
    for r in range(count):
        beta = nudge.beta[first + r]
        if beta != 0.0:
            target = nudge.target[inputs.row[first + r]]
            energy[first + r] += beta * cost_value(cost, weights, s[r], target, logits)
