"""One law fitted to the ramps of one direction."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.optimize import minimize

from neuroep.core.pulses import device as kernels
from neuroep.core.pulses.likelihood import course, surprise
from neuroep.core.tables import Reals
from neuroep.devices.fit.ramps import Ramps
from neuroep.devices.laws import Law

QUANTILE = 1.959964
"""Of the normal distribution: 95 % lie within so many standard deviations."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class Fit:
    """A law and its noise as ramps of one direction tell them.

    Attributes
    ----------
    law : Law
        Its parameters of this direction are fitted.
    ramps : Ramps
        What it was fitted to.
    step : float
        Of the device, in half ranges.
    pulse_noise : float
        Standard deviation from pulse to pulse, in steps.
    read_noise : float
        Standard deviation of a read, in half ranges.
    intervals : dict of (float, float)
        95 % confidence interval of each parameter, by the curvature of the likelihood.
    surprise : float
        Minus the log likelihood, but for a constant.
    """

    law: Law
    ramps: Ramps
    step: float
    pulse_noise: float
    read_noise: float
    intervals: dict[str, Interval]
    surprise: float

    @property
    def shape(self) -> dict[str, float]:
        """The law's parameters of this direction."""
        return {name: getattr(self.law, name) for name in shape_names(self.law, self.ramps.up)}

    def change(self, state: float) -> float:
        """Return the noise-free change by a pulse from a state, in steps."""
        address, constants = _law_table(self.law, self.ramps.up)
        moved = np.empty(2)
        course(state, 1.0, 1.0, address, constants, moved)
        return float(moved[1] - moved[0])

    def predict(self, reads: Reals) -> Reals:
        """Return the noise-free course from a ramp's first read, to the bound and no further."""
        states, sign = np.empty(len(reads)), self.ramps.sign
        address, constants = _law_table(self.law, self.ramps.up)
        course(float(reads[0]), sign, self.step, address, constants, states)
        return sign * np.minimum(sign * states, 1.0)

    def error(self, ramps: Ramps) -> float:
        """Return the rms error of the courses of other ramps, as a share of the range."""
        errors = [np.mean((self.predict(reads) - reads) ** 2) for reads in ramps.reads]
        return float(np.sqrt(np.mean(errors))) / 2.0


def shape_names(law: Law, up: bool) -> list[str]:
    """Return the names of a law's parameters for one direction."""
    ending = "_up" if up else "_down"
    return [field.name for field in fields(law) if field.name.endswith(ending)]


def _law_table(law: Law, up: bool) -> tuple[int, Reals]:
    addresses, constants = law.table(0.0, False)
    constants[kernels.AT_LOW], constants[kernels.AT_HIGH] = -1.0, 1.0
    return int(addresses[0 if up else 1]), constants


def fit(law: Law, ramps: Ramps) -> Fit:
    """Return the law of a kind that makes the ramps most likely, with its noise.

    The parameters are the logarithms of step, pulse noise and read noise, and the law's own of the
    ramps' direction. Where the law is linear the likelihood is exact, see
    :mod:`neuroep.core.pulses.likelihood`. Fitted twice: what the first fit tells of steps and noise
    says how near to the bound a pulse may have been stopped by it.

    Parameters
    ----------
    law : Law
        What its own parameters start from.
    ramps : Ramps

    Raises
    ------
    ValueError
        No law of this kind has a likelihood.
    """
    first = _fit(law, ramps)
    step = first.step * max(first.change(ramps.sign), 0.0)
    reach = step + 3.0 * first.pulse_noise * first.step + 2.0 * first.read_noise
    return _fit(first.law, ramps.before_bounds(reach))


def _fit(law: Law, ramps: Ramps) -> Fit:
    names = shape_names(law, ramps.up)
    reads, starts = ramps.flat, ramps.starts

    def law_of(point: Reals) -> Law:
        return replace(law, **dict(zip(names, map(float, point[3:]), strict=True)))

    def objective(point: Reals) -> float:
        try:
            address, constants = _law_table(law_of(point), ramps.up)
        except ValueError:  # no such law
            return np.inf
        step, pulse, read = np.exp(point[:3])
        found = surprise(
            reads, starts, ramps.sign, step, address, constants, (pulse * step) ** 2, read**2
        )
        return float(found) if np.isfinite(found) else np.inf

    options = {"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-6, "adaptive": True}
    tried = [
        minimize(objective, start, method="Nelder-Mead", options=options)
        for start in _starts(law, ramps, names)
    ]
    best = min(tried, key=lambda found: found.fun)
    if not np.isfinite(best.fun):
        raise ValueError(f"{type(law).__name__}: cannot be fitted to these ramps")
    point: Reals = best.x
    labels = ["step", "pulse_noise", "read_noise", *names]
    ends: dict[str, Interval] = dict(zip(labels, _intervals(objective, point), strict=True))
    with np.errstate(over="ignore"):
        ends |= {name: (np.exp(ends[name][0]), np.exp(ends[name][1])) for name in labels[:3]}
        step, pulse, read = map(float, np.exp(point[:3]))
    return Fit(law_of(point), ramps, step, pulse, read, ends, float(best.fun))


def _starts(law: Law, ramps: Ramps, names: list[str]) -> list[Reals]:
    """Return where to begin: all of the steps' variance due to pulses, and all due to reads."""
    _, steps = ramps.steps
    step = max(float(np.mean(steps)), 1e-6)
    noise = max(float(np.std(steps)), 1e-6 * step)
    own = [float(getattr(law, name)) for name in names]
    shares = ((0.95, 0.05), (0.3, 0.7))
    return [
        np.array([np.log(step), np.log(a * noise / step), np.log(b * noise / np.sqrt(2)), *own])
        for a, b in shares
    ]


FLAT = 1e-2
"""Curvature of the likelihood below which ramps do not tell a parameter at all."""


def _intervals(objective: Callable[[Reals], float], point: Reals) -> list[Interval]:
    """Return the 95 % interval of each parameter, from the inverse curvature at the minimum.

    A parameter that the ramps do not tell, as a read noise that is too small to be seen, has none:
    its interval is infinite, and the others have theirs with it held.
    """
    size, width = len(point), 1e-3
    curvature = np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            total = 0.0
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                moved = point.copy()
                moved[i] += a * width
                moved[j] += b * width
                total += a * b * objective(moved)
            curvature[i, j] = curvature[j, i] = total / (4.0 * width * width)
    told = np.flatnonzero(np.diag(curvature) > FLAT)
    spread = np.full(size, np.inf)
    try:
        inverse = np.linalg.inv(curvature[np.ix_(told, told)])
        spread[told] = np.sqrt(np.where(np.diag(inverse) > 0, np.diag(inverse), np.inf))
    except np.linalg.LinAlgError:
        pass  # none of them is told apart from the others
    return list(zip(point - QUANTILE * spread, point + QUANTILE * spread, strict=True))
