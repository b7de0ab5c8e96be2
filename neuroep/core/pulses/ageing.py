"""What becomes of devices that nobody pulses, and what puts one-sided pairs back: in place."""

import math

import numpy as np

from neuroep.core.jit import kernel
from neuroep.core.pulses.arrays import DOWN, MOVED, SEEN, STANDING, UP
from neuroep.core.pulses.device import BORN, HIGH, LOW, STEP_DOWN, STEP_UP, fabricated, pulsed
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

    Stuck devices stay where they are. Returns how many more devices stand at a bound than before.

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
    more = 0
    for i in range(states.size):
        device = 2 * i + side
        fabricated(key, device, kind, made)
        if made[STEP_UP] == 0.0 and made[STEP_DOWN] == 0.0:
            continue
        low, high = states.dtype.type(made[LOW]), states.dtype.type(made[HIGH])
        if states[i] <= low or states[i] >= high:
            more -= 1
        state = ageing[KEEP] * float(states[i])
        if ageing[SLOPE] > 0.0 or ageing[SPREAD] > 0.0:
            nu = ageing[SLOPE]
            if ageing[SPREAD] > 0.0:
                nu = max(nu + ageing[SPREAD] * normal(key, device, BORN, DRIFTING), 0.0)
            centre = ageing[CENTRE]
            state = (state + centre) * math.exp(-nu * math.log(ageing[RATIO])) - centre
        states[i] = min(max(state, made[LOW]), made[HIGH])
        if states[i] <= low or states[i] >= high:
            more += 1
    return more


@kernel
def refreshed(plus, minus, given, level, most, key, counter, kind, laws, constants, books):
    """Put one-sided pairs back that have no room left; return how many.

    A pair of which one device is at ``level`` or above, and the other off its bound by a step at
    least, has both reset to their least conductances. Then one is pulsed up until the pair's
    difference is there again, as near as whole pulses come on the average, with ``most`` of them at
    most. Pulses are noisy, as all are. They are counted in ``books``, and in ``given`` where that
    has rows; so are resets, one pulse down of each device. A pair with a stuck device stays.
    """
    made, other = np.empty(4), np.empty(4)
    real = plus.dtype.type
    count = 0
    for i in range(plus.size):
        of_plus, of_minus = float(plus[i]), float(minus[i])
        if max(of_plus, of_minus) < level:
            continue
        side = 0 if of_plus >= of_minus else 1
        fabricated(key, 2 * i + side, kind, made)
        fabricated(key, 2 * i + 1 - side, kind, other)
        if made[STEP_UP] == 0.0 or other[STEP_UP] == 0.0:
            continue
        lower = min(of_plus, of_minus)
        if lower - other[LOW] < other[STEP_UP]:
            continue
        count += 1
        upper = max(of_plus, of_minus)
        before = (upper <= real(made[LOW])) + (upper >= real(made[HIGH]))
        before += (lower <= real(other[LOW])) + (lower >= real(other[HIGH]))
        state, wanted = made[LOW], other[LOW] + upper - lower
        books[DOWN] += 2
        books[SEEN] += 0.5 * (upper + lower + made[LOW] + other[LOW])
        pulses = 0
        while pulses < most:
            mean = pulsed(state, True, made, laws, constants, 0.0)
            if wanted - state <= 0.5 * (mean - state):
                break
            draw = normal(key, 2 * i + side, counter, 2 * pulses)
            after = pulsed(state, True, made, laws, constants, draw)
            books[SEEN] += 0.5 * (state + after)
            state = after
            pulses += 1
        books[UP] += pulses
        if given.size:
            given[i, side] += pulses + 1
            given[i, 1 - side] += 1
        if side == 0:
            plus[i], minus[i] = state, other[LOW]
        else:
            minus[i], plus[i] = state, other[LOW]
        books[MOVED] += float(plus[i]) + float(minus[i]) - of_plus - of_minus
        now = plus[i] if side == 0 else minus[i]
        after_all = 1 + (now <= real(made[LOW])) + (now >= real(made[HIGH]))
        books[STANDING] += after_all - before
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
