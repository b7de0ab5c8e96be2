"""How far one gradient is from another: parameter by parameter, over beta and over nudged steps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Floats, Reals
from neuroep.learning.estimators import ESTIMATORS
from neuroep.learning.slopes import energy_slope
from neuroep.network.drive import Drive
from neuroep.network.network import Network
from neuroep.settle import Settled, Stop, settle

FLOOR = 1e-9
"""Relative errors below it are what float64 leaves of the difference of two settles; no power of
beta is read from them."""

BLOCK = 1 << 20  # entries compared at a time: no temporary as large as a large coupling


@dataclass(frozen=True)
class Agreement:
    """How a gradient agrees with a reference.

    Attributes
    ----------
    cosine : float
        Of the angle between the two.
    error : float
        |g - g_ref| / |g_ref|.
    signs : float
        Share of the entries where the reference is not zero that have its sign; what is below 1e-9
        of its largest entry counts as zero, as BPTT leaves it where a neuron saturates on the way.
    """

    cosine: float
    error: float
    signs: float


def agreement(found: Floats, reference: Floats) -> Agreement:
    """Compare two arrays of the same shape; NaN where the reference is zero throughout."""
    a, b = found.reshape(-1), reference.reshape(-1)
    aa = bb = ab = 0.0
    same = entries = 0
    least = FLOOR * max(float(b.max(initial=0.0)), -float(b.min(initial=0.0)))
    for begin in range(0, b.size, BLOCK):
        x = a[begin : begin + BLOCK].astype(np.float64, copy=False)
        y = b[begin : begin + BLOCK].astype(np.float64, copy=False)
        aa += float(x @ x)
        bb += float(y @ y)
        ab += float(x @ y)
        known = np.abs(y) > least
        entries += int(known.sum())
        same += int((np.signbit(x[known]) == np.signbit(y[known])).sum())
    if not bb:
        return Agreement(math.nan, math.nan, math.nan)
    cosine = ab / math.sqrt(aa * bb) if aa else 0.0
    return Agreement(cosine, distance(found, reference) / math.sqrt(bb), same / entries)


def distance(found: Floats, reference: Floats) -> float:
    """Return the Euclidean norm of the difference of two arrays of the same shape."""
    a, b = found.reshape(-1), reference.reshape(-1)
    total = 0.0
    for begin in range(0, b.size, BLOCK):
        apart = np.subtract(a[begin : begin + BLOCK], b[begin : begin + BLOCK], dtype=np.float64)
        total += float(apart @ apart)
    return math.sqrt(total)


def order_of(betas: ArrayLike, errors: ArrayLike) -> float | None:
    """Return the slope of log(error) over log(beta); None with fewer than two above the floor."""
    x, y = np.asarray(betas, float), np.asarray(errors, float)
    kept = y > FLOOR
    if kept.sum() < 2:
        return None
    return float(np.polyfit(np.log(x[kept]), np.log(y[kept]), 1)[0])


@dataclass
class OverBeta:
    """Agreement of every estimator with the reference, at each beta, for one parameter."""

    entries: int
    norm: float
    agreements: dict[str, list[Agreement]] = field(default_factory=dict)

    def errors(self, estimator: str) -> list[float]:
        """Return the relative error at each beta."""
        return [found.error for found in self.agreements[estimator]]


@dataclass(frozen=True)
class BetaSweep:
    """What :func:`over_beta` found.

    ``parameters``: by name; ``residual``: the largest of all nudged settles; ``converged``: whether
    each of them met its tolerance; ``steps``: the most that one needed.
    """

    betas: Sequence[float]
    parameters: dict[str, OverBeta]
    residual: float
    converged: bool
    steps: int


def over_beta(
    network: Network,
    free: Settled,
    target: Floats,
    betas: Sequence[float],
    reference: Mapping[str, Floats],
    stop: Stop,
) -> BetaSweep:
    """Compare the centered and the one-sided estimate with a reference gradient at each beta.

    Both are read from the same two nudged phases, each settled from ``free``.

    Parameters
    ----------
    network : Network
    free : Settled
        One free phase of B examples.
    target : (B, outputs)
    betas : sequence of float
        Positive.
    reference : mapping of str to array
        Gradient of the mean cost.
    stop : Stop
        Of the nudged phases.
    """
    drive = free.drive
    found = {
        name: OverBeta(array.size, float(np.linalg.norm(array.reshape(-1))))
        for name, array in reference.items()
    }
    residual, converged, steps = 0.0, True, 0
    for beta in betas:
        nudged = settle(
            network, drive, beta=_both(beta, drive), target=target, start=free, stop=stop
        )
        residual = max(residual, float(nudged.residual.max()))
        converged &= nudged.converged
        steps = max(steps, int(nudged.steps.max()))
        for estimator in ("centered", "one_sided"):
            gradient = _estimate(estimator, beta, free, nudged)
            for name, entry in found.items():
                compared = agreement(gradient[name], reference[name])
                entry.agreements.setdefault(estimator, []).append(compared)
    return BetaSweep(list(betas), found, residual, converged, steps)


def _both(beta: float, drive: Drive) -> Reals:
    return np.repeat([[beta], [-beta]], drive.count, axis=1)


def _estimate(estimator: str, beta: float, free: Settled, nudged: Settled) -> Mapping[str, Floats]:
    """Return an estimator's gradient from a free phase and phases nudged by +beta and -beta."""
    count = free.drive.count
    rule = ESTIMATORS[estimator]
    betas = rule.betas(beta, count, np.random.default_rng(0))
    on_nudged, on_free = rule.shares(betas)
    share = np.zeros_like(nudged.beta)
    share[: len(betas)] = on_nudged  # a one-sided rule reads the first phase alone
    gradient = energy_slope(nudged, share / count)
    if on_free is not None:
        energy_slope(free, on_free / count, into=gradient)
    return gradient
