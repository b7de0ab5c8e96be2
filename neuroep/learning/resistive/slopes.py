"""Slopes of a resistive network's co-content, from the voltage drop across each synapse.

A conductance adds half its squared voltage drop to the co-content E, and a nudge adds
beta kappa C; so what a synapse needs for the gradient of the cost is the voltage drop across it in
two phases (Kendall et al. 2020, arXiv:2006.01981):

    dC/dg = [drop^2 (beta) - drop^2 (-beta)] / (4 beta kappa)

With wires it is the drop across the device, and not that between the ends of its lines.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.resistive.chain import unfold_inputs
from neuroep.core.tables import Floats, Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.learning.gradient import Gradient
from neuroep.network.resistive.drive import INPUTS, ResistiveDrive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled


def co_content_slope(phases: Sequence[tuple[ResistiveSettled, ArrayLike]]) -> Gradient:
    """Return the mean over the examples of the sum over phases of share * d(E / kappa)/dg, 1/S.

    kappa is the conductance by which a nudge of beta = 1 adds the cost to the co-content, W. Phases
    are all of the same B examples; shares broadcast to (P, B).
    """
    drive = phases[0][0].drive
    network = drive.network
    gradient = Gradient(network.parameters)
    examples, scale = len(drive.inputs), drive.chain.scale
    kappa = network.nudge_conductance * (network.output_gain / scale[-1]) ** 2
    given = [np.broadcast_to(np.asarray(share), settled.beta.shape) for settled, share in phases]
    shares = np.concatenate(given) / (examples * kappa)
    share = shares.astype(drive.current.dtype)[..., None]
    volts = [
        np.concatenate([settled.volts[k] for settled, _ in phases]) / share.dtype.type(factor)
        for k, factor in enumerate(scale[1:])
    ]
    if drive.arrays:
        _at_devices(drive, volts, shares, gradient)
        return gradient
    squares = [0.5 * (share * v * v).sum(axis=(0, 1)) for v in volts]
    lines, line_squares = volts, squares
    if not network.reciprocal:  # synapses see what amplifiers give
        lines = [
            v * (network.gain_of(k) / network.gains[k]).astype(v.dtype)  # type: ignore[union-attr]
            for k, v in enumerate(volts[:-1], start=1)
        ]
        line_squares = [0.5 * (share * v * v).sum(axis=(0, 1)) for v in lines]
    _clamped(network, drive.inputs, (share * volts[0]).sum(axis=0), squares[0], gradient)
    if (left := shares.sum(axis=0)).any():
        _add_constants(network, drive.inputs, left, gradient)
    for k, (behind, ahead) in enumerate(zip(lines, volts[1:], strict=False)):
        n, m = behind.shape[-1], ahead.shape[-1]
        products = (share * behind).reshape(-1, n).T @ ahead.reshape(-1, m)
        gradient[f"{k + 1}-{k + 2}"][:] = line_squares[k][:, None] + squares[k + 1] - products
    return gradient


def _at_devices(
    drive: ResistiveDrive, volts: list[Floats], shares: Reals, gradient: Gradient
) -> None:
    """Write half the sum of shares (P, B) times the squared drops across all devices.

    ``volts``: (P, B, n_k) of the free layers, referred to the input.
    """
    network = drive.network
    clamped = np.tile(network.clamp(drive.inputs), (len(shares), 1))
    lines = [clamped, *(v.reshape(-1, v.shape[-1]) for v in volts)]
    for k, (name, array) in enumerate(zip(gradient, drive.arrays, strict=True)):
        driven = lines[k] * (network.gain_of(k) / network.gains[k])
        gradient[name][:] = 0.5 * array.products((driven, lines[k + 1]), shares.ravel())


def _clamped(
    network: ResistiveNetwork, x: Floats, moved: Floats, squares: Floats, gradient: Gradient
) -> None:
    """Write the slope in the first synapses, but for the squares of the clamped voltages.

    ``moved`` (B, n_1): the first layer's voltages summed over the phases with their shares.
    """
    found, n = gradient["0-1"], network.inputs
    # Contrasts are as precise as nodes settled; sums of them over examples need not be.
    moved = (moved * network.input_gain).astype(x.dtype)
    squares = squares.astype(x.dtype)

    def work(begin: int, end: int) -> None:
        products = x[:, begin:end].T @ moved
        unfold_inputs(products, squares, found[begin:end], found[n + begin : n + end])

    run_chunks(work, chunks(n, INPUTS))
    constant = moved.sum(axis=0)
    found[-2], found[-1] = squares - constant, squares + constant


def _add_constants(network: ResistiveNetwork, x: Floats, left: Reals, gradient: Gradient) -> None:
    """Add the squares of the clamped voltages, which cancel where shares do in each example."""
    power = 0.5 * network.input_gain**2
    squares = power * (left @ np.square(x, dtype=float))
    last = np.full(2, power * left.sum())
    gradient["0-1"][:] += np.concatenate([squares, squares, last])[:, None]
