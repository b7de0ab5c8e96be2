"""Look into a settle: energy and residual along the way, and what attention looked at."""

from typing import cast

import numpy as np

from neuroep.core.hopfield.energy import total_energy
from neuroep.core.hopfield.reading import attention_scratch
from neuroep.core.hopfield.relax import activate
from neuroep.core.tables import Floats, Nudge, Problem, Reals, State
from neuroep.network.hopfield.attention import Attention
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
    inputs = settled.drive.inputs(np.full(steps, settled.rows[example]))
    flat = np.concatenate([potentials[:, plan.part(name)].ravel() for name in plan.names])
    state = State(flat, np.zeros_like(flat), np.zeros((len(plan.names), steps)))
    target = settled.target
    if target is None:
        target = np.zeros((settled.drive.count, 1), flat.dtype)
    nudge = Nudge(np.full(steps, settled.beta.ravel()[example]), target, 0.0)
    longest = int(inputs.length.max(initial=0))
    shapes = [plan.network.shape(name) for name in plan.names]
    largest = max(attention_scratch(rows, longest, width) for rows, width in shapes)
    scratch = np.empty(max(steps * max(plan.sizes), largest), flat.dtype)
    energy = np.zeros(steps)
    problem = Problem(plan.sweep, plan.weights(), inputs, nudge, state, steps)
    activate(plan.sweep, inputs, state, steps, 0, steps, scratch)
    total_energy(problem, 0, steps, scratch, energy)
    changes = [
        np.abs(np.diff(plan.view(state.activity, name).astype(float), axis=0)).max(axis=1)
        for name in plan.names
    ]
    return energy, np.max(changes, axis=0)


def attention_of(settled: Settled, layer: str, example: int) -> Floats:
    """Return softmax(c V X^T) (rows, patterns) of one example of the first phase."""
    drive = settled.drive
    network = drive.plan.network
    found = cast(Attention, network.layers[layer])
    if not found.stored:
        raise ValueError(f"layer {layer!r} is not one of attention")
    patterns = drive.rows_of(found.stored, example)
    queries = settled.potential(layer)[0, example].reshape(network.shape(layer))
    scores = found.inverse_temperature * queries @ patterns.T
    powers: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
    norm: Floats = powers.sum(axis=1, keepdims=True)
    return powers / norm
