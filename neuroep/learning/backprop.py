"""Reference gradients: backpropagation through time, and implicit differentiation.

The same layers, couplings and settles as equilibrium propagation, with adjoints written by hand:
what EP estimates from local products, these compute by going back through the settle.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Floats, Reals
from neuroep.learning.backprop_path import Path, cost_slope
from neuroep.learning.backprop_rest import AtRest
from neuroep.learning.backprop_slopes import gradient_of, products_along, products_at_rest
from neuroep.learning.backprop_time import go_back
from neuroep.network.drive import Drive
from neuroep.network.network import Network
from neuroep.network.parameters import Parameters
from neuroep.settle import Record, Settled, Solver, Stop, settle
from neuroep.settle.relaxation import Sweep, Synchronous

Method = Literal["bptt", "implicit"]
METHODS: tuple[Method, ...] = ("bptt", "implicit")
"""Names of the reference gradients, beside the estimators of equilibrium propagation."""


@dataclass(frozen=True)
class Backprop:
    """A reference gradient and where it came from.

    Attributes
    ----------
    gradient : Parameters
        Mean over the batch of dC/d(parameter).
    free : Settled
        The settle that was differentiated.
    adjoint : flat like a state
        Of every layer's current, summed over the steps: what one more unit of constant current
        would do to the mean cost. See :meth:`adjoint_of`.
    residual : float64 (B,), or None
        Implicit only: how far the adjoint is from its own equation, relative to its largest entry.
    nbytes : int
        Memory that the trajectory and its adjoints took, bytes; none of it with implicit.
    """

    gradient: Parameters
    free: Settled
    adjoint: Floats
    residual: Reals | None = None
    nbytes: int = 0

    def adjoint_of(self, layer: str) -> Floats:
        """Return the adjoint of a layer's current, (B, size)."""
        return self.free.drive.plan.view(self.adjoint, layer)


def backprop_gradient(
    network: Network,
    drive: Drive,
    target: ArrayLike,
    *,
    method: Method = "bptt",
    solver: str | Solver = "sweep",
    steps: int | None = None,
    truncate: int | None = None,
    stop: Stop | None = None,
    wanted: Collection[str] | None = None,
) -> Backprop:
    """Settle freely and go back for the gradient of the mean cost.

    Parameters
    ----------
    network : Network
    drive : Drive
        B clamped examples.
    target : (B, outputs)
    method : {"bptt", "implicit"}
        Through the steps that the settle took, or through the state that it reached.
    solver : {"sweep", "synchronous"}, or an instance of one
        Whose steps. Implicit differentiation goes back by sweeps whatever the settle was.
    steps : int, optional
        Number of steps of the settle. Without it each example takes, and goes back through, as
        many as its residual asks for under ``stop``.
    truncate : int, optional
        Steps to go back, from the last; all when absent. For bptt only.
    stop : Stop
        Of the settle, and of the adjoints of the implicit method, whose residual is relative.
        By default 1e-5 within 100 steps; for the implicit method 1e-12 (float64) or 1e-6 within
        2000.
    wanted : collection of str, optional
        Parameters whose gradient matters; that of stored patterns, the costliest, is left at zero
        when it is not among them.

    Returns
    -------
    Backprop
        Never an exception for want of convergence: see ``free.status`` and ``residual``.

    Raises
    ------
    ValueError
        An unknown method, a solver whose steps have no derivative, a number of steps below 1, or
        what ``settle`` raises.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r}: choose one of {', '.join(METHODS)}")
    if not (solver in ("sweep", "synchronous") or isinstance(solver, Sweep | Synchronous)):
        raise ValueError(
            f"{method} goes back through sweeps or synchronous steps, not through {_name(solver)}"
        )
    for name, number in (("steps", steps), ("truncate", truncate)):
        if number is not None and number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    if method == "implicit" and truncate is not None:
        raise ValueError("truncate: the implicit method goes back through no steps")
    if steps is not None:
        stop = Stop(0.0, steps)
    if method == "bptt":
        return _through_time(network, drive, target, solver, steps, truncate, stop, wanted)
    if stop is None:
        stop = Stop(1e-12 if drive.current.dtype == np.float64 else 1e-6, 2000)
    free = settle(network, drive, solver=solver, stop=stop)
    return implicit_gradient(free, target, stop=stop, wanted=wanted)


def _name(solver: str | Solver) -> str:
    return solver if isinstance(solver, str) else type(solver).__name__.lower()


def _wants_patterns(network: Network, wanted: Collection[str] | None) -> bool:
    tables = [name for name in network.parameters if name.endswith(".patterns")]
    return any(wanted is None or name in wanted for name in tables)


def _through_time(
    network: Network,
    drive: Drive,
    target: ArrayLike,
    solver: str | Solver,
    steps: int | None,
    truncate: int | None,
    stop: Stop | None,
    wanted: Collection[str] | None,
) -> Backprop:
    everyone = Record(tuple(range(drive.count)))
    free = settle(network, drive, solver=solver, stop=stop, record=everyone)
    sweeping = solver == "sweep" or isinstance(solver, Sweep)
    plan = drive.plan
    path = Path.along(drive, plan.sweep if sweeping else plan.synchronous, free.trace)
    taken = free.steps[0] if steps is None else np.full(drive.count, steps)
    depth = taken if truncate is None else np.minimum(taken, truncate)
    goal = np.asarray(target, drive.current.dtype)
    trail = go_back(path, cost_slope(free, goal), taken, depth, _wants_patterns(network, wanted))
    total = trail.currents.sum(axis=0)
    products = products_along(drive, path.wiring, trail)
    gradient = gradient_of(free, goal, products, total, trail.slope, wanted)
    return Backprop(gradient, free, total, nbytes=free.trace.nbytes + trail.nbytes)


def implicit_gradient(
    free: Settled,
    target: ArrayLike,
    *,
    stop: Stop,
    wanted: Collection[str] | None = None,
) -> Backprop:
    """Return the gradient of the mean cost through a settled state, whichever way it got there.

    Parameters
    ----------
    free : Settled
        One free phase.
    target, wanted
        As for :func:`backprop_gradient`.
    stop : Stop
        Of the adjoints; the residual is relative to their largest entry.
    """
    network = free.drive.plan.network
    goal = np.asarray(target, free.drive.current.dtype)
    rest = AtRest(free, goal, free.drive.plan.sweep)
    rest.solve(stop)
    residual = rest.check(_wants_patterns(network, wanted))
    products = products_at_rest(free, rest.total)
    gradient = gradient_of(free, goal, products, rest.total, rest.slope, wanted)
    return Backprop(gradient, free, rest.total, residual)
