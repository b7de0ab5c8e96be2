"""Estimators: the gradient of the cost from free and nudged phases, by local products only.

Beside them stand, under the same roof, the reference gradients of backpropagation.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.learning.gradient import Gradient
from neuroep.learning.hopfield.backprop.reference import METHODS, Method, backprop_gradient
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Network
from neuroep.settle import Record, Settled, Solver, Stop, settle


@dataclass(frozen=True)
class Estimate:
    """A gradient estimate and the phases it was read from.

    Attributes
    ----------
    gradient : Gradient
        Mean over the batch of dC/d(parameter).
    phases : tuple of Settled
        One free phase; after it one or two nudged phases, settled as one batch from the free
        state. Backpropagation has no nudged ones.
    """

    gradient: Gradient
    phases: tuple[Settled, ...]

    @property
    def free(self) -> Settled:
        """The free phase."""
        return self.phases[0]

    @property
    def nudged(self) -> Settled:
        """The nudged phases; a ValueError where there are none."""
        if len(self.phases) == 1:
            raise ValueError("backpropagation has no nudged phase")
        return self.phases[1]

    @property
    def residual(self) -> float:
        """The largest residual of all phases."""
        return max(float(settled.residual.max()) for settled in self.phases)


@dataclass(frozen=True)
class Centered:
    """(1/2 beta) [dE(+beta) - dE(-beta)]: bias of order beta^2 (Laborieux et al. 2021, eq. 10)."""

    def betas(self, beta: float, count: int, rng: np.random.Generator) -> Reals:
        """Return the nudging strength of every phase and example, (P, B)."""
        return np.repeat([[beta], [-beta]], count, axis=1)

    def shares(self, betas: Reals) -> tuple[Reals, Reals | None]:
        """Return the factors on the nudged phases (P, B) and on the free phase (1, B) or None."""
        return 0.5 / betas, None


@dataclass(frozen=True)
class OneSided:
    """(1/beta) [dE(beta) - dE(0)]: bias of order beta (Scellier & Bengio 2017, eq. 9)."""

    def betas(self, beta: float, count: int, rng: np.random.Generator) -> Reals:
        """Return the nudging strength of every phase and example, (P, B)."""
        return np.full((1, count), beta)

    def shares(self, betas: Reals) -> tuple[Reals, Reals | None]:
        """Return the factors on the nudged phases (P, B) and on the free phase (1, B) or None."""
        return 1.0 / betas, -1.0 / betas


@dataclass(frozen=True)
class RandomSign(OneSided):
    """One-sided with a random sign of beta for each example: the bias averages out."""

    def betas(self, beta: float, count: int, rng: np.random.Generator) -> Reals:
        """Return the nudging strength of every phase and example, (P, B)."""
        return beta * rng.choice([-1.0, 1.0], (1, count))


Estimator = Centered | OneSided

ESTIMATORS: dict[str, Estimator] = {
    "centered": Centered(),
    "one_sided": OneSided(),
    "random_sign": RandomSign(),
}

NAMES = (*ESTIMATORS, *METHODS)
"""Whatever :func:`estimate` knows by name."""


def estimate(
    network: Network,
    drive: Drive,
    target: ArrayLike,
    beta: float,
    *,
    estimator: str | Estimator = "centered",
    solver: str | Solver = "sweep",
    stop: Stop | None = None,
    rng: np.random.Generator | None = None,
    record: Record | None = None,
    wanted: Collection[str] | None = None,
) -> Estimate:
    """Settle free, settle nudged, and read the gradient of the mean cost at every synapse.

    Parameters
    ----------
    network : Network
    drive : Drive
        B clamped examples.
    target : (B, outputs)
    beta : float
        Nudging strength, not zero; backpropagation does without.
    estimator : str or Estimator
        One of ``ESTIMATORS``, or of the reference gradients ``METHODS`` of
        :func:`backprop_gradient`: "bptt", which goes back through all
        the steps that each example's free phase took under ``stop``, or "implicit".
    solver, stop, record
        As for :func:`neuroep.settle.settle`; ``record`` keeps examples of the free phase and of
        every nudged phase. Neither spikes nor a record with the reference gradients.
    rng : Generator
        For the random sign.

    wanted : collection of str
        Parameters whose gradient matters, as for :func:`energy_slope`.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        beta is zero, the estimator is unknown or cannot do what is asked, or what ``settle``
        raises.
    """
    if estimator in METHODS:
        if record:
            raise ValueError(f"estimator {estimator!r} keeps no record; settle once more for one")
        method: Method = "bptt" if estimator == "bptt" else "implicit"
        return _reference(network, drive, target, method, solver, stop, wanted)
    if beta == 0:
        raise ValueError("beta must not be zero: a nudge of nothing teaches nothing")
    if isinstance(estimator, str):
        if estimator not in ESTIMATORS:
            raise ValueError(f"estimator {estimator!r}: choose one of {', '.join(NAMES)}")
        estimator = ESTIMATORS[estimator]
    betas = estimator.betas(beta, drive.count, rng or np.random.default_rng(0))
    free = settle(network, drive, solver=solver, stop=stop, record=record)
    phases = (
        Record(tuple(p * drive.count + e for p in range(len(betas)) for e in record.examples))
        if record
        else None
    )
    nudged = settle(
        network,
        drive,
        solver=solver,
        beta=betas,
        target=target,
        start=free,
        stop=stop,
        record=phases,
    )
    on_nudged, on_free = estimator.shares(betas)
    gradient = energy_slope(nudged, on_nudged / drive.count, wanted=wanted)
    if on_free is not None:
        energy_slope(free, on_free / drive.count, into=gradient, wanted=wanted)
    return Estimate(gradient, (free, nudged))


def _reference(
    network: Network,
    drive: Drive,
    target: ArrayLike,
    method: Method,
    solver: str | Solver,
    stop: Stop | None,
    wanted: Collection[str] | None,
) -> Estimate:
    found = backprop_gradient(
        network, drive, target, method=method, solver=solver, stop=stop or Stop(), wanted=wanted
    )
    # The trajectory has done its work, and is large.
    return Estimate(found.gradient, (replace(found.free, trace=found.free.trace[:1, :0].copy()),))


def centered(
    network: Network, drive: Drive, target: ArrayLike, beta: float = 0.5, **options: object
) -> Gradient:
    """Return the centered estimate of the gradient, one array per parameter.

    ``options`` are those of :func:`estimate`.
    """
    return estimate(network, drive, target, beta, **options).gradient  # type: ignore[arg-type]
