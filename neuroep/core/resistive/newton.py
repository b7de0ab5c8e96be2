"""Deep resistive networks with exponential diodes: Newton's method on Kirchhoff's current law.

In the voltages that :mod:`neuroep.core.resistive.chain` uses, the Jacobian is symmetric and block
tridiagonal. Its blocks are eliminated from the first layer, whose own block is diagonal without
wires, towards the outputs: one hidden layer leaves one small dense system of the outputs.
"""

import math

import numpy as np

from neuroep.core.jit import inlined, kernel
from neuroep.core.resistive.chain import add_neighbours, layer_rows, synapses, within


@inlined
def factorise(matrix):
    """Overwrite the lower half of a symmetric matrix by its Cholesky factor F, F F^T = matrix.

    Returns False where the matrix is not positive definite.
    """
    for i in range(matrix.shape[0]):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            if j < i:
                matrix[i, j] = total / matrix[j, j]
            elif total > 0:
                matrix[i, i] = math.sqrt(total)
            else:
                return False
    return True


@inlined
def substitute_forward(factor, right):
    """Overwrite ``right`` (n, m) by F^-1 right."""
    for i in range(right.shape[0]):
        for k in range(i):
            for j in range(right.shape[1]):
                right[i, j] -= factor[i, k] * right[k, j]
        for j in range(right.shape[1]):
            right[i, j] /= factor[i, i]


@inlined
def substitute_backward(factor, right):
    """Overwrite ``right`` (n,) by F^-T right."""
    for i in range(right.size - 1, -1, -1):
        right[i] /= factor[i, i]
        for k in range(i):
            right[k] -= factor[i, k] * right[i]


@inlined
def diode(v, j, n, saturation, slope, rail):
    """Return current into node j of n hidden ones at v, and its slope with falling v.

    The first half of the nodes have a diode's cathode at the node, the others its anode; the other
    end is at +rail and at -rail.
    """
    sign = 1.0 if 2 * j < n else -1.0
    grown = saturation * math.exp((rail - sign * v) / slope)
    return sign * (grown - saturation), grown / slope


@inlined
def limited(v, step, j, n, corner, slope):
    """Return the voltage after a Newton step that must not overshoot a diode's exponential.

    A step that ends beyond the corner, where the diode conducts as well as the rest of the node,
    goes only as far as lets the diode's current grow in proportion (after "pnjlim": L. W. Nagel,
    SPICE2, 1975).
    """
    sign = 1.0 if 2 * j < n else -1.0
    old, new = -sign * v, -sign * (v + step)
    if new > corner and abs(new - old) > 2 * slope:
        if old > corner:
            grown = 1.0 + (new - old) / slope
            new = old + slope * math.log(grown) if grown > 0 else corner
        else:
            new = corner + slope * math.log(1.0 + (new - corner) / slope)
    return -sign * new


