"""What becomes of devices that nobody pulses, and what puts one-sided pairs back: in place."""

import math

import numpy as np

from neuroep.core.jit import kernel
from neuroep.core.pulses.arrays import MOVED, SEEN, UP
from neuroep.core.pulses.device import BORN, HIGH, LOW, STEP_UP, fabricated, pulsed
from neuroep.core.pulses.draws import normal

DRIFTING = 12
"""Stream of a device's birth: its own exponent of drift."""

READ = 16
"""Stream of what one read of a device adds."""

RATIO, KEEP, CENTRE, SLOPE, SPREAD, AGEING = range(6)
"""A table of what time does to a device, float64; see :func:`aged`."""


@kernel
def aged(states, side, key, kind, ageing):
    """Let the devices of one side of an array decay and drift, each within its own bounds.

    Parameters
    ----------
    states : flat
    side : int
        0 for plus, 1 for minus.
    key, kind
        As for :func:`neuroep.core.pulses.device.fabricated`.
    ageing : float64 (5,)
        Time since the write, over what it was before; share of a state that decay leaves; centre
        of the nominal range in half ranges; nu and its spread.
    """
    made = np.empty(4)
    for i in range(states.size):
        device = 2 * i + side
        state = ageing[KEEP] * float(states[i])
        if ageing[SLOPE] > 0.0 or ageing[SPREAD] > 0.0:
            nu = ageing[SLOPE]
            if ageing[SPREAD] > 0.0:
                nu = max(nu + ageing[SPREAD] * normal(key, device, BORN, DRIFTING), 0.0)
            centre = ageing[CENTRE]
            state = (state + centre) * math.exp(-nu * math.log(ageing[RATIO])) - centre
        fabricated(key, device, kind, made)
        states[i] = min(max(state, made[LOW]), made[HIGH])


@kernel
def refreshed(plus, minus, level, most, key, counter, kind, laws, constants, books):
    """Put one-sided pairs back that have no room left; return how many.

    Both devices of a pair of which one is at ``level`` or above are reset to their least
    conductances, and one is pulsed up until the pair's difference is there again to within half a
    step, with ``most`` pulses at most. Pulses are noisy, as all are, and counted in ``books``;
    resets only move states.
    """
    made, other = np.empty(4), np.empty(4)
    count = 0
    for i in range(plus.size):
        if max(plus[i], minus[i]) < level:
            continue
        count += 1
        difference = float(plus[i]) - float(minus[i])
        side = 0 if difference >= 0.0 else 1
        fabricated(key, 2 * i + side, kind, made)
        fabricated(key, 2 * i + 1 - side, kind, other)
        state, wanted = made[LOW], other[LOW] + abs(difference) - 0.5 * made[STEP_UP]
        for k in range(most):
            if state >= wanted:
                break
            draw = normal(key, 2 * i + side, counter, 2 * k)
            after = pulsed(state, True, made, laws, constants, draw)
            books[UP] += 1
            books[SEEN] += 0.5 * (state + after)
            state = after
        before = float(plus[i]) + float(minus[i])
        if side == 0:
            plus[i], minus[i] = state, other[LOW]
        else:
            minus[i], plus[i] = state, other[LOW]
        books[MOVED] += float(plus[i]) + float(minus[i]) - before
    return count


@kernel
def read_noisily(plus, minus, scale, offset, spread, key, event, values):
    """Write what one read of each synapse finds; ``minus`` may be empty.

    Every device adds a normal draw of its own and of the event, with this spread in half ranges.
    """
    for i in range(values.size):
        difference = float(plus[i]) + spread * normal(key, 2 * i, event, READ)
        if minus.size:
            difference -= float(minus[i]) + spread * normal(key, 2 * i + 1, event, READ)
        values[i] = offset + scale * values.dtype.type(difference)
