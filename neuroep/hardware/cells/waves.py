"""Piecewise-linear waveforms: what clocks, windows and pulses are, for netlists and equations."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neuroep.core.tables import Reals

Slopes = Callable[[float, Reals], Reals]
"""(time, state (n,)) -> its slopes (n,)."""


@dataclass(frozen=True)
class Wave:
    """A waveform that is linear between its corners, and constant before and after them.

    ``times`` (corners,), s, increasing; ``values`` (corners,), V or A.
    """

    times: Reals
    values: Reals

    def at(self, time: Reals | float) -> Reals:
        """Return the waveform at some times (s)."""
        return np.asarray(np.interp(time, self.times, self.values))

    @property
    def text(self) -> str:
        """The source's waveform as SPICE reads it."""
        pairs = zip(self.times, self.values, strict=True)
        return "PWL(" + " ".join(f"{t:.12g} {v:.17g}" for t, v in pairs) + ")"


def pulses(starts: Iterable[float], width: float, edge: float) -> Wave:
    """Return pulses to 1 whose area is exactly their width.

    ``starts``: when each begins to rise, s; ``edge``: rise and fall, s.
    """
    shape = np.array([0.0, edge, width, width + edge])
    times = [start + shape for start in starts]
    if not times:
        return Wave(np.zeros(1), np.zeros(1))
    return _from_zero(np.concatenate(times), np.tile([0.0, 1.0, 1.0, 0.0], len(times)))


def levels(starts: Sequence[float] | Reals, values: Sequence[float] | Reals, edge: float) -> Wave:
    """Return a staircase: from each start on, ``edge`` later, the value stands.

    The first value stands from the beginning; a value equal to the one before makes no corner.
    """
    times, heights = [0.0], [float(values[0])]
    for start, value in zip(starts[1:], values[1:], strict=True):
        if value != heights[-1]:
            times += [start, start + edge]
            heights += [heights[-1], float(value)]
    return Wave(np.array(times), np.array(heights))


def _from_zero(times: Reals, values: Reals) -> Wave:
    if times[0] > 0:
        times, values = np.append(0.0, times), np.append(0.0, values)
    return Wave(times, values)


def charged(
    shape: Wave, amperes: Reals, c: float, g: float, ends: tuple[float, float], volts: Reals
) -> Reals:
    """Return the voltages of leaky capacitors (n,) in closed form: c dV/dt = I(t) - g V.

    Between two corners of ``shape`` the currents ``amperes`` (n,) times its values are I = a + b s;
    with z = -g h/c over a length h,
    V(h) = V(0) exp(z) + h/c (a phi_1(z) + b h phi_2(z)), phi_1 = (exp(z) - 1)/z,
    phi_2 = (phi_1 - 1)/z. ``ends``: first and last moment, s; ``volts`` (n,): at the first.
    """
    first, last = ends
    inside = shape.times[(shape.times > first) & (shape.times < last)]
    corners = np.concatenate([[first], inside, [last]])
    values = shape.at(corners)
    for k, h in enumerate(np.diff(corners)):
        z = -g * h / c
        one, two = _phi(z)
        moved = values[k] * one + (values[k + 1] - values[k]) * two
        volts = volts * np.exp(z) + h / c * moved * amperes
    return np.asarray(volts)


def _phi(z: float) -> tuple[float, float]:
    if abs(z) < 1e-3:  # where the differences would lose their digits
        return (
            1.0 + z / 2.0 * (1.0 + z / 3.0 * (1.0 + z / 4.0)),
            0.5 * (1.0 + z / 3.0 * (1.0 + z / 4.0 * (1.0 + z / 5.0))),
        )
    one = np.expm1(z) / z
    return float(one), float((one - 1.0) / z)


def integrated(slopes: Slopes, state: Reals, corners: Iterable[float], tolerance: float) -> Reals:
    """Return the state (corners, n) of an ODE at increasing times, the first of them the start.

    From corner to corner, across which no slope has to be smooth; ``tolerance``: of the state,
    absolute, in its own unit.
    """
    found = [np.asarray(state, float)]
    for begin, end in pairwise(corners):
        found.append(between(slopes, found[-1], np.array([begin, end]), tolerance)[-1])
    return np.array(found)


def between(slopes: Slopes, state: Reals, times: Reals, tolerance: float) -> Reals:
    """Return the state (times, n) of an ODE that is smooth from the first time to the last.

    By the method of Dormand & Prince of order 8, as scipy has it.
    """
    from scipy.integrate import solve_ivp

    ends = float(times[0]), float(times[-1])
    run = solve_ivp(slopes, ends, state, "DOP853", times, rtol=1e-11, atol=tolerance)
    return np.asarray(run.y.T)
