"""How likely measured ramps are under a law: a Kalman filter tells pulse noise from read noise.

Along a ramp the state moves by w' = w +- step f(w) + pulse noise, and is read as z = w + read
noise. Where f is linear the filter gives the exact likelihood (Kalman 1960); elsewhere f is
linearised about the state that is expected (extended filter).
"""

import math

from neuroep.core.jit import kernel
from neuroep.core.pointers import call_scalar

WIDTH = 1e-5
"""Half width, in half ranges, over which a law's slope is taken."""


@kernel
def surprise(reads, starts, sign, step, law, constants, pulse_variance, read_variance):
    """Return minus the log likelihood of ramps, but for a constant, float64.

    Parameters
    ----------
    reads : float64
        States as read after each pulse, one ramp after the other; the first of each before any.
    starts : int64 (ramps + 1,)
        Where each ramp begins, and the end of the last.
    sign : float64
        1 for pulses up, -1 for pulses down.
    step : float64
        Of the device, in half ranges.
    law : int64
        Address of the change by one pulse, in steps; ``constants`` without noise.
    pulse_variance, read_variance : float64
        In squared half ranges.
    """
    total = 0.0
    for ramp in range(starts.size - 1):
        state, variance = reads[starts[ramp]], read_variance
        for i in range(starts[ramp] + 1, starts[ramp + 1]):
            ahead = call_scalar(law, state + WIDTH, constants, 0)
            behind = call_scalar(law, state - WIDTH, constants, 0)
            slope = 1.0 + sign * step * (ahead - behind) / (2.0 * WIDTH)
            state += sign * step * call_scalar(law, state, constants, 0)
            variance = slope * slope * variance + pulse_variance
            spread = variance + read_variance
            error = reads[i] - state
            total += 0.5 * (math.log(spread) + error * error / spread)
            share = variance / spread
            state += share * error
            variance *= 1.0 - share
    return total


@kernel
def course(first, sign, step, law, constants, states):
    """Write the noise-free states after 0, 1, 2, ... pulses from ``first``."""
    state = first
    for i in range(states.size):
        states[i] = state
        state += sign * step * call_scalar(law, state, constants, 0)
