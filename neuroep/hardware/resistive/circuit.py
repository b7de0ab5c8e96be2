"""A deep resistive network as the equations of its free nodes, for the transient kernel."""

from itertools import pairwise

import numpy as np

from neuroep.core.resistive.stiff import DiodeCircuit, stiff_transient
from neuroep.core.tables import CONVERGED, STEP_LIMIT, Reals
from neuroep.hardware.resistive.branches import by_layer
from neuroep.hardware.views.view import Waveform
from neuroep.network.resistive.network import ResistiveNetwork

TOLERANCE = 1e-11
"""Largest estimated error of a voltage in one step of a transient, V."""

MOST_STEPS = 100_000

SETTLING_CONSTANTS = 30.0
"""Slowest time constants that a settle is given: what is left is exp(-30), 1e-13."""


def diode_circuit(
    network: ResistiveNetwork, clamped: Reals, beta: float = 0.0, target: Reals | None = None
) -> DiodeCircuit:
    """Return the equations of one input and one nudge.

    ``clamped`` (2 inputs + 2,): voltages of the input nodes, V; ``target`` (outputs,): in its
    units; None leaves the outputs free. A ValueError: the corner of ideal diodes has no transient.
    """
    if network.diode is None:
        raise ValueError("diode: ideal diodes switch at once; a transient needs a saturation")
    ends = np.cumsum((0, *network.sizes[1:]))
    n = int(ends[-1])
    matrix, square = np.zeros((n, n)), np.zeros((n, n))
    source, power, polarity = np.zeros((3, n))
    every, arrays = [g.astype(float) for g in network.effective], network.arrays
    first = every[0]
    layers = [slice(a, b) for a, b in pairwise(ends)]
    np.einsum("ii->i", matrix)[layers[0]] += first.sum(axis=0)
    source[layers[0]] = clamped @ first
    power[layers[0]] = -(clamped @ first)
    idle = float(np.square(clamped) @ first.sum(axis=1))
    if arrays:
        idle += float(clamped @ _laplacian(arrays[0].among_rows) @ clamped)
    for k in range(1, len(network.sizes) - 1):
        g, gain = every[k], network.gain_of(k)
        returned = network.return_of(k)
        here, behind = layers[k - 1], layers[k]
        polarity[here] = network.polarity(k)
        # Each synapse carries g (gain v_here - v_behind); the amplifier takes a share of it from
        # its node, 1/gain as designed, and delivers v_here (gain - share) times it.
        np.einsum("ii->i", matrix)[here] += returned * gain * g.sum(axis=1)
        np.einsum("ii->i", matrix)[behind] += g.sum(axis=0)
        matrix[here, behind] -= np.reshape(returned, (-1, 1)) * g
        matrix[behind, here] -= g.T * gain
        np.einsum("ii->i", square)[here] += gain * (gain - returned) * g.sum(axis=1)
        square[here, behind] -= np.reshape(gain - returned, (-1, 1)) * g
        if arrays:
            leaving = _laplacian(arrays[k].among_rows) * gain
            matrix[here, here] += np.reshape(returned, (-1, 1)) * leaving
            square[here, here] += np.reshape(gain - returned, (-1, 1)) * leaving
    for array, columns in zip(arrays, layers, strict=False):
        matrix[columns, columns] += _laplacian(array.among_columns)
    if target is not None:
        plus = np.arange(ends[-2], n, 2)
        strength = beta * network.nudge_conductance
        pull = strength * network.output_gain * target
        for sign, a, b in ((1.0, plus, plus + 1), (-1.0, plus + 1, plus)):
            matrix[a, a] += strength
            matrix[a, b] -= strength
            source[a] += sign * pull
            power[a] += sign * pull
            square[a, a] -= strength
            square[a, b] += strength
    free = list(enumerate(network.sizes[1:], start=1))
    return DiodeCircuit(
        matrix,
        source,
        np.concatenate([np.broadcast_to(network.capacitance_of(k), s) for k, s in free]),
        polarity,
        np.concatenate([np.broadcast_to(network.saturation_of(k), s) for k, s in free]),
        network.diode.slope_voltage,
        network.diode.rail,
        idle,
        power,
        square,
    )


def _laplacian(between: Reals) -> Reals:
    """Return currents out of nodes per volt at nodes, of conductances between them."""
    return np.diag(between.sum(axis=1)) - between


def settling_duration(network: ResistiveNetwork, beta: float = 0.0) -> float:
    """Return a time in which every node settles at this nudge, s: 30 slowest time constants.

    Those of the linear circuit: a diode that conducts only makes its node faster. A ValueError: a
    negative nudge that the synapses cannot hold, so that the outputs run away.
    """
    clamped = np.zeros(network.sizes[0])
    circuit = diode_circuit(network, clamped, beta, np.zeros(network.outputs))
    # Similar to a symmetric matrix (scale a layer by its gains), so its eigenvalues are real.
    rates = np.linalg.eigvals(circuit.conductance / circuit.capacitance[:, None]).real
    if rates.min() <= 1e-9 * rates.max():
        raise ValueError(
            f"beta: a nudge of {beta:g} takes more from the outputs than their synapses bring back"
        )
    return float(SETTLING_CONSTANTS / rates.min())


def transient(
    network: ResistiveNetwork, circuit: DiodeCircuit, start: Reals, duration: float
) -> tuple[Waveform, Reals]:
    """Return the waveform and the energy drawn so far at each of its times (T,), J.

    ``start`` (n,): voltages of all free nodes, V; ``duration``: s.
    """
    times, energy = np.empty((2, MOST_STEPS + 1))
    volts = np.empty((MOST_STEPS + 1, len(start)))
    volts[0] = start
    steps, status = stiff_transient(circuit, duration, TOLERANCE, times, volts, energy)
    if status != CONVERGED:
        what = f"{MOST_STEPS} steps" if status == STEP_LIMIT else "no step is short enough"
        raise ValueError(f"transient: {what}, at {times[steps]:.3g} s of {duration:.3g} s")
    waveform = Waveform(times[: steps + 1], by_layer(network, volts[: steps + 1]))
    return waveform, energy[: steps + 1]
