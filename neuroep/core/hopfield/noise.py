"""A circuit's ODE with white noise, C dV = (-g V + currents) dt + dQ, by Heun's method.

A source of one-sided spectrum S (A^2/Hz) moves a charge of variance S dt / 2 in a time dt, apart
from that of any other time. It is what the state at the beginning of a step makes it (Ito), and the
currents are the mean of those at both ends, the end being where they alone and the charge would
lead (Kloeden & Platen, Numerical Solution of Stochastic Differential Equations, 1992, ch. 15.1).
A step of a membrane's time constants makes its variance too small by the factor
1 / (1 + a^2 / (4 - 2 a)): a quarter of a percent at a tenth of one.

Draws are hashes of whose they are and of the step: they do not depend on the number of threads.
"""

import math
from typing import NamedTuple

import numpy as np

from neuroep.core.hopfield.blocks import add_currents, rows_in_use
from neuroep.core.hopfield.layers import attention_weights, read_lines, stored_patterns
from neuroep.core.hopfield.products import readings_of
from neuroep.core.hopfield.transient import (
    CAPACITANCE,
    LEAK,
    UNIT_CURRENT,
    derivative,
    of_example,
    scratch_size,
)
from neuroep.core.jit import inlined, kernel
from neuroep.core.pulses.draws import normal, normal_pair
from neuroep.core.tables import (
    ATTENTION,
    CONSTANTS,
    CONVERGED,
    DIVERGED,
    KIND,
    OFFSET,
    SIZE,
    STEP_LIMIT,
    STORED,
    WIDTH,
    Inputs,
    Reals,
)

# Columns of what attention adds, one row a layer; zero where it is quiet.
BRANCH = 0  # 1/Hz of a share of the softmax, per share: shot noise of its branch
SCORE = 1  # 1/Hz of the exponent of a share: conductances at its score
READING = 2  # 1/Hz of what a line reads, per stored pattern: conductances of its column
ATTENTION_SOURCES = 3

# Streams of draws; each takes two.
OF_MEMBRANES = 0
OF_LINES = 2
OF_BRANCHES = 4  # a pair: of the branch, and of its score


class Sources(NamedTuple):
    """What is noisy in a circuit; all spectra are one-sided.

    ``membrane`` (drive rows, n): of the current into a membrane, A^2/Hz; ``line`` (n, 2): of the
    activity s on a line, 1/Hz: the first + the second times s; ``attention`` (layers,
    ATTENTION_SOURCES); ``offset`` (B, n): what an example's membranes seem to stand higher, V, as
    long as a phase lasts.
    """

    membrane: Reals
    line: Reals
    attention: Reals
    offset: Reals


@inlined
def attention_noise(layer, k, wiring, inputs, sources, potential, key, step, per_root, scratch):
    """Return what the rows in use of an attention layer read beside their activities, (units,).

    ``potential``: of the layer, one example; ``key``, ``step``, ``per_root``: see ``line_noise``;
    ``scratch``: at least (rows in use) * (patterns + width), where it stands.
    """
    row = inputs.row[0]
    patterns = stored_patterns(layer, inputs, row)
    tokens = rows_in_use(layer, inputs, row)
    if patterns.shape[0] == 0:
        return scratch[:0]
    own = wiring.constants[layer[CONSTANTS] :]
    shares, _, _ = attention_weights(layer, own, inputs, row, potential, scratch)
    count = shares.shape[1]
    gate, shot = np.empty(count), np.empty(count)
    of_gate = per_root * math.sqrt(sources.attention[k, SCORE])
    for t in range(tokens):
        mean = 0.0
        total = 0.0
        for j in range(count):
            which = (layer[OFFSET] + t) * (1 << 32) + j
            share = shares[t, j]
            deviation = per_root * math.sqrt(sources.attention[k, BRANCH] * share)
            of_branch, of_score = normal_pair(key, which, step, OF_BRANCHES)
            shot[j] = deviation * of_branch
            gate[j] = of_gate * of_score
            mean += share * gate[j]
            total += share
        for j in range(count):
            # Whose gate stands higher takes from all others: their sum is the tail current.
            shares[t, j] = shot[j] + shares[t, j] * (gate[j] - mean / total)
    size = tokens * layer[WIDTH]
    read = scratch[shares.size : shares.size + size]
    readings_of(shares, patterns, read.reshape(tokens, layer[WIDTH]))
    deviation = math.sqrt(sources.attention[k, READING] * count)
    for i in range(size):
        read[i] += per_root * deviation * normal(key, layer[OFFSET] + i, step, OF_LINES)
    read_lines(layer, own, read)
    return read


