"""Gradients of resistive networks by implicit differentiation: the exact ones, to compare with.

At the minimum u of the co-content, the slope of the cost C(u) in a conductance is

    dC/dg = -lambda . d(dE/du)/dg,    H lambda = dC/du,    H the Hessian of E.

A node that an ideal diode holds at 0 V does not move, and has no part in H. All in float64, in the
voltages referred to the input of :mod:`neuroep.core.resistive.chain`.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.resistive.chain import within
from neuroep.core.tables import Reals
from neuroep.learning.gradient import Gradient
from neuroep.network.resistive.drive import ResistiveDrive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled


def check_reciprocal(network: ResistiveNetwork) -> None:
    """Check that there is a co-content to differentiate at the minimum of, a ValueError if not."""
    if not network.reciprocal:
        raise ValueError(
            "amplifiers that do not take back what they should: such a chip has no energy, and no "
            "reference gradient"
        )


def implicit_gradient(free: ResistiveSettled, target: ArrayLike) -> Gradient:
    """Return the gradient of the mean cost through a settled state, 1/S.

    Takes the time of a dense solve of all free nodes for each example, and the memory of one.
    ``free``: one free phase of B examples; ``target`` (B, outputs). A ValueError: a node floats, or
    a drawn chip has no co-content.
    """
    drive, network = free.drive, free.drive.network
    check_reciprocal(network)
    wanted, shape = np.asarray(target, float), (len(drive.inputs), network.outputs)
    if wanted.shape != shape:
        raise ValueError(f"target: needs shape {shape}, got {wanted.shape}")
    scale = drive.chain.scale
    volts = [v[0] / s for v, s in zip(free.volts, scale[1:], strict=True)]
    miss = (free.prediction[0] - wanted) * (scale[-1] / network.output_gain)
    state = np.concatenate(volts, axis=1)
    hessian = _couplings(drive)
    slopes = np.zeros_like(state)
    slopes[:, -2 * network.outputs :: 2], slopes[:, 1 - 2 * network.outputs :: 2] = miss, -miss
    stiff = _diodes(drive, volts)
    adjoint = np.zeros_like(state)
    for e, extra in enumerate(stiff):
        moves = np.isfinite(extra)
        matrix = hessian[np.ix_(moves, moves)]
        matrix[np.diag_indices_from(matrix)] += extra[moves]
        try:
            adjoint[e, moves] = np.linalg.solve(matrix, slopes[e, moves])
        except np.linalg.LinAlgError:
            raise ValueError(f"implicit: example {e} has a node that nothing holds") from None
    ends = np.cumsum(network.sizes[1:])[:-1]
    return _gradient(free, volts, np.split(adjoint, ends, axis=1))


def _couplings(drive: ResistiveDrive) -> Reals:
    """Return the Hessian of the co-content without diodes, the same for all examples."""
    chain = drive.chain
    matrix: Reals = np.diag(chain.loads.astype(float))
    begin = 0
    for k in range(1, len(chain.sizes)):
        n = chain.sizes[k]
        if chain.beside.size:
            matrix[begin : begin + n, begin : begin + n] -= within(chain.beside, chain.sizes, k)
        begin += n
    begin = 0
    for g in drive.network.effective[1:]:
        n, m = g.shape
        matrix[begin : begin + n, begin + n : begin + n + m] = -g
        matrix[begin + n : begin + n + m, begin : begin + n] = -g.T
        begin += n
    return matrix


def _diodes(drive: ResistiveDrive, volts: list[Reals]) -> Reals:
    """Return what diodes add to the Hessian's diagonal, (B, nodes); infinite where one holds."""
    network, chain = drive.network, drive.chain
    found = [np.zeros_like(v) for v in volts]
    for k, v in enumerate(volts[:-1], start=1):
        if network.diode is None:
            found[k - 1][v == 0] = np.inf
        else:
            grown = np.exp((chain.rail[k] - network.polarity(k) * v) / chain.slope[k])
            own = network.saturation_of(k) / chain.scale[k]
            found[k - 1][:] = grown * own / chain.slope[k]
    return np.concatenate(found, axis=1)


def _gradient(free: ResistiveSettled, volts: list[Reals], adjoint: list[Reals]) -> Gradient:
    """Return -(lambda_i - lambda_j) (u_i - u_j) of each synapse, its mean over the examples."""
    network, count = free.drive.network, len(free.drive.inputs)
    gradient = Gradient(network.parameters)
    clamped = network.clamp(free.drive.inputs).astype(float)
    if free.drive.arrays:
        return _at_devices(free.drive, [clamped, *volts], adjoint)
    us, adjoints = [clamped, *volts], [np.zeros_like(clamped), *adjoint]
    own = [(u * a).sum(axis=0) for u, a in zip(us, adjoints, strict=True)]
    layers = zip(pairwise(us), pairwise(adjoints), pairwise(own), network.parameters, strict=True)
    for (u, v), (a, b), (before, behind), name in layers:
        crossed = u.T @ b + a.T @ v
        gradient[name][:] = (crossed - before[:, None] - behind) / count
    return gradient


def _at_devices(drive: ResistiveDrive, states: list[Reals], adjoint: list[Reals]) -> Gradient:
    """Return -drop(lambda) drop(u) across each device, its mean over the examples."""
    gradient, count = Gradient(drive.network.parameters), len(drive.inputs)
    adjoints = [np.zeros_like(states[0]), *adjoint]
    shares = np.full(count, -1.0 / count)
    layers = zip(pairwise(states), pairwise(adjoints), drive.arrays, gradient, strict=True)
    for ports, others, array, name in layers:
        gradient[name][:] = array.products(ports, shares, others)
    return gradient
