"""Look into a settle: energy and residual along the way, and what attention looked at."""

import numpy as np

from neuroep.core.hopfield.energy import total_energy
from neuroep.core.hopfield.layers import attention_weights
from neuroep.core.hopfield.reading import attention_scratch
from neuroep.core.hopfield.relax import activate
from neuroep.core.tables import (
    CONSTANTS,
    STORED,
    TOKENS,
    Floats,
    Inputs,
    Nudge,
    Problem,
    Reals,
    State,
)
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.settled import Settled


def relaxation_along(settled: Settled, slot: int, example: int) -> tuple[Reals, Reals]:
    """Return energy and residual of a recorded example at every step, float64.

    The energy E + beta C (steps + 1,) starts with the start state; the residual (steps,) is the
    largest change of an activity in each step. ``slot``: which of the recorded examples it is,
    ``example``: its number among the P * B settled ones.
    """
    plan = settled.drive.plan
    potentials = settled.trace[:, slot]
    steps = len(potentials)
    inputs, state = states_at(settled.drive, settled.rows[example], potentials)
    target = settled.target
    if target is None:
        target = np.zeros((settled.drive.count, 1), potentials.dtype)
    nudge = Nudge(np.full(steps, settled.beta.ravel()[example]), target, 0.0)
    scratch = np.empty(steps * max(plan.sizes), potentials.dtype)
    energy = np.zeros(steps)
    problem = Problem(plan.sweep, plan.weights(), inputs, nudge, state, steps)
    total_energy(problem, 0, steps, scratch, energy)
    changes = [
        np.abs(np.diff(plan.view(state.activity, name).astype(float), axis=0)).max(axis=1)
        for name in plan.names
    ]
    return energy, np.max(changes, axis=0)


def states_at(drive: Drive, row: int, potentials: Floats) -> tuple[Inputs, State]:
    """Return the states of potentials (steps, units) of one drive row, and what clamps them."""
    plan, steps = drive.plan, len(potentials)
    inputs = drive.inputs(np.full(steps, row))
    flat = np.concatenate([potentials[:, plan.part(name)].ravel() for name in plan.names])
    state = State(flat, np.zeros_like(flat), np.zeros((len(plan.names), steps)))
    longest = int(inputs.length.max(initial=0))
    shapes = [plan.network.shape(name) for name in plan.names]
    largest = max(attention_scratch(rows, longest, width) for rows, width in shapes)
    scratch = np.empty(largest, flat.dtype)
    activate(plan.sweep, inputs, state, steps, 0, steps, scratch)
    return inputs, state


def attention_of(settled: Settled, layer: str, example: int) -> Floats:
    """Return how one example of the first phase reads, (rows in use, patterns).

    It is softmax(c V X^T), on a chip with what lines and branches make of it: as the layer reads.
    """
    drive = settled.drive
    plan = drive.plan
    if not plan.network.layers[layer].stored:
        raise ValueError(f"layer {layer!r} is not one of attention")
    row = plan.sweep.layers[plan.index[layer]]
    own = plan.sweep.constants[row[CONSTANTS] :]
    inputs = settled.inputs(np.arange(drive.count))
    v = settled.potential(layer)[0, example]
    scratch = np.empty(v.size + int(row[TOKENS] * inputs.length[row[STORED], example]), v.dtype)
    weights: Floats = attention_weights(row, own, inputs, example, v, scratch)[0]
    return weights
