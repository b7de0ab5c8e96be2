"""Transient of circuits with exponential diodes: C dv/dt = currents(v), by an implicit method.

A conducting diode is a conductance a thousand times that of the synapses beside it, so the
equations are stiff: an explicit step would follow the fastest node for as long as the slowest takes
to settle. Rodas (Hairer & Wanner, Solving Ordinary Differential Equations II, 2nd ed., section
VI.4: order 4, stiffly accurate, L-stable) solves one linear system with the exact Jacobian a stage
and needs no iteration.
"""

import math
from typing import NamedTuple

import numpy as np

from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import CONVERGED, DIVERGED, STEP_LIMIT, Reals


class DiodeCircuit(NamedTuple):
    """A circuit of n free nodes, each with at most one diode and one capacitor to ground.

    Currents into the nodes (A): ``source - conductance @ v + p I``, ``I = I_s (exp((V_r - p v) /
    V_d) - 1)``, where p, the ``polarity``, is 1 where a diode from the rail V_r keeps the node from
    falling, -1 where one to the rail -V_r keeps it from rising, and 0 where there is none. Power
    drawn from the supplies (W): ``idle_power + power @ v + v @ square_power @ v``, and V_r I from
    every rail.

    ``conductance`` (n, n), S; ``source`` (n,), A; ``capacitance`` (n,), F; ``polarity`` (n,);
    ``saturation`` (n,) I_s, A; ``diode_voltage`` V_d, ideality times U_T, V; ``rail`` V_r, V;
    ``idle_power``, W; ``power`` (n,), A; ``square_power`` (n, n), S. All float64.
    """

    conductance: Reals
    source: Reals
    capacitance: Reals
    polarity: Reals
    saturation: Reals
    diode_voltage: float
    rail: float
    idle_power: float
    power: Reals
    square_power: Reals


