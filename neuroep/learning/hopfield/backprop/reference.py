"""Reference gradients: backpropagation through time, and implicit differentiation.

The same layers, couplings and settles as equilibrium propagation, with adjoints written by hand:
what EP estimates from local products, these compute by going back through the settle.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Floats, Reals
from neuroep.learning.gradient import Gradient
from neuroep.learning.hopfield.backprop.path import Path, cost_slope, go_back, settle_recorded
from neuroep.learning.hopfield.backprop.rest import AtRest
from neuroep.learning.hopfield.backprop.slopes import gradient_of, products_along
from neuroep.learning.hopfield.slopes import tables_that_learn
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Network
from neuroep.settle import SOLVERS, Settled, Solver, Stop, settle
from neuroep.settle.hopfield.settling import solver_of
from neuroep.settle.hopfield.solver import Stepwise

Method = Literal["bptt", "implicit"]
METHODS: tuple[Method, ...] = ("bptt", "implicit")
"""Names of the reference gradients, beside the estimators of equilibrium propagation."""


@dataclass(frozen=True)
class Backprop:
    """A reference gradient, the mean over the batch, and the settle that was differentiated.

    ``adjoint``: of every layer's current, summed over the steps, flat like a state: what one more
    unit of constant current would do to the mean cost; ``residual`` (B,): with implicit, how far
    the adjoint is from its own equation, relative to its largest entry; ``nbytes``: memory that
    the trajectory and its adjoints took, none of it with implicit.
    """

    gradient: Gradient
    free: Settled
    adjoint: Floats
    residual: Reals | None = None
    nbytes: int = 0


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
    solver : name or instance of a differentiable one
        Whose steps. Those of bptt are sweeps of each layer in turn, also behind large couplings;
        implicit differentiation goes back by such sweeps whatever the settle was.
    steps : int, optional
        Number of steps of the settle, in place of ``stop``. Without it each example takes, and
        goes back through, as many as its residual asks for under ``stop``.
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
        An unknown method, a solver whose steps have no derivative, a network without an energy, a
        number of steps below 1, or what ``settle`` raises.
    """
    stepping = differentiable(method, solver)
    check_reciprocal(network)
    for name, number in (("steps", steps), ("truncate", truncate)):
        if number is not None and number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    if method == "implicit" and truncate is not None:
        raise ValueError("truncate: the implicit method goes back through no steps")
    if method == "bptt":
        drive.check(network)
        stop = (stop or Stop()) if steps is None else Stop(0.0, steps)
        goal = np.asarray(target, drive.current.dtype)
        return _through_time(drive, goal, stepping, steps, truncate, stop, wanted)
    if steps is not None:
        stop = Stop(0.0, steps)
    elif stop is None:
        stop = Stop(1e-12 if drive.current.dtype == np.float64 else 1e-6, 2000)
    free = settle(network, drive, solver=solver, stop=stop)
    return implicit_gradient(free, target, stop=stop, wanted=wanted)


def check_reciprocal(network: Network) -> None:
    """Check that ways back are the ways there, which adjoints take for granted; a ValueError."""
    if not network.reciprocal:
        raise ValueError(
            "ways back that are not the ways there: such a network has no energy, and no reference "
            "gradient"
        )


def differentiable(method: str, solver: str | Solver) -> Stepwise:
    """Return the solver whose steps a method goes back through.

    A ValueError: method or solver is unknown, or its steps have no derivative, as spikes have none.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r}: choose one of {', '.join(METHODS)}")
    found = solver_of(solver)
    if found.differentiable:
        return cast(Stepwise, found).layerwise()
    able = " or ".join(name for name, kind in SOLVERS.items() if kind.differentiable)
    name = solver if isinstance(solver, str) else type(solver).__name__.lower()
    raise ValueError(f"{method} goes back through {able} steps, not through {name!r}")


def _through_time(
    drive: Drive,
    target: Floats,
    solver: Stepwise,
    steps: int | None,
    truncate: int | None,
    stop: Stop,
    wanted: Collection[str] | None,
) -> Backprop:
    plan = drive.plan
    free = settle_recorded(drive, solver, stop)
    wiring = solver.wiring(plan)
    path = Path.along(drive, wiring, free.trace)
    taken = free.steps[0] if steps is None else np.full(drive.count, steps)
    depth = taken if truncate is None else np.minimum(taken, truncate)
    patterns = bool(tables_that_learn(plan.network, wanted))
    trail = go_back(path, cost_slope(free, target), taken, depth, patterns)
    total = trail.currents.sum(axis=0)
    products = products_along(drive, wiring, trail)
    gradient = gradient_of(free, target, products, total, trail.slope, wanted)
    return Backprop(gradient, free, total, nbytes=sum(x.nbytes for x in (free.trace, *trail)))


def implicit_gradient(
    free: Settled,
    target: ArrayLike,
    *,
    stop: Stop,
    wanted: Collection[str] | None = None,
) -> Backprop:
    """Return the gradient of the mean cost through a settled free phase, however it got there.

    ``stop``: of the adjoints; the residual is relative to their largest entry.
    """
    plan = free.drive.plan
    rest = AtRest(free, np.asarray(target, free.drive.current.dtype), plan.sweep)
    rest.solve(stop)
    residual = rest.check(bool(tables_that_learn(plan.network, wanted)))
    return Backprop(rest.gradient(wanted), free, rest.total, residual)