@inlined
def node_equations(chain, sources, volts, count, k, example, right, diagonal, scratch):
    """Write the current into every node of layer k of one example, and how it falls with v there.

    The nudge's coupling between the two nodes of an output is not part of ``diagonal``.
    """
    n = chain.sizes[k]
    v = layer_rows(volts, chain.sizes, count, k, example, example + 1)[0]
    load = layer_rows(chain.loads, chain.sizes, 1, k, 0, 1)[0]
    total = right.reshape(1, n)
    add_neighbours(chain, sources, volts, count, k, example, example + 1, total, scratch)
    for j in range(n):
        right[j] -= load[j] * v[j]
        diagonal[j] = load[j]
    if k < chain.sizes.size - 1:
        saturation = layer_rows(chain.saturation, chain.sizes, 1, k, 0, 1)[0]
        for j in range(n):
            current, slope = diode(v[j], j, n, saturation[j], chain.slope[k], chain.rail[k])
            right[j] += current
            diagonal[j] += slope
    elif sources.nudge[example] != 0:
        nudge = sources.nudge[example]
        for i in range(n // 2):
            pull = sources.pull[sources.row[example], i]
            push = nudge * (pull - (v[2 * i] - v[2 * i + 1]))
            right[2 * i] += push
            right[2 * i + 1] -= push
            diagonal[2 * i] += nudge
            diagonal[2 * i + 1] += nudge


@inlined
def newton_step(chain, sources, volts, count, example, step, passed, factors, scratch):
    """Write the full Newton step of one example into ``step``, flat over the nodes.

    With S_k the block of layer k once the layers before it are eliminated and S_k = F_k F_k^T:
    ``passed`` (like the conductances behind the hidden layers) takes F_k^-1 G_k; ``factors``
    takes F_k of all layers; without wires S_1 is diagonal, and it takes sqrt(S_1) in its place.

    Returns False where the co-content is not convex: a negative nudge that is too strong.
    """
    sizes = chain.sizes
    layers = sizes.size - 1
    wired = chain.beside.size > 0
    node, synapse, entry = 0, 0, 0
    for k in range(1, layers + 1):
        n = sizes[k]
        right = step[node : node + n]
        diagonal = scratch[:n]
        node_equations(chain, sources, volts, count, k, example, right, diagonal, scratch[n:])
        if k == 1 and not wired:
            root = factors[:n]
            for j in range(n):
                root[j] = math.sqrt(diagonal[j])
                right[j] /= root[j]
            own = factors[:0].reshape(0, 0)
            entry += n
        else:
            own = factors[entry : entry + n * n].reshape(n, n)
            own[:] = 0.0
            if wired:
                own -= within(chain.beside, sizes, k)
            if k > 1:
                m = sizes[k - 1]
                before = passed[synapse - m * n : synapse].reshape(m, n)
                own -= np.dot(before.T, before)
                right += np.dot(before.T, step[node - m : node])
            for i in range(n):
                own[i, i] += diagonal[i]
            if k == layers:
                for i in range(n // 2):
                    own[2 * i + 1, 2 * i] -= sources.nudge[example]
            if not factorise(own):
                return False
            substitute_forward(own, right.reshape(n, 1))
            entry += n * n
        if k < layers:
            g = synapses(chain.conductances, sizes, k)
            ahead = passed[synapse : synapse + g.size].reshape(g.shape)
            if k == 1 and not wired:
                for j in range(n):
                    ahead[j] = g[j] / factors[j]
            else:
                ahead[:] = g
                substitute_forward(own, ahead)
            synapse += g.size
        node += n
    for k in range(layers, 0, -1):
        n = sizes[k]
        node -= n
        right = step[node : node + n]
        if k < layers:
            m = sizes[k + 1]
            synapse -= n * m
            ahead = passed[synapse : synapse + n * m].reshape(n, m)
            right += np.dot(ahead, step[node + n : node + n + m])
        if k == 1 and not wired:
            right /= factors[:n]
        else:
            entry -= n * n
            substitute_backward(factors[entry : entry + n * n].reshape(n, n), right)
    return True


@kernel
def settle_exponential(
    chain, sources, volts, count, first, last, tolerance, limit, steps, residual
):
    """Settle examples first..last in place, each by as many Newton steps as it needs.

    Ends when the full step would move no node by more than ``tolerance`` (V), or after ``limit``
    steps. ``steps``, ``residual`` (count,): steps that each example needed, its last full one, V.
    """
    sizes = chain.sizes
    layers = sizes.size - 1
    n_synapses, n_entries = 0, sizes[1] * (sizes[1] if chain.beside.size > 0 else 1)
    for k in range(1, layers):
        n_synapses += sizes[k] * sizes[k + 1]
        n_entries += sizes[k + 1] * sizes[k + 1]
    step = np.empty(sizes[1:].sum())
    passed = np.empty(n_synapses)
    factors = np.empty(n_entries)
    scratch = np.empty(2 * sizes[1:].max())
    for example in range(first, last):
        for number in range(1, limit + 1):
            steps[example] = number
            residual[example] = np.inf
            if not newton_step(
                chain, sources, volts, count, example, step, passed, factors, scratch
            ):
                break
            worst, finite = 0.0, 0.0
            node = 0
            for k in range(1, layers + 1):
                n = sizes[k]
                v = layer_rows(volts, sizes, count, k, example, example + 1)[0]
                load = layer_rows(chain.loads, sizes, 1, k, 0, 1)[0]
                slope, rail = chain.slope[k], chain.rail[k]
                saturation = layer_rows(chain.saturation, sizes, 1, k, 0, 1)[0]
                for j in range(n):
                    move = step[node + j]
                    finite += 0 * move  # what is not finite makes this not a number
                    worst = max(worst, abs(move) * chain.scale[k])
                    if k < layers:
                        corner = slope * math.log(load[j] * slope / saturation[j]) - rail
                        v[j] = limited(v[j], move, j, n, corner, slope)
                    else:
                        v[j] += move
                node += n
            residual[example] = worst + finite
            if not residual[example] > tolerance:
                break
