"""The circuit's ODE in volts and seconds: C dV/dt = -g V + I_u dPhi/ds, by Dormand & Prince 5(4).

Steps adapt to a tolerance in volts; hard corners of an activation are met by shorter steps. The
energy drawn from the supplies is integrated along with the voltages.
"""

import math
from typing import NamedTuple

import numpy as np

from neuroep.core.hopfield.blocks import add_currents, rows_in_use
from neuroep.core.hopfield.costs import nudge_drive
from neuroep.core.hopfield.layers import (
    ATTENTION_VALUES,
    REACH,
    activate_neurons,
    row_values,
    within_reach,
)
from neuroep.core.hopfield.reading import attend, attention_scratch
from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import (
    ATTENTION,
    CLASSES,
    CONSTANTS,
    CONVERGED,
    COST_KIND,
    COST_LAYER,
    CROSS_ENTROPY,
    DIVERGED,
    DRAWN,
    KIND,
    NO_COST,
    OFFSET,
    SIZE,
    STEP_LIMIT,
    STORED,
    WIDTH,
    Inputs,
    Ints,
    Reals,
)

# Columns of a circuit's elements, one row a unit.
CAPACITANCE = 0  # F, of a membrane
LEAK = 1  # S
VOLTS = 2  # of membrane per unit potential
ELEMENT_COLUMNS = 3

# Columns of a circuit's table, one row a layer.
LINE_LOAD = 0  # S that a unit's two activity lines drive together
PATTERN_LOAD = 1  # S of the pair of one stored value: what membranes and weights drive
CIRCUIT_COLUMNS = 2

# Entries of a chip's constants.
SUPPLY = 0  # V
SIGNAL = 1  # V per unit activity
UNIT_CURRENT = 2  # A per unit potential
PAIR_LOAD = 3  # S of a pair of conductances
CHIP_ENTRIES = 4


class Loads(NamedTuple):
    """What drivers deliver where each is loaded by all lines of a layer, not by its own alone.

    Or where some rows of a layer have no partner, and so no array. ``table`` (n, 5) int64: layer,
    width of one of its rows, drivers, where its matrix begins, and the layer whose rows in use have
    an array each, -1 for all; ``siemens`` flat: (width, drivers) blocks.
    """

    table: Ints
    siemens: Reals


# Dormand & Prince 1980, table 2: nodes are not needed, the circuit does not depend on time.
A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1 / 5, 0.0, 0.0, 0.0, 0.0, 0.0],
        [3 / 40, 9 / 40, 0.0, 0.0, 0.0, 0.0],
        [44 / 45, -56 / 15, 32 / 9, 0.0, 0.0, 0.0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0.0, 0.0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0.0],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
