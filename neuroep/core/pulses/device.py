"""One device: what it was fabricated as, and what a pulse does to it.

A device's state w is its conductance in half ranges about the centre of the nominal range: -1 at
the nominal minimum, +1 at the maximum.
"""

import math

import numpy as np

from neuroep.core.jit import kernel
from neuroep.core.pointers import call_scalar
from neuroep.core.pulses.draws import normal, uniform

BORN = -1
"""Counter of what is drawn once, when a device is fabricated."""

# Streams of a device's birth; of an event, the first stream is its pulse noise.
GAIN, ASYMMETRY, LOWER, UPPER, STUCK, PLACE = range(0, 12, 2)

# A table of what a kind of device is: what all of an array share, float64.
STEP_UP, STEP_DOWN, LOW, HIGH = range(4)
SPREAD, LOG_NORMAL, SPREAD_ASYMMETRY, SPREAD_BOUNDS, SHARE_STUCK = range(4, 9)
LEAST, WRITE_NOISE, NOTHING, SPREAD_LOWER, KIND_SIZE = 9, 10, 11, 12, 13

# What a law's functions find in their constants; its own parameters follow from OWN on.
AT_LOW, AT_HIGH, DRAW, NOISE, RELATIVE, OWN = range(6)


@kernel
def fabricated(key, device, kind, made):
    """Write a device's own step up and down, and its bounds: ``made`` (4,) float64.

    Steps are the nominal ones times a gain of its own, normal about 1 or log-normal with mean 1,
    and not below a least share; an asymmetry adds to one what it takes from the other. Bounds are
    the nominal ones times a share each of its own, not below the least either (laws divide by
    them), and none is below kind[NOTHING], the state of no conductance. A stuck device has steps of
    0.
    """
    gain = 1.0
    if kind[SPREAD] > 0.0:
        draw = kind[SPREAD] * normal(key, device, BORN, GAIN)
        gain = math.exp(draw - 0.5 * kind[SPREAD] ** 2) if kind[LOG_NORMAL] > 0.0 else 1.0 + draw
    lean = 0.0
    if kind[SPREAD_ASYMMETRY] > 0.0:
        lean = kind[SPREAD_ASYMMETRY] * normal(key, device, BORN, ASYMMETRY)
    made[STEP_UP] = kind[STEP_UP] * max(gain + lean, kind[LEAST])
    made[STEP_DOWN] = kind[STEP_DOWN] * max(gain - lean, kind[LEAST])
    made[LOW], made[HIGH] = kind[LOW], kind[HIGH]
    if kind[SPREAD_LOWER] > 0.0:
        share = 1.0 + kind[SPREAD_LOWER] * normal(key, device, BORN, LOWER)
        made[LOW] *= max(share, kind[LEAST])
        made[LOW] = max(made[LOW], kind[NOTHING])
    if kind[SPREAD_BOUNDS] > 0.0:
        share = 1.0 + kind[SPREAD_BOUNDS] * normal(key, device, BORN, UPPER)
        made[HIGH] *= max(share, kind[LEAST])
    if kind[SHARE_STUCK] > 0.0 and uniform(key, device, BORN, STUCK) < kind[SHARE_STUCK]:
        made[STEP_UP] = made[STEP_DOWN] = 0.0


@kernel
def pulsed(state, up, made, laws, constants, draw):
    """Return the state of a device after one pulse, float64.

    Parameters
    ----------
    state : float64
    up : bool
    made : float64 (4,)
        What :func:`fabricated` wrote.
    laws : int64 (2,)
        Addresses of the law's change by an up and by a down pulse, in steps.
    constants : float64 array
        Of the law; the device's own bounds and the draw of this pulse are written into it.
    draw : float64
        Standard normal.
    """
    constants[AT_LOW], constants[AT_HIGH], constants[DRAW] = made[LOW], made[HIGH], draw
    if up:
        state += made[STEP_UP] * call_scalar(laws[0], state, constants, 0)
    else:
        state -= made[STEP_DOWN] * call_scalar(laws[1], state, constants, 0)
    return min(max(state, made[LOW]), made[HIGH])


@kernel
def many_pulsed(states, devices, counts, key, counter, kind, laws, constants):
    """Give devices of an array signed numbers of pulses, in place; return how many were given.

    ``states`` are those of the array, flat; ``devices`` int64 says which get the ``counts`` int64.
    """
    made = np.empty(4)
    given = 0
    for j in range(devices.size):
        device = devices[j]
        fabricated(key, device, kind, made)
        state = float(states[device])
        for k in range(abs(counts[j])):
            draw = normal(key, device, counter, 2 * k)
            state = pulsed(state, counts[j] > 0, made, laws, constants, draw)
        states[device] = state
        given += abs(counts[j])
    return given
