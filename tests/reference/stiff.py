"""Circuits with diodes, a node at a time, and an integrator that somebody else wrote."""

import math

import numpy as np
from scipy.integrate import solve_ivp

from neuroep.core.resistive.stiff import DiodeCircuit


def random_circuit(seed: int, n: int = 7) -> DiodeCircuit:
    """Return a connected circuit with diodes either way, no two capacitances alike, and supplies.

    The third node sees the others through an amplifier of gain 3, so that the matrix has no
    symmetry.
    """
    rng = np.random.default_rng(seed)
    matrix = np.diag(rng.uniform(1e-6, 1e-5, n))
    gain = np.ones(n)
    gain[2] = 3.0
    for i in range(n):
        for j in range(i):
            g = rng.uniform(1e-6, 1e-4)
            for a, b in ((i, j), (j, i)):  # g (gain_a v_a - gain_b v_b) / gain_a leaves a
                matrix[a, a] += g
                matrix[a, b] -= g * gain[b] / gain[a]
    return DiodeCircuit(
        matrix,
        rng.normal(0, 1e-4, n),
        rng.uniform(1e-13, 5e-12, n),
        rng.permutation(np.resize([1.0, -1.0, 0.0], n)),
        rng.uniform(0.5e-12, 2e-12, n),
        0.03,
        0.2,
        rng.uniform(0, 1e-6),
        rng.normal(0, 1e-5, n),
        rng.normal(0, 1e-6, (n, n)),
    )


def node_currents(circuit: DiodeCircuit, v) -> tuple[np.ndarray, np.ndarray]:
    """Return the current into every node and the conductance of its diode."""
    current, slope = np.zeros(len(v)), np.zeros(len(v))
    for i in range(len(v)):
        current[i] = circuit.source[i] - circuit.conductance[i] @ v
        if circuit.polarity[i] > 0:
            exponent = (circuit.rail - v[i]) / circuit.diode_voltage
            current[i] += circuit.saturation[i] * math.expm1(exponent)
        elif circuit.polarity[i] < 0:
            exponent = (v[i] + circuit.rail) / circuit.diode_voltage
            current[i] -= circuit.saturation[i] * math.expm1(exponent)
        else:
            continue
        slope[i] = circuit.saturation[i] / circuit.diode_voltage * math.exp(exponent)
    return current, slope


def supply_power(circuit: DiodeCircuit, v) -> tuple[float, np.ndarray]:
    """Return the power drawn and its derivative in every voltage."""
    slope = circuit.power + (circuit.square_power + circuit.square_power.T) @ v
    total = float(circuit.idle_power + circuit.power @ v + v @ circuit.square_power @ v)
    for i, p in enumerate(circuit.polarity):
        if p:
            exponent = (circuit.rail - p * v[i]) / circuit.diode_voltage
            total += circuit.rail * circuit.saturation[i] * math.expm1(exponent)
            grown = circuit.saturation[i] * math.exp(exponent)
            slope[i] -= p * circuit.rail * grown / circuit.diode_voltage
    return total, slope


def transient(circuit: DiodeCircuit, start, times) -> tuple[np.ndarray, np.ndarray]:
    """Return voltages (len(times), n) and energy at some times, by scipy's Radau method."""

    def rates(_: float, state: np.ndarray) -> np.ndarray:
        # In nanoseconds and picojoules, so that one absolute tolerance suits both.
        v = state[:-1]
        current, _slope = node_currents(circuit, v)
        return np.append(
            1e-9 * current / circuit.capacitance, 1e-9 * supply_power(circuit, v)[0] * 1e12
        )

    found = solve_ivp(
        rates,
        (0.0, 1e9 * times[-1]),
        np.append(start, 0.0),
        method="Radau",
        t_eval=1e9 * np.asarray(times),
        rtol=1e-11,
        atol=1e-12,
    )
    return found.y[:-1].T, 1e-12 * found.y[-1]