ERROR = np.array([71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])
# Weights of theta, theta^2, theta^3, theta^4 of the stages in the continuous extension of fourth
# order (Shampine 1986; Hairer, Norsett & Wanner 1993, II.6).
DENSE = np.array(
    [
        [1.0, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432],
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799],
        [0.0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
        [0.0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632],
        [0.0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
        [0.0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423],
    ]
)


@inlined
def driven(wiring, inputs, loads, activity):
    """Return the sum of the magnitudes of what drivers deliver, per volt of full activity, S."""
    total = 0.0
    for entry in range(loads.table.shape[0]):
        k, width, drivers, first, partner = loads.table[entry]
        matrix = loads.siemens[first : first + width * drivers].reshape(width, drivers)
        begin, end = wiring.layers[k, OFFSET], wiring.layers[k, OFFSET] + wiring.layers[k, SIZE]
        if partner >= 0:
            rows = rows_in_use(wiring.layers[partner], inputs, inputs.row[0])
            end = min(end, begin + rows * width)
        for row in range(begin, end, width):
            currents = np.dot(activity[row : row + width], matrix)
            for i in range(drivers):
                total += abs(currents[i])
    return total


@inlined
def derivative(
    wiring,
    weights,
    inputs,
    nudge,
    beta,
    elements,
    circuit,
    chip,
    loads,
    constant_power,
    volts,
    work,
    rate,
):
    """Write dV/dt (V/s) into ``rate`` (n + 1,), and the power drawn (W) into its last element.

    ``inputs`` are of one settled example: ``inputs.row`` has one element; ``elements`` (n,
    ELEMENT_COLUMNS); ``circuit`` (layers, CIRCUIT_COLUMNS); ``chip`` (CHIP_ENTRIES,); ``loads``;
    ``constant_power``: what flows whatever the network does, W; rows of ``work`` (4, m):
    potentials, activities, drive and scratch. Returns the largest distance of a potential from the
    one it is drawn to (normalised).
    """
    potential, activity, drive, scratch = work[0], work[1], work[2], work[3]
    row = inputs.row[0]
    cost = wiring.cost
    logits = np.empty(max(1, cost[CLASSES]), np.float64)
    power = constant_power
    supply, signal, unit = chip[SUPPLY], chip[SIGNAL], chip[UNIT_CURRENT]
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        begin, end = layer[OFFSET], layer[OFFSET] + layer[SIZE]
        for i in range(begin, end):
            potential[i] = volts[i] * (1.0 / elements[i, VOLTS])
        v, s = potential[begin:end], activity[begin:end]
        if layer[KIND] == ATTENTION:
            s[:] = 0.0
            attend(layer, wiring.constants, inputs, row, v, v, s, scratch)
            stored = inputs.length[layer[STORED], row]
            used = rows_in_use(layer, inputs, row)
            if stored > 0:
                load = 0.0
                tails = float(used)
                own = wiring.constants[layer[CONSTANTS] :]
                if layer[DRAWN] > 0:
                    for i in range(begin, begin + used * layer[WIDTH]):
                        values = own[ATTENTION_VALUES + 3 * (i - begin) :]
                        unit_volts = elements[i, VOLTS] / values[0]
                        asked = within_reach(values[0] * potential[i] + values[1], own[REACH])
                        load += abs(unit_volts * asked)
                    first = row_values(layer, own)[0]
                    tails = 0.0
                    for t in range(used):
                        tails += own[first + t]
                else:
                    for i in range(begin, begin + used * layer[WIDTH]):
                        load += abs(within_reach(volts[i], elements[i, VOLTS] * own[REACH]))
                # A row's weights add up to one line's full signal, whatever it attends to.
                load = load * stored + tails * signal * layer[WIDTH]
                power += supply * circuit[k, PATTERN_LOAD] * load
        else:
            activate_neurons(layer, wiring.constants, v, 0.0, v, s)
        load = 0.0
        for i in range(s.size):
            load += abs(s[i])
        power += supply * signal * circuit[k, LINE_LOAD] * load
    power += supply * signal * driven(wiring, inputs, loads, activity)
    worst = 0.0
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        begin, end = layer[OFFSET], layer[OFFSET] + layer[SIZE]
        u = drive[: layer[SIZE]]
        add_currents(wiring, weights, inputs, activity, 1, k, 0, 1, u.reshape(1, u.size), scratch)
        if cost[COST_KIND] != NO_COST and cost[COST_LAYER] == k and beta != 0.0:
            for i in range(u.size):
                scratch[i] = u[i]
            s, target = activity[begin:end], nudge.target[row]
            nudge_drive(cost, weights, s, target, beta, nudge.curvature, False, u, logits)
            if cost[COST_KIND] == CROSS_ENTROPY:
                # ``logits`` holds the softmax: error lines drive a pair to each unit.
                error = 0.0
                mass = 0.0
                for j in range(logits.size):
                    mass += target[j]
                for j in range(logits.size):
                    error += abs(mass * logits[j] - target[j])
                power += supply * signal * abs(beta) * error * u.size * chip[PAIR_LOAD]
            else:
                for i in range(u.size):
                    power += supply * unit * abs(u[i] - scratch[i])
        if layer[KIND] == ATTENTION:
            used = rows_in_use(layer, inputs, row) * layer[WIDTH]
            if inputs.length[layer[STORED], row] == 0:
                used = 0
            u[used:] = 0.0
        for i in range(u.size):
            power += supply * unit * abs(u[i])
            leak, per_farad = elements[begin + i, LEAK], 1.0 / elements[begin + i, CAPACITANCE]
            rate[begin + i] = (unit * u[i] - leak * volts[begin + i]) * per_farad
            worst = max(worst, abs(u[i] - potential[begin + i]))
    rate[volts.size - 1] = power
    return worst


@inlined
def scratch_size(wiring, inputs):
    """Return the elements that hold any one layer of an example, or its attention."""
    longest = 0
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        size = layer[SIZE]
        if layer[KIND] == ATTENTION:
            stored = inputs.length[layer[STORED], inputs.row[0]]
            rows = rows_in_use(layer, inputs, inputs.row[0])
            size = max(size, attention_scratch(rows, stored, layer[WIDTH]))
        longest = max(longest, size)
    return longest


@inlined
def run_circuit(
    wiring,
    weights,
    inputs,
    nudge,
    beta,
    elements,
    circuit,
    chip,
    loads,
    constant_power,
    volts,
    grid,
    tolerance,
    limit,
    waves,
):
    """Let one example run to the end of ``grid``; see ``derivative``.

    ``volts`` (n + 1,): membrane voltages and the energy drawn so far, start on entry, end on
    return; ``grid`` (T,): times at which voltages are kept, s, from 0; ``tolerance``: estimated
    error of one step, V; ``limit``: most steps; ``waves`` (T, n + 1) receives voltages and energy
    at the times of the grid. Returns the steps, the residual at the end, and CONVERGED when the end
    was reached, STEP_LIMIT, or DIVERGED.
    """
    n = volts.size - 1
    work = np.zeros((4, max(n, scratch_size(wiring, inputs))))
    stages = np.zeros((7, n + 1))
    trial = np.empty(n + 1)
    waves[0] = volts
    given = wiring, weights, inputs, nudge, beta, elements, circuit, chip, loads, constant_power
    residual = derivative(*given, volts, work, stages[0])
    time, end = 0.0, grid[-1]
    fastest = np.inf
    for i in range(n):
        fastest = min(fastest, elements[i, CAPACITANCE] / elements[i, LEAK])
    step = min(1e-3 * fastest, end)
    kept = 1
    steps = 0
    while kept < grid.size:
        if steps >= limit:
            return steps, residual, STEP_LIMIT
        steps += 1
        step = min(step, end - time)
        for stage in range(1, 7):
            for i in range(n + 1):
                total = 0.0
                for earlier in range(stage):
                    total += A[stage, earlier] * stages[earlier, i]
                trial[i] = volts[i] + step * total
            reached = derivative(*given, trial, work, stages[stage])
        error = 0.0
        for i in range(n):
            total = 0.0
            for stage in range(7):
                total += ERROR[stage] * stages[stage, i]
            error = max(error, abs(step * total))
        if not math.isfinite(error):
            return steps, np.inf, DIVERGED
        if error <= tolerance:
            last = time + step >= end
            while kept < grid.size and (grid[kept] <= time + step or last):
                theta = (grid[kept] - time) / step
                for i in range(n + 1):
                    total = 0.0
                    for stage in range(7):
                        total += (
                            stages[stage, i]
                            * theta
                            * (
                                DENSE[stage, 0]
                                + theta
                                * (
                                    DENSE[stage, 1]
                                    + theta * (DENSE[stage, 2] + theta * DENSE[stage, 3])
                                )
                            )
                        )
                    waves[kept, i] = volts[i] + step * total
                kept += 1
            time += step
            volts[:] = trial
            stages[0] = stages[6]  # first same as last
            residual = reached
        step *= min(5.0, max(0.2, 0.9 * (tolerance / max(error, 1e-300)) ** 0.2))
    return steps, residual, CONVERGED


@inlined
def of_example(inputs, example):
    """Return the inputs of one settled example, no array copied."""
    return Inputs(
        inputs.current,
        inputs.patterns,
        inputs.start,
        inputs.length,
        inputs.row[example : example + 1],
        inputs.examples,
    )


@kernel
def run_circuits(
    wiring,
    weights,
    inputs,
    nudge,
    elements,
    circuit,
    chip,
    loads,
    constant_power,
    volts,
    first,
    last,
    grid,
    tolerance,
    limit,
    trace_of,
    trace,
    steps,
    residual,
    outcome,
):
    """Run examples first..last; arrays as in ``run_circuit``, with a leading axis of examples.

    All have the same ``elements``; ``circuit`` (B, layers, CIRCUIT_COLUMNS); ``constant_power``
    (B,); ``volts`` (B, n + 1);
    ``trace`` (slots, T, n + 1) receives the waves of example e in slot ``trace_of[e]``, if not -1.
    """
    spare = np.empty((grid.size, volts.shape[1]))
    for example in range(first, last):
        own = of_example(inputs, example)
        slot = trace_of[example]
        steps[example], residual[example], outcome[example] = run_circuit(
            wiring,
            weights,
            own,
            nudge,
            nudge.beta[example],
            elements,
            circuit[example],
            chip,
            loads,
            constant_power[example],
            volts[example],
            grid,
            tolerance,
            limit,
            trace[slot] if slot >= 0 else spare,
        )
