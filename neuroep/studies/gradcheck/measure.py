"""How far one gradient is from another: parameter by parameter, over beta and over nudged steps."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Floats
from neuroep.learning.gradient import Gradient
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.one_sided import OneSided
from neuroep.learning.rules.two_phase import TwoPhase
from neuroep.learning.system import System

FLOOR = 1e-9
"""Relative errors below it are what float64 leaves of the difference of two settles; no power of
beta is read from them."""

COMPARED: dict[str, type[TwoPhase]] = {"centered": Centered, "one_sided": OneSided}
"""Rules that are held against the reference at every beta."""

BLOCK = 1 << 20  # entries compared at a time: no temporary as large as a large coupling


@dataclass(frozen=True)
class Agreement:
    """How a gradient agrees with a reference.

    ``cosine``: of the angle between the two; ``error``: |g - g_ref| / |g_ref|; ``signs``: share of
    the entries where the reference is not zero that have its sign; what is below 1e-9 of its
    largest entry counts as zero, as BPTT leaves it where a neuron saturates on the way.

    All are NaN where the reference is zero throughout. Where either gradient is not finite, as of
    a settle that diverged, ``error`` is infinite.
    """

    cosine: float
    error: float
    signs: float


def blocks(gradient: Gradient, name: str) -> Iterator[Floats]:
    """Yield a parameter's gradient in flat blocks; what is factored is never whole in memory."""
    count, *rest = gradient.shapes[name]
    rows = max(1, BLOCK // math.prod(rest))
    for first in range(0, count, rows):
        yield gradient.rows(name, first, min(first + rows, count)).reshape(-1)


def norm(gradient: Gradient, name: str) -> float:
    """Return the Euclidean norm of one parameter's gradient."""
    return math.sqrt(sum(float(part @ part) for part in blocks(gradient, name)))


def distance(found: Gradient, reference: Gradient, name: str) -> float:
    """Return the Euclidean norm of the difference of two gradients of one parameter."""
    total = 0.0
    for x, y in zip(blocks(found, name), blocks(reference, name), strict=True):
        apart = x - y
        total += float(apart @ apart)
    return math.sqrt(total)


def agreement(found: Gradient, reference: Gradient, name: str) -> Agreement:
    """Compare two gradients of one parameter."""
    aa = bb = ab = difference = 0.0
    same = entries = 0
    least = FLOOR * max(float(np.abs(part).max()) for part in blocks(reference, name))
    for x, y in zip(blocks(found, name), blocks(reference, name), strict=True):
        apart = x - y
        aa += float(x @ x)
        bb += float(y @ y)
        ab += float(x @ y)
        difference += float(apart @ apart)
        known = np.abs(y) > least
        entries += int(known.sum())
        same += int((known & (np.signbit(x) == np.signbit(y))).sum())
    if not bb:
        return Agreement(math.nan, math.nan, math.nan)
    if not math.isfinite(difference):
        return Agreement(math.nan, math.inf, math.nan)
    cosine = ab / math.sqrt(aa * bb) if aa else 0.0
    return Agreement(cosine, math.sqrt(difference / bb), same / entries)


def multiplied_out(gradient: Gradient) -> Gradient:
    """Return the same gradient without factors, for comparing with it many times."""
    plain = Gradient(gradient)
    for name in gradient:
        into = plain[name].reshape(-1)
        begin = 0
        for part in blocks(gradient, name):
            into[begin : begin + part.size] = part
            begin += part.size
    return plain


def order_of(betas: ArrayLike, errors: ArrayLike) -> float | None:
    """Return the slope of log(error) over log(beta); None with fewer than two above the floor.

    NaN where an error is infinite.
    """
    x, y = np.asarray(betas, float), np.asarray(errors, float)
    if np.isinf(y).any():
        return math.nan
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
    system: System,
    free: Any,
    target: Floats,
    betas: Sequence[float],
    reference: Gradient,
) -> BetaSweep:
    """Compare the centered and the one-sided estimate with a reference gradient at each beta.

    Both are read from the same nudged phases, each settled from ``free``, one free phase of B
    examples; ``reference``: the gradient of the mean cost.
    """
    drive = free.drive
    found = {
        name: OverBeta(math.prod(shape), norm(reference, name))
        for name, shape in reference.shapes.items()
    }
    count = free.beta.shape[1]
    phases = np.repeat([sign * beta for beta in betas for sign in (1.0, -1.0)], count)
    # All of them at once: a large coupling is read as often as for one.
    nudged = system.settle(drive, beta=phases.reshape(-1, count), target=target, start=free)
    for number, beta in enumerate(betas):
        for estimator, rule in COMPARED.items():
            gradient = _estimate(system, rule(beta), free, nudged, 2 * number)
            for name, entry in found.items():
                compared = agreement(gradient, reference, name)
                entry.agreements.setdefault(estimator, []).append(compared)
    residual, steps = float(nudged.residual.max()), int(nudged.steps.max())
    return BetaSweep(list(betas), found, residual, nudged.converged, steps)


def _estimate(system: System, rule: TwoPhase, free: Any, nudged: Any, phase: int) -> Gradient:
    """Return a rule's gradient from the free phase and those nudged by +beta and -beta.

    These are ``phase`` and the next one of ``nudged``.
    """
    betas = rule.betas(free.beta.shape[1], np.random.default_rng(0))
    on_nudged, on_free = rule.shares(betas)
    share = np.zeros_like(nudged.beta)
    share[phase : phase + len(betas)] = on_nudged  # one-sided: the first alone
    phases = [(nudged, share)] + ([] if on_free is None else [(free, on_free)])
    return system.slope(phases)