@inlined
def line_noise(wiring, inputs, sources, potential, activity, key, step, per_root, noise, scratch):
    """Write what lines carry beside their activities, on the mean of a step, into ``noise`` (n,).

    ``key``: of the example; ``per_root``: 1 / sqrt(2 dt), s^-1/2: what the root of a one-sided
    spectrum is multiplied by; ``scratch``: as ``attention_noise`` needs it.
    """
    noise[:] = 0.0
    for k in range(wiring.layers.shape[0]):
        layer = wiring.layers[k]
        begin, end = layer[OFFSET], layer[OFFSET] + layer[SIZE]
        if layer[KIND] == ATTENTION:
            v = potential[begin:end]
            read = attention_noise(
                layer, k, wiring, inputs, sources, v, key, step, per_root, scratch
            )
            noise[begin : begin + read.size] = read
            continue
        for i in range(begin, end):
            spectrum = sources.line[i, 0] + sources.line[i, 1] * activity[i]
            if spectrum > 0.0:
                noise[i] = per_root * math.sqrt(spectrum) * normal(key, i, step, OF_LINES)


@inlined
def run_noisy_circuit(
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
    step,
    limit,
    sources,
    offset,
    key,
    waves,
):
    """Let one example run to the end of an evenly spaced ``grid``.

    As :func:`neuroep.core.hopfield.transient.run_circuit`, with ``step``: the longest one, s, of
    which a whole number makes the grid's spacing; ``sources``; ``offset`` (n,): of the example, V;
    ``key``: of its draws, uint64.
    """
    n = volts.size - 1
    row = inputs.row[0]
    work = np.zeros((4, max(n, scratch_size(wiring, inputs))))
    potential, activity, drive, scratch = work[0], work[1], work[2], work[3]
    noise = np.zeros(n)
    rate = np.zeros(n + 1)
    ahead = np.zeros(n + 1)
    kick = np.zeros(n)
    trial = volts.copy()
    quiet = Inputs(
        np.zeros_like(inputs.current),
        inputs.patterns,
        inputs.start,
        inputs.length,
        inputs.row,
        inputs.examples,
    )
    noisy = sources.line.any() or sources.attention.any()
    each = math.ceil(grid[1] / step * (1.0 - 1e-9))
    dt = grid[1] / each
    per_root = 1.0 / math.sqrt(2.0 * dt)
    given = wiring, weights, inputs, nudge, beta, elements, circuit, chip, loads, constant_power
    residual = derivative(*given, volts, work, rate)
    waves[0] = volts
    steps = 0
    for kept in range(1, grid.size):
        for _ in range(each):
            if steps >= limit:
                return steps, residual, STEP_LIMIT
            for i in range(n):
                source = sources.membrane[row, i]
                current = elements[i, LEAK] * offset[i]
                current += per_root * math.sqrt(source) * normal(key, i, steps, OF_MEMBRANES)
                kick[i] = current / elements[i, CAPACITANCE]
            if noisy:
                line_noise(
                    wiring,
                    quiet,
                    sources,
                    potential,
                    activity,
                    key,
                    steps,
                    per_root,
                    noise,
                    scratch,
                )
                for k in range(wiring.layers.shape[0]):
                    layer = wiring.layers[k]
                    begin, built = layer[OFFSET], layer[SIZE]
                    u = drive[:built].reshape(1, built)
                    add_currents(wiring, weights, quiet, noise, 1, k, 0, 1, u, scratch)
                    if layer[KIND] == ATTENTION:
                        stored = inputs.length[layer[STORED], row]
                        built = rows_in_use(layer, inputs, row) * layer[WIDTH] if stored else 0
                    for i in range(built):
                        charge = chip[UNIT_CURRENT] * drive[i]
                        kick[begin + i] += charge / elements[begin + i, CAPACITANCE]
            for i in range(n):
                trial[i] = volts[i] + dt * (rate[i] + kick[i])
            derivative(*given, trial, work, ahead)
            for i in range(n + 1):
                volts[i] += 0.5 * dt * (rate[i] + ahead[i])
            for i in range(n):
                volts[i] += dt * kick[i]
            steps += 1
            residual = derivative(*given, volts, work, rate)
            if not math.isfinite(residual):
                return steps, np.inf, DIVERGED
        waves[kept] = volts
    return steps, residual, CONVERGED


@kernel
def run_noisy_circuits(
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
    step,
    limit,
    sources,
    keys,
    trace_of,
    trace,
    steps,
    residual,
    outcome,
):
    """Run examples first..last; see :func:`neuroep.core.hopfield.transient.run_circuits`.

    ``keys`` (B,) uint64: of each example's draws; all else as in ``run_noisy_circuit``.
    """
    spare = np.empty((grid.size, volts.shape[1]))
    for example in range(first, last):
        own = of_example(inputs, example)
        slot = trace_of[example]
        steps[example], residual[example], outcome[example] = run_noisy_circuit(
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
            step,
            limit,
            sources,
            sources.offset[example],
            keys[example],
            trace[slot] if slot >= 0 else spare,
        )
