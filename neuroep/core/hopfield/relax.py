"""Relaxation by whole layers: exact block sweeps, or the synchronous iteration."""

import numpy as np

from neuroep.core.hopfield.blocks import add_currents, block
from neuroep.core.hopfield.costs import nudge_drive
from neuroep.core.hopfield.energy import total_energy
from neuroep.core.hopfield.layers import activate_neurons
from neuroep.core.hopfield.reading import attend
from neuroep.core.jit import inlined, kernel
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
    Inputs,
    Nudge,
    Problem,
    State,
)


@inlined
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


@inlined
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


@inlined
def gather_examples(problem, examples):
    """Return a problem of these examples alone, with a state of their own."""
    wiring, weights, inputs, nudge, state, batch = problem
    count = examples.size
    units = state.potential.size // batch
    potential = np.empty(count * units, state.potential.dtype)
    activity = np.empty(count * units, state.activity.dtype)
    lagrangian = np.empty((state.lagrangian.shape[0], count), np.float64)
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        v, own_v = (
            block(state.potential, batch, layer, 0, batch),
            block(potential, count, layer, 0, count),
        )
        s, own_s = (
            block(state.activity, batch, layer, 0, batch),
            block(activity, count, layer, 0, count),
        )
        for r in range(count):
            own_v[r, :] = v[examples[r]]
            own_s[r, :] = s[examples[r]]
            lagrangian[k, r] = state.lagrangian[k, examples[r]]
    own = Inputs(
        inputs.current, inputs.patterns, inputs.start, inputs.length, inputs.row[examples],
        inputs.examples,
    )  # fmt: skip
    pulled = Nudge(nudge.beta[examples], nudge.target, nudge.curvature)
    return Problem(wiring, weights, own, pulled, State(potential, activity, lagrangian), count)


@inlined
def scatter_examples(own, examples, problem):
    """Write the states of a problem that :func:`gather_examples` made back to these examples."""
    wiring, _, _, _, state, batch = problem
    count = examples.size
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        v, own_v = (
            block(state.potential, batch, layer, 0, batch),
            block(own.state.potential, count, layer, 0, count),
        )
        s, own_s = (
            block(state.activity, batch, layer, 0, batch),
            block(own.state.activity, count, layer, 0, count),
        )
        for r in range(count):
            v[examples[r], :] = own_v[r]
            s[examples[r], :] = own_s[r]
            state.lagrangian[k, examples[r]] = own.state.lagrangian[k, r]


@inlined
def sweep(problem, moving, implicit, drives, scratch, residual):
    """Step the layers of the examples that are ``moving``, a colour class after the other.

    Currents are those of all examples, in one product. ``drives`` holds those of a class;
    ``residual`` (B,) receives the largest change of an activity of each moving example.
    """
    wiring, weights, inputs, _, state, count = problem
    residual[moving] = 0.0
    for colour in range(wiring.class_starts.size - 1):
        members = wiring.order[wiring.class_starts[colour] : wiring.class_starts[colour + 1]]
        begin = 0
        for k in members:
            size = wiring.layers[k, SIZE]
            drive = drives[begin : begin + count * size].reshape(count, size)
            add_currents(
                wiring, weights, inputs, state.activity, count, k, 0, count, drive, scratch
            )
            begin += drive.size
        begin = 0
        for k in members:
            size = wiring.layers[k, SIZE]
            drive = drives[begin : begin + count * size].reshape(count, size)
            for r in np.flatnonzero(moving):
                step_layer(problem, k, r, r + 1, implicit, drive[r : r + 1], scratch, residual)
            begin += drive.size


@kernel
def relax(problem, examples, implicit, tolerance, limit, workspace, trace_of, trace, outcome):
    """Relax some examples, each until none of its activities moves by more than ``tolerance``.

    The layers of a colour class step together, each from the currents of the activities that stand
    when its class begins. With the colour classes of the layer graph and ``implicit`` steps this
    is exact block-coordinate minimisation of the total energy; with one class that holds every
    layer and explicit steps it is s <- sigma(dPhi/ds), which may cycle.

    The state holds the start on entry, with the lagrangian that belongs to its potentials, and the
    result on return. ``examples``: numbers of those that step together, so that their products are
    one; who has settled leaves the others, a quarter of them at a time. ``implicit``: whether the
    nudge is met exactly, see ``nudge_drive``; the rows of ``workspace`` (2, n) hold the currents of
    a class of these examples, and a layer of them and one example's attention scores and reading;
    ``trace_of`` (B,): slot of each recorded example in ``trace`` (limit + 1, slots, units), or -1.
    ``outcome`` receives how the examples settled.
    """
    status, own_steps, residual, before, after = outcome
    drives, scratch = workspace[0], workspace[1]
    count = examples.size
    own = gather_examples(problem, examples)
    energy, change = np.empty(count, np.float64), np.zeros(count, np.float64)
    slot = np.empty(count, np.int64)
    total_energy(own, 0, count, scratch, energy)
    for r in range(count):
        before[examples[r]] = energy[r]
        own_steps[examples[r]] = 0
        slot[r] = trace_of[examples[r]]
    record(own.wiring, own.state, count, 0, count, slot, trace, 0)
    together, among = own, np.arange(count)
    moving, steps = np.ones(count, np.bool_), 0
    while moving.any() and steps < limit:
        sweep(together, moving, implicit, drives, scratch, change[: among.size])
        steps += 1
        for r in np.flatnonzero(moving):
            example = examples[among[r]]
            own_steps[example] = steps
            residual[example] = change[r]
            moving[r] = tolerance < change[r] < np.inf
        record(own.wiring, own.state, count, 0, count, slot, trace, steps)
        record(own.wiring, together.state, among.size, 0, among.size, slot[among], trace, steps)
        if 0 < 4 * moving.sum() <= 3 * among.size:
            scatter_examples(together, among, own)
            among = among[moving]
            together = gather_examples(own, among)
            moving = np.ones(among.size, np.bool_)
    scatter_examples(together, among, own)
    for step in range(steps + 1, trace.shape[0]):  # another chunk's example may step on
        record(own.wiring, own.state, count, 0, count, slot, trace, step)
    total_energy(own, 0, count, scratch, energy)
    scatter_examples(own, examples, problem)
    for r in range(count):
        example = examples[r]
        after[example] = energy[r]
        if not residual[example] < np.inf:
            status[example] = DIVERGED
        elif residual[example] <= tolerance:
            status[example] = CONVERGED
        else:
            status[example] = STEP_LIMIT
