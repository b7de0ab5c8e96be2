"""Arrays of devices: what a signed pulse does to a synapse of one or two of them, and its books."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroep.core.jit import kernel
from neuroep.core.pulses.device import (
    BORN,
    HIGH,
    LOW,
    PLACE,
    SPREAD_BOUNDS,
    SPREAD_LOWER,
    STEP_DOWN,
    STEP_UP,
    WRITE_NOISE,
    fabricated,
    pulsed,
)
from neuroep.core.pulses.draws import normal, uniform
from neuroep.core.tables import Floats, Ints, Reals

PAIR, SINGLE, ONE_SIDED = range(3)
"""Push-pull pair; one device, alone or against a fixed reference; a pair that is only pulsed up."""

# Books of a call, float64: pulses by direction, sum of changes of states, sum of states at pulses
# (before and after, in halves), pulses that ended at a bound, pulses asked beyond what one update
# may give, change of the number of devices that stand at a bound.
UP, DOWN, MOVED, SEEN, BOUND, REFUSED, STANDING, BOOKS = range(8)


class Synapses(NamedTuple):
    """Some synapses of an array, one after the other, as kernels take them.

    Attributes
    ----------
    first : int
        Number of the first of them in its array; device 2 n of the array is the plus of synapse n,
        device 2 n + 1 its minus.
    values, plus, minus : flat
        What they weigh, and their devices' states; ``minus`` is empty where a synapse has one.
    given : uint32 (synapses, 2)
        Pulses of each so far, up and down; without rows where nobody counts.
    scale, offset : scalars of the values' dtype
        A value is offset + scale (plus - minus).
    arrangement : int
        PAIR, SINGLE or ONE_SIDED.
    """

    first: int
    values: Floats
    plus: Floats
    minus: Floats
    given: NDArray[np.uint32]
    scale: Any
    offset: Any
    arrangement: int


class Pulsing(NamedTuple):
    """What a pulse does to the devices of an array, as kernels take it.

    ``key``: what draws of devices are hashed with; ``drivers``: those of what asks for pulses, the
    same of two arrays that get the same; ``counter``: of the event; ``kind``, ``laws``,
    ``constants``, ``made``: as for :func:`neuroep.core.pulses.device.pulsed`, the last two are
    scratch of this call alone; ``books``: what is counted, float64.
    """

    key: np.uint64
    drivers: np.uint64
    counter: int
    kind: Reals
    laws: Ints
    constants: Reals
    made: Reals
    books: Reals


@kernel
def synapse_pulsed(i, count, synapses, pulsing):
    """Give synapse i of some signed pulses, in place; plus - minus follows their sign.

    A down pulse of a synapse is a down pulse on plus and an up pulse on minus (push-pull), or on
    plus alone, or an up pulse on minus alone (one-sided).
    """
    key, _, counter, kind, laws, constants, made, books = pulsing
    arrangement, up = synapses.arrangement, count > 0
    if synapses.given.size:
        synapses.given[i, 0 if up else 1] += abs(count)
    plus, minus = synapses.plus, synapses.minus
    of_plus, of_minus = float(plus[i]), float(minus[i]) if minus.size else 0.0
    for side in range(2):
        if side == 1 and arrangement == SINGLE:
            break
        if arrangement == ONE_SIDED and (side == 0) != up:
            continue
        states = plus if side == 0 else minus
        towards = True if arrangement == ONE_SIDED else up == (side == 0)
        device = 2 * (synapses.first + i) + side
        fabricated(key, device, kind, made)
        low, high = states.dtype.type(made[LOW]), states.dtype.type(made[HIGH])
        before = of_plus if side == 0 else of_minus
        if before <= low or before >= high:
            books[STANDING] -= 1
        state = before
        for k in range(abs(count)):
            draw = normal(key, device, counter, 2 * k)
            after = pulsed(state, towards, made, laws, constants, draw)
            books[SEEN] += 0.5 * (state + after)
            state = after
        books[UP if towards else DOWN] += abs(count)
        states[i] = state
        books[MOVED] += float(states[i]) - before
        if states[i] <= low or states[i] >= high:
            books[BOUND] += abs(count)
            books[STANDING] += 1


WRITTEN = 14
"""Stream of what a write leaves behind."""

TOGETHER = 256
"""Synapses that are written in one call: see :func:`written`."""


@kernel
def weighed(i, synapses, pulsing):
    """Return what synapse i of some weighs just after a write, in the dtype of its states."""
    plus, minus = synapses.plus, synapses.minus
    difference = plus[i] - minus[i] if minus.size else plus[i]
    if pulsing.kind[WRITE_NOISE] > 0.0:
        spread = pulsing.kind[WRITE_NOISE] * (1.4142135623730951 if minus.size else 1.0)
        draw = normal(pulsing.key, synapses.first + i, pulsing.counter, WRITTEN)
        difference += plus.dtype.type(spread * draw)
    return synapses.offset + synapses.scale * difference


@kernel
def granted(count, most, books):
    """Return a signed number of pulses as far as an update may give them; books what is beyond."""
    if abs(count) <= most:
        return count
    books[REFUSED] += abs(count) - most
    return most if count > 0 else -most


@kernel
def written(numbers, counts, synapses, pulsing):
    """Write the signed pulses (n,) of synapses (n,), both int64, in place."""
    plus, minus, values, given = synapses.plus, synapses.minus, synapses.values, synapses.given
    # Synapses that fire are far from each other in memory, and waiting for it is most of what a
    # pulse takes. So all of them are asked for first, none waits for another.
    seen = values.dtype.type(0.0)
    for j in range(numbers.size):
        i = numbers[j]
        seen += plus[i] + values[i]
        if minus.size:
            seen += minus[i]
        if given.size:
            seen += given[i, 0]
    pulsing.made[LOW] = seen  # of use: else the loop would be left out
    for j in range(numbers.size):
        i = numbers[j]
        synapse_pulsed(i, counts[j], synapses, pulsing)
        values[i] = weighed(i, synapses, pulsing)


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
def at_bounds(states, side, key, kind):
    """Return how many devices stand at a bound of their own, int64; see :func:`settled_in`."""
    made = np.empty(4)
    low, high = kind[LOW], kind[HIGH]
    found = 0
    for i in range(states.size):
        if kind[SPREAD_BOUNDS] > 0.0 or kind[SPREAD_LOWER] > 0.0:
            fabricated(key, 2 * i + side, kind, made)
            low, high = made[LOW], made[HIGH]
        if states[i] <= states.dtype.type(low) or states[i] >= states.dtype.type(high):
            found += 1
    return found


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
