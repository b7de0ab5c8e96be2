"""Arrays of devices: what a signed pulse does to a synapse of one or two of them, and its books."""

import numpy as np

from neuroep.core.jit import kernel
from neuroep.core.pulses.device import (
    BORN,
    HIGH,
    LOW,
    PLACE,
    STEP_DOWN,
    STEP_UP,
    WRITE_NOISE,
    fabricated,
    pulsed,
)
from neuroep.core.pulses.draws import normal, uniform

PAIR, SINGLE, ONE_SIDED = range(3)
"""Push-pull pair; one device, alone or against a fixed reference; a pair that is only pulsed up."""

# Books of a call, float64: pulses by direction, sum of changes of states, sum of states at pulses
# (before and after, in halves), pulses that ended at a bound, pulses asked beyond what one update
# may give.
UP, DOWN, MOVED, SEEN, BOUND, REFUSED, BOOKS = range(7)


@kernel
def synapse_pulsed(
    plus, minus, i, first, count, arrangement, key, counter, kind, laws, constants, made, books
):
    """Give synapse i of a block signed pulses, in place; plus - minus follows their sign.

    ``first`` is the number of the block's first synapse in its array; device 2 n of the array is
    the plus of synapse n, device 2 n + 1 its minus. A down pulse of a
    synapse is a down pulse on plus and an up pulse on minus (push-pull), or on plus alone, or an up
    pulse on minus alone (one-sided).
    """
    up = count > 0
    # Both are asked of memory at once: apart, they are most of what a pulse takes.
    of_plus, of_minus = float(plus[i]), float(minus[i]) if minus.size else 0.0
    for side in range(2):
        if side == 1 and arrangement == SINGLE:
            break
        if arrangement == ONE_SIDED and (side == 0) != up:
            continue
        states = plus if side == 0 else minus
        towards = True if arrangement == ONE_SIDED else up == (side == 0)
        device = 2 * (first + i) + side
        fabricated(key, device, kind, made)
        before = of_plus if side == 0 else of_minus
        state = before
        for k in range(abs(count)):
            draw = normal(key, device, counter, 2 * k)
            after = pulsed(state, towards, made, laws, constants, draw)
            books[SEEN] += 0.5 * (state + after)
            state = after
        books[UP if towards else DOWN] += abs(count)
        states[i] = state
        books[MOVED] += float(states[i]) - before
        if states[i] <= made[LOW] or states[i] >= made[HIGH]:
            books[BOUND] += abs(count)


WRITTEN = 14
"""Stream of what a write leaves behind."""


@kernel
def weighed(plus, minus, i, first, scale, offset, key, counter, kind):
    """Return what synapse i of a block weighs just after a write, in the dtype of its states."""
    difference = plus[i] - minus[i] if minus.size else plus[i]
    if kind[WRITE_NOISE] > 0.0:
        spread = kind[WRITE_NOISE] * (1.4142135623730951 if minus.size else 1.0)
        difference += plus.dtype.type(spread * normal(key, first + i, counter, WRITTEN))
    return offset + scale * difference


@kernel
def read(plus, minus, scale, offset, values):
    """Write what synapses weigh: offset + scale (plus - minus); ``minus`` may be empty."""
    if minus.size:
        for i in range(values.size):
            values[i] = offset + scale * (plus[i] - minus[i])
    else:
        for i in range(values.size):
            values[i] = offset + scale * plus[i]


@kernel
def settled_in(states, side, key, kind):
    """Bring states within each device's own bounds, in place; stuck ones are where they stuck."""
    made = np.empty(4)
    for i in range(states.size):
        device = 2 * i + side
        fabricated(key, device, kind, made)
        low, high = made[LOW], made[HIGH]
        if made[STEP_UP] == 0.0 and made[STEP_DOWN] == 0.0:
            states[i] = low + (high - low) * uniform(key, device, BORN, PLACE)
        states[i] = min(max(float(states[i]), low), high)
