"""Wright's omega function of real numbers: where a node with a diode comes to rest."""

import math

from neuroep.core.jit import inlined

SMALL = -18.0
"""Below it w = x - x^2 with x = exp(z), to all digits of float64."""

NEAR = 0.1
"""How far a given start may miss z by, to be taken."""

ENOUGH = 2e-4
"""A step leaves about the fourth power of what it began with."""


@inlined
def first_guess(z):
    """Return something near omega(z)."""
    if z < -1.0:
        w = math.exp(z)
        return w / (1.0 + w)
    if z < 3.0:
        x = z - 1.0
        return 1.0 + x * (0.5 + x * (0.0625 - x / 192.0))
    log = math.log(z)
    return z - log + log / z


@inlined
def omega(z, start):
    """Return w > 0 with w + ln w = z (Corless & Jeffrey, AISC 2002), to about 1e-14 of it.

    Steps of fourth order (Fritsch, Shafer & Crowley, CACM 16, 123, 1973) from ``start`` where that
    is near.
    """
    if z < SMALL:
        x = math.exp(z)
        return x - x * x
    w = start
    miss = z - w - math.log(w) if w > 0.0 else math.inf
    if not abs(miss) < NEAR:
        w = first_guess(z)
        miss = z - w - math.log(w)
    for _ in range(3):
        ahead = 1.0 + w
        slope = 2.0 * ahead * (ahead + 2.0 / 3.0 * miss)
        w *= 1.0 + miss / ahead * (slope - miss) / (slope - 2.0 * miss)
        if abs(miss) < ENOUGH:
            break
        miss = z - w - math.log(w)
    return w
