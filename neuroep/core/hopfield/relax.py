"""Relaxation by whole layers: exact block sweeps, or the synchronous iteration."""

import numpy as np

from neuroep.core.hopfield.blocks import add_currents, block
from neuroep.core.hopfield.costs import nudge_drive
from neuroep.core.hopfield.energy import total_energy
from neuroep.core.hopfield.layers import activate_neurons, attend
from neuroep.core.jit import kernel
from neuroep.core.tables import (
    ATTENTION,
    CLASSES,
    CONVERGED,
    COST_KIND,
    COST_LAYER,
    DIVERGED,
    KIND,
    NO_COST,
    OFFSET,
    SIZE,
    STEP_LIMIT,
)


@kernel
def record(wiring, state, batch, first, last, trace_of, trace, step):
    """Copy the potentials of the chosen examples into trace[step, :, :]."""
    for example in range(first, last):
        slot = trace_of[example]
        if slot >= 0:
            for k in range(wiring.layers.shape[0]):
                layer = wiring.layers[k]
                v = block(state.potential, batch, layer, example, example + 1)
                trace[step, slot, layer[OFFSET] : layer[OFFSET] + layer[SIZE]] = v[0]


@kernel
def activate(wiring, inputs, state, batch, first, last, scratch):
    """Set activities and Lagrangians of examples first..last from their potentials."""
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        v = block(state.potential, batch, layer, first, last)
        s = block(state.activity, batch, layer, first, last)
        for r in range(last - first):
            if layer[KIND] == ATTENTION:
                row = inputs.row[first + r]
                state.lagrangian[k, first + r], _ = attend(
                    layer, wiring.constants, inputs, row, v[r], v[r], s[r], scratch
                )
            else:
                activate_neurons(layer, wiring.constants, v[r], 0.0, v[r], s[r])


@kernel
def step_layer(problem, k, first, last, implicit, drive, scratch, residual):
    """Move one layer of examples first..last to its activity under ``drive``."""
    wiring, weights, inputs, nudge, state, batch = problem
    layer = wiring.layers[k]
    v = block(state.potential, batch, layer, first, last)
    s = block(state.activity, batch, layer, first, last)
    cost = wiring.cost
    nudged = cost[COST_KIND] != NO_COST and cost[COST_LAYER] == k
    logits = np.empty(max(1, cost[CLASSES]), np.float64)
    for r in range(last - first):
        example = first + r
        row = inputs.row[example]
        if layer[KIND] == ATTENTION:
            state.lagrangian[k, example], change = attend(
                layer, wiring.constants, inputs, row, drive[r], v[r], s[r], scratch
            )
        else:
            stiffness = 0.0
            if nudged:
                target, beta = nudge.target[row], nudge.beta[example]
                stiffness = nudge_drive(
                    cost, weights, s[r], target, beta, nudge.curvature, implicit, drive[r], logits
                )
            change = activate_neurons(layer, wiring.constants, drive[r], stiffness, v[r], s[r])
        residual[example] = max(residual[example], change)


@kernel
def relax(problem, first, last, implicit, tolerance, limit, workspace, trace_of, trace, outcome):
    """Relax examples first..last until no activity moves by more than ``tolerance``.

    The layers of a colour class step together, each from the currents of the activities that stand
    when its class begins. With the colour classes of the layer graph and ``implicit`` steps this
    is exact block-coordinate minimisation of the total energy; with one class that holds every
    layer and explicit steps it is s <- sigma(dPhi/ds), which may cycle.

    The state holds the start on entry, with the lagrangian that belongs to its potentials, and the
    result on return. ``implicit``: whether the nudge is met exactly, see ``nudge_drive``; the rows
    of ``workspace`` (2, n) hold the currents of a class of these examples, and a layer of them and
    one example's attention scores and reading; ``trace_of`` (B,): slot of each recorded example in
    ``trace`` (limit + 1, slots, units), or -1. ``outcome`` receives how the examples settled; its
    neighbours may have kept one stepping beyond its own last step.
    """
    wiring, weights, inputs, _, state, batch = problem
    status, own_steps, residual, before, after = outcome
    drives = workspace[0]
    scratch = workspace[1]
    total_energy(problem, first, last, scratch, before)
    record(wiring, state, batch, first, last, trace_of, trace, 0)
    worst = np.inf
    steps = 0
    own_steps[first:last] = 1
    while steps < limit and tolerance < worst:
        residual[first:last] = 0.0
        for colour in range(wiring.class_starts.size - 1):
            members = wiring.order[wiring.class_starts[colour] : wiring.class_starts[colour + 1]]
            begin = 0
            for k in members:
                size = wiring.layers[k, SIZE]
                drive = drives[begin : begin + (last - first) * size].reshape(last - first, size)
                add_currents(
                    wiring, weights, inputs, state.activity, batch, k, first, last, drive, scratch
                )
                begin += drive.size
            begin = 0
            for k in members:
                size = wiring.layers[k, SIZE]
                drive = drives[begin : begin + (last - first) * size].reshape(last - first, size)
                step_layer(problem, k, first, last, implicit, drive, scratch, residual)
                begin += drive.size
        steps += 1
        record(wiring, state, batch, first, last, trace_of, trace, steps)
        worst = -1.0  # a diverged example must not hold up its neighbours
        for example in range(first, last):
            if residual[example] < np.inf:
                worst = max(worst, residual[example])
            if residual[example] > tolerance:
                own_steps[example] = steps + 1
    for step in range(steps + 1, trace.shape[0]):  # another chunk's example may step on
        record(wiring, state, batch, first, last, trace_of, trace, step)
    total_energy(problem, first, last, scratch, after)
    for example in range(first, last):
        own_steps[example] = min(own_steps[example], steps)
        if not residual[example] < np.inf:
            status[example] = DIVERGED
        elif residual[example] <= tolerance:
            status[example] = CONVERGED
        else:
            status[example] = STEP_LIMIT
