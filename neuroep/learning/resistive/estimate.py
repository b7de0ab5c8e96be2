"""Equilibrium propagation in resistive networks: gradients from squared voltage drops.

A conductance adds half its squared voltage drop to the co-content E, and a nudge adds
beta kappa C; so what a synapse needs for the gradient of the cost is the voltage drop across it in
two phases (Kendall et al. 2020, arXiv:2006.01981):

    dC/dg = [drop^2 (beta) - drop^2 (-beta)] / (4 beta kappa)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.resistive.chain import unfold_inputs
from neuroep.core.resistive.conductances import descend
from neuroep.core.tables import Floats, Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.learning.estimators import ESTIMATORS, Estimator
from neuroep.learning.updates.gradient_descent import BLOCK
from neuroep.network.parameters import Parameters
from neuroep.network.resistive.drive import INPUTS, ResistiveDrive, make_resistive_drive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.result import Stop


@dataclass(frozen=True)
class ResistiveEstimate:
    """A gradient estimate and the phases it was read from.

    Attributes
    ----------
    gradient : Parameters
        Mean over the batch of dC/dg, 1/S.
    free, nudged : ResistiveSettled
        One free phase; one or two nudged phases, settled as one batch from the free state.
    """

    gradient: Parameters
    free: ResistiveSettled
    nudged: ResistiveSettled


def estimate_resistive(
    network: ResistiveNetwork,
    inputs: ArrayLike | ResistiveDrive,
    target: ArrayLike,
    beta: float,
    *,
    estimator: str = "centered",
    stop: Stop | None = None,
    rng: np.random.Generator | None = None,
    into: Parameters | None = None,
) -> ResistiveEstimate:
    """Settle free, settle nudged, and read the gradient of the mean cost at every synapse.

    Parameters
    ----------
    network : ResistiveNetwork
    inputs, stop
        As for :func:`neuroep.settle.resistive.settling.settle_resistive`.
    target : (B, outputs)
    beta : float
        Nudging strength, not zero.
    estimator : str
        One of ``ESTIMATORS``.
    rng : Generator
        For the random sign.
    into : Parameters
        Where to write the gradient; new ones if None.

    Raises
    ------
    ValueError
        beta is zero, the estimator is unknown, or what ``settle_resistive`` raises.
    """
    if beta == 0:
        raise ValueError("beta must not be zero: a nudge of nothing teaches nothing")
    if estimator not in ESTIMATORS:
        raise ValueError(f"estimator {estimator!r}: choose one of {', '.join(ESTIMATORS)}")
    chosen: Estimator = ESTIMATORS[estimator]
    drive = inputs if isinstance(inputs, ResistiveDrive) else make_resistive_drive(network, inputs)
    betas = chosen.betas(beta, len(drive.inputs), rng or np.random.default_rng(0))
    free = settle_resistive(network, drive, stop=stop)
    nudged = settle_resistive(network, drive, beta=betas, target=target, start=free, stop=stop)
    on_nudged, on_free = chosen.shares(betas)
    phases = [(nudged, on_nudged)] + ([] if on_free is None else [(free, on_free)])
    return ResistiveEstimate(_gradient(network, phases, into), free, nudged)


def _gradient(
    network: ResistiveNetwork,
    phases: Sequence[tuple[ResistiveSettled, Reals]],
    into: Parameters | None,
) -> Parameters:
    """Sum 1/2 drop^2 over phases and examples, weighted by shares that cancel in each example."""
    gradient = network.parameters.zeros_like() if into is None else into
    drive = phases[0][0].drive
    examples, scale = len(drive.inputs), drive.chain.scale
    kappa = network.nudge_conductance * (network.output_gain / scale[-1]) ** 2
    shares = np.concatenate([share for _, share in phases]) / (examples * kappa)
    share = shares.astype(drive.inputs.dtype)[..., None]
    volts = [
        np.concatenate([settled.volts[k] for settled, _ in phases]) / share.dtype.type(factor)
        for k, factor in enumerate(scale[1:])
    ]
    squares = [0.5 * (share * v * v).sum(axis=(0, 1)) for v in volts]
    _clamped_gradient(network, drive.inputs, (share * volts[0]).sum(axis=0), squares[0], gradient)
    for k, (behind, ahead) in enumerate(pairwise(volts)):
        n, m = behind.shape[-1], ahead.shape[-1]
        products = (share * behind).reshape(-1, n).T @ ahead.reshape(-1, m)
        gradient[f"{k + 1}-{k + 2}"][:] = squares[k][:, None] + squares[k + 1] - products
    return gradient


def _clamped_gradient(
    network: ResistiveNetwork, x: Floats, moved: Floats, squares: Floats, gradient: Parameters
) -> None:
    """Write the gradient of the first synapses; the clamped voltages cancel but in products.

    ``moved`` (B, n_1): the first layer's voltages summed over the phases with their shares.
    """
    found, n = gradient["0-1"], network.inputs
    moved = moved * x.dtype.type(network.input_gain)

    def work(begin: int, end: int) -> None:
        products = x[:, begin:end].T @ moved
        unfold_inputs(products, squares, found[begin:end], found[n + begin : n + end])

    run_chunks(work, chunks(n, INPUTS))
    constant = moved.sum(axis=0)
    found[-2], found[-1] = squares - constant, squares + constant


class ProjectedSGD:
    """Stochastic gradient descent with heavy-ball momentum, within the device's limits.

    A rate is normalised to the device: with w = g / (g_max - g_min), dw = -rate dC/dw.

    Parameters
    ----------
    network : ResistiveNetwork
    momentum : float
        Share of the velocity that is kept, 0 for plain descent.

    Raises
    ------
    ValueError
        The momentum is not in [0, 1).
    """

    def __init__(self, network: ResistiveNetwork, momentum: float = 0.0) -> None:
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum: must be in [0, 1), got {momentum}")
        self.momentum = momentum
        self.limits = network.conductance_range
        self.velocity: Floats = np.zeros_like(network.parameters.flat)

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the conductances in place."""
        scalar = parameters.flat.dtype.type
        span = self.limits[1] - self.limits[0]
        low, high, keep = map(scalar, (*self.limits, self.momentum))
        parts = [
            (slice(begin + a, begin + b), scalar(rate * span**2))
            for name, rate in rates.items()
            if rate
            for begin in [parameters.offsets[name]]
            for a, b in chunks(parameters[name].size, BLOCK)
        ]

        def work(first: int, last: int) -> None:
            for part, rate in parts[first:last]:
                flat, slope, velocity = parameters.flat, gradient.flat, self.velocity
                descend(flat[part], slope[part], velocity[part], rate, keep, low, high)

        run_chunks(work, chunks(len(parts), 1))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return {"velocity": self.velocity}

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""
        self.velocity[:] = arrays["velocity"]