STAGES = 6
GAMMA = 0.25
# Stage i starts from v + sum_j SHIFTS[i, j] U_j, and its right-hand side holds sum_j
# COUPLED[i, j] C U_j / h. The last two stages have the shifts of an embedded step of order 3 and,
# with its U added, of order 4; the last U is the difference of the two.
SHIFTS = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [1.544, 0.0, 0.0, 0.0, 0.0],
        [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
        [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
    ]
)
COUPLED = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-5.6688, 0.0, 0.0, 0.0, 0.0],
        [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
        [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
        [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
        [
            8.083246795921522,
            -7.981132988064893,
            -31.52159432874371,
            16.31930543123136,
            -6.058818238834054,
        ],
    ]
)
ORDER = 4
SAFETY, LEAST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 5.0


@inlined
def node_currents(circuit, v, current, slope):
    """Set the current (A) into every node and what the node's diode adds to its conductance (S)."""
    n = v.size
    for i in range(n):
        total = circuit.source[i]
        for j in range(n):
            total -= circuit.conductance[i, j] * v[j]
        p = circuit.polarity[i]
        slope[i] = 0.0
        if p != 0.0:
            x = (circuit.rail - p * v[i]) / circuit.diode_voltage
            grown = circuit.saturation[i] * math.exp(x)
            total += p * (grown - circuit.saturation[i])
            slope[i] = grown / circuit.diode_voltage
        current[i] = total


@inlined
def supply_power(circuit, v, slope):
    """Return the power (W) drawn from the supplies and set its derivative in v (A)."""
    total = circuit.idle_power
    for i in range(v.size):
        row = 0.0
        column = 0.0
        for j in range(v.size):
            row += circuit.square_power[i, j] * v[j]
            column += circuit.square_power[j, i] * v[j]
        total += v[i] * (circuit.power[i] + row)
        slope[i] = circuit.power[i] + row + column
        p = circuit.polarity[i]
        if p != 0.0 and circuit.rail != 0.0:
            x = (circuit.rail - p * v[i]) / circuit.diode_voltage
            grown = circuit.saturation[i] * math.exp(x)
            total += circuit.rail * (grown - circuit.saturation[i])
            slope[i] -= p * circuit.rail * grown / circuit.diode_voltage
    return total


@inlined
def factorise(matrix, pivots):
    """Replace a square matrix by its factors L U, rows exchanged as ``pivots`` (n,) int64 says."""
    n = pivots.size
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > abs(matrix[best, k]):
                best = i
        pivots[k] = best
        if best != k:
            for j in range(n):
                matrix[k, j], matrix[best, j] = matrix[best, j], matrix[k, j]
        for i in range(k + 1, n):
            factor = matrix[i, k] / matrix[k, k]
            matrix[i, k] = factor
            if factor != 0.0:
                for j in range(k + 1, n):
                    matrix[i, j] -= factor * matrix[k, j]


@inlined
def substitute(factors, pivots, x):
    """Replace the right-hand side ``x`` by the solution for a matrix that was factorised."""
    n = pivots.size
    for k in range(n):  # all exchanges before L, whose rows were exchanged along
        x[k], x[pivots[k]] = x[pivots[k]], x[k]
    for i in range(1, n):
        for j in range(i):
            x[i] -= factors[i, j] * x[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= factors[i, j] * x[j]
        x[i] /= factors[i, i]


@inlined
def rosenbrock_step(circuit, v, step, stages, factors, pivots, work, moved):
    """Set ``moved`` to the voltages one ``step`` (s) after ``v``.

    ``stages`` (STAGES, n), ``factors`` (n, n), ``pivots`` (n,) int64, ``work`` (2, n): space.
    Returns the largest estimated error of a voltage (V), and the energy drawn (J).
    """
    n = v.size
    current, slope = work
    node_currents(circuit, v, current, slope)
    for i in range(n):
        for j in range(n):
            factors[i, j] = circuit.conductance[i, j]
        factors[i, i] += slope[i] + circuit.capacitance[i] / (GAMMA * step)
    factorise(factors, pivots)
    start_power = np.empty(n)
    power_slope = np.empty(n)
    supply_power(circuit, v, start_power)
    drawn = np.zeros(STAGES)
    energy = 0.0
    for s in range(STAGES):
        u = stages[s]
        moved[:] = v
        u[:] = 0.0
        energy = 0.0
        carried = 0.0
        for r in range(s):
            moved += SHIFTS[s, r] * stages[r]
            u += (COUPLED[s, r] / step) * stages[r]
            energy += SHIFTS[s, r] * drawn[r]
            carried += (COUPLED[s, r] / step) * drawn[r]
        node_currents(circuit, moved, current, slope)
        for i in range(n):
            u[i] = current[i] + circuit.capacitance[i] * u[i]
        substitute(factors, pivots, u)
        carried += supply_power(circuit, moved, power_slope)
        for i in range(n):
            carried += start_power[i] * u[i]
        drawn[s] = GAMMA * step * carried
    error = 0.0
    for i in range(n):
        moved[i] += stages[STAGES - 1, i]
        if abs(stages[STAGES - 1, i]) < np.inf:
            error = max(error, abs(stages[STAGES - 1, i]))
        else:  # infinite or not a number
            error = np.inf
    return error, energy + drawn[STAGES - 1]


@kernel
def stiff_transient(circuit, duration, tolerance, times, volts, energy):
    """Integrate from ``volts[0]`` for a ``duration`` (s), and record every accepted step.

    ``tolerance``: largest estimated error of a voltage in one step, V; ``times`` and ``energy``
    (limit + 1,) receive the time (s) and the energy drawn from the supplies since the start (J);
    ``volts`` (limit + 1, n), whose row 0 holds the start, the voltages. Returns the steps taken,
    and CONVERGED (the end was reached), STEP_LIMIT or DIVERGED.
    """
    n = volts.shape[1]
    stages = np.empty((STAGES, n))
    factors = np.empty((n, n))
    pivots = np.empty(n, np.int64)
    work = np.empty((2, n))
    moved = np.empty(n)
    times[0] = 0.0
    energy[0] = 0.0
    step = 1e-6 * duration
    taken = 0
    while times[taken] < duration:
        if taken + 1 == times.size:
            return taken, STEP_LIMIT
        last = times[taken] + 1.01 * step >= duration
        if last:
            step = duration - times[taken]
        error, drawn = rosenbrock_step(
            circuit, volts[taken], step, stages, factors, pivots, work, moved
        )
        if error <= tolerance:
            times[taken + 1] = duration if last else times[taken] + step
            volts[taken + 1] = moved
            energy[taken + 1] = energy[taken] + drawn
            taken += 1
        elif step <= 1e-15 * duration:
            return taken, DIVERGED
        factor = LEAST_FACTOR
        if error < np.inf:
            factor = SAFETY * (tolerance / max(error, 1e-300)) ** (1.0 / ORDER)
        step *= min(LARGEST_FACTOR, max(LEAST_FACTOR, factor))
    return taken, CONVERGED
