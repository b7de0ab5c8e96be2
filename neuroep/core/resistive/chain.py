"""What kernels know of a deep resistive network: currents, co-content, and the batch of volts.

Kernels see a chain without amplifiers. Bidirectional amplifiers of voltage gain A leave the
equations of a chain without them in the voltages referred to the input, v_k / A^(k - 1); the
caller refers diodes and nudge to the input likewise.

The free layers 1 ... L + 1 of a batch of B examples lie in one flat buffer, each as a contiguous
(B, n_k) block, one after the other; what belongs to nodes (loads) likewise with B = 1.
"""

from typing import NamedTuple

import numpy as np

from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import Floats, Ints, Reals


class Chain(NamedTuple):
    """What kernels know of the network.

    ``sizes`` (L + 2,) int64: nodes of each layer; ``conductances`` flat: (n_k, n_{k+1}) blocks
    behind the free layers, S (what flows from the clamped one is among :class:`Sources`);
    ``back``: the same on the way back, itself unless amplifiers take another share of a current
    than they should; ``loads`` flat over free nodes: total conductance at each, S; ``beside``
    flat: (n_k, n_k) blocks of the free layers, what arrays with wires let the nodes of a layer pass
    into each other, S, or nothing; ``scale`` (L + 2,) float64: V at a node of layer k per volt
    referred to the input; ``saturation`` flat over free nodes, ``slope``, ``rail`` (L + 2,),
    float64: the diodes, A, V and V, referred to the input (ideal diodes: 0 A).

    A layer goes to the minimum that it would have if its other nodes stood still, all nodes at
    once. Its energy falls nevertheless where blocks of ``beside`` have no negative eigenvalue: what
    their diagonals hold for this is in ``loads`` as well, and cancels.
    """

    sizes: Ints
    conductances: Floats
    back: Floats
    loads: Floats
    beside: Floats
    scale: Reals
    saturation: Reals
    slope: Reals
    rail: Reals


class Sources(NamedTuple):
    """What drives a batch.

    ``row`` (B,) int64: clamped example of each settled one, so that phases share it; ``current``
    (examples, n_1): from the clamped layer into the first at 0 V, A; ``power`` (examples,)
    float64: the co-content with all free nodes at 0 V, W; ``nudge`` (B,): S; ``pull`` (examples,
    outputs): output difference that the nudge draws to, V referred to the input.
    """

    row: Ints
    current: Floats
    power: Reals
    nudge: Floats
    pull: Floats


@inlined
def layer_rows(volts, sizes, count, k, first, last):
    """Return the (last - first, n_k) view of examples first..last of a free layer."""
    begin = 0
    for i in range(1, k):
        begin += count * sizes[i]
    n = sizes[k]
    return volts[begin + first * n : begin + last * n].reshape(last - first, n)


@kernel
def synapses(conductances, sizes, k):
    """Return the (n_k, n_{k+1}) view of the conductances behind free layer k."""
    begin = 0
    for i in range(1, k):
        begin += sizes[i] * sizes[i + 1]
    return conductances[begin : begin + sizes[k] * sizes[k + 1]].reshape(sizes[k], sizes[k + 1])


@kernel
def within(beside, sizes, k):
    """Return the (n_k, n_k) view of what nodes of free layer k pass into each other: to, from."""
    if beside.size == 0:
        return beside.reshape(0, 0)
    begin = 0
    for i in range(1, k):
        begin += sizes[i] * sizes[i]
    return beside[begin : begin + sizes[k] * sizes[k]].reshape(sizes[k], sizes[k])


@inlined
def add_neighbours(chain, sources, volts, count, k, first, last, total, scratch):
    """Write into ``total`` (last - first, n_k) the currents into layer k if it were at 0 V.

    Without diodes and nudge; with wires, a node at 0 V whose neighbours in the layer are where they
    are. ``scratch`` is flat, of at least as many elements.
    """
    sizes = chain.sizes
    if k == 1:
        for r in range(last - first):
            total[r, :] = sources.current[sources.row[first + r], :]
    else:
        behind = layer_rows(volts, sizes, count, k - 1, first, last)
        np.dot(behind, synapses(chain.conductances, sizes, k - 1), total)
    if k < sizes.size - 1:
        ahead = layer_rows(volts, sizes, count, k + 1, first, last)
        product = scratch[: total.size].reshape(total.shape)
        np.dot(ahead, synapses(chain.back, sizes, k).T, product)
        total += product
    if chain.beside.size > 0:
        here = layer_rows(volts, sizes, count, k, first, last)
        product = scratch[: total.size].reshape(total.shape)
        np.dot(here, within(chain.beside, sizes, k).T, product)
        total += product


@kernel
def co_content(chain, sources, volts, count, first, last, energy):
    """Write the co-content of examples first..last, nudge and diodes included, W."""
    sizes = chain.sizes
    layers = sizes.size - 1
    scratch = np.empty((last - first) * sizes[1:].max(), volts.dtype)
    for r in range(last - first):
        energy[first + r] = sources.power[sources.row[first + r]]
    for k in range(1, layers + 1):
        v = layer_rows(volts, sizes, count, k, first, last)
        load = layer_rows(chain.loads, sizes, 1, k, 0, 1)[0]
        saturation = layer_rows(chain.saturation, sizes, 1, k, 0, 1)[0]
        currents = scratch[: v.size].reshape(v.shape)
        if k == 1:
            for r in range(last - first):
                currents[r, :] = sources.current[sources.row[first + r], :]
        else:
            behind = layer_rows(volts, sizes, count, k - 1, first, last)
            np.dot(behind, synapses(chain.conductances, sizes, k - 1), currents)
        if chain.beside.size > 0:
            passed = np.dot(v, within(chain.beside, sizes, k))
            for r in range(last - first):
                for j in range(sizes[k]):
                    currents[r, j] += 0.5 * passed[r, j]
        for r in range(last - first):
            total = 0.0
            for j in range(sizes[k]):
                total += (0.5 * float(load[j]) * v[r, j] - currents[r, j]) * v[r, j]
            if k < layers and saturation[0] > 0:
                for j in range(sizes[k]):
                    x = (v[r, j] if 2 * j < sizes[k] else -v[r, j]) - chain.rail[k]
                    x /= chain.slope[k]
                    total += saturation[j] * chain.slope[k] * (np.exp(-x) - 1.0 + x)
            if k == layers:
                for i in range(sizes[k] // 2):
                    if sources.nudge[first + r] != 0:
                        miss = v[r, 2 * i] - v[r, 2 * i + 1]
                        miss -= sources.pull[sources.row[first + r], i]
                        total += 0.5 * sources.nudge[first + r] * miss * miss
            energy[first + r] += total


@kernel
def current_balance(chain, sources, lines, clamped, unlike, volts, count, first, last, worst):
    """Write for examples first..last the largest |sum of currents| / sum of |currents| of a node.

    ``lines`` (n_0, n_1): conductances behind the clamped layer, whose voltages ``clamped``
    (examples, n_0) are; ``unlike``: whether amplifiers differ, so that a node's own voltage sends
    another current than as much at the other end would: the difference is one more. An ideal diode
    that holds its node at 0 V carries whatever closes the balance, if that flows the way it lets
    pass.
    """
    sizes = chain.sizes
    layers = sizes.size - 1
    most = sizes[1:].max()
    total, size, joined = np.empty(most), np.empty(most), np.empty(most)
    for example in range(first, last):
        worst[example] = 0.0
        row = sources.row[example]
        for k in range(1, layers + 1):
            n = sizes[k]
            v = layer_rows(volts, sizes, count, k, example, example + 1)[0]
            saturation = layer_rows(chain.saturation, sizes, 1, k, 0, 1)[0]
            load = layer_rows(chain.loads, sizes, 1, k, 0, 1)[0]
            total[:], size[:], joined[:] = 0.0, 0.0, 0.0
            for i in range(sizes[k - 1]):
                if k == 1:
                    behind, g = clamped[row, i], lines[i]
                else:
                    behind = layer_rows(volts, sizes, count, k - 1, example, example + 1)[0, i]
                    g = synapses(chain.conductances, sizes, k - 1)[i]
                for j in range(n):
                    current = float(g[j]) * (float(behind) - v[j])
                    total[j] += current
                    size[j] += abs(current)
                    joined[j] += g[j]
            if chain.beside.size > 0:
                g = within(chain.beside, sizes, k)
                for j in range(n):
                    for i in range(n):
                        current = g[j, i] * (float(v[i]) - v[j])
                        total[j] += current
                        size[j] += abs(current)
                        joined[j] += g[j, i]
            if k < layers:
                ahead = layer_rows(volts, sizes, count, k + 1, example, example + 1)[0]
                g = synapses(chain.back, sizes, k)
                for j in range(n):
                    for i in range(sizes[k + 1]):
                        current = g[j, i] * (float(ahead[i]) - v[j])
                        total[j] += current
                        size[j] += abs(current)
                        joined[j] += g[j, i]
            if unlike:
                for j in range(n):
                    current = (joined[j] - load[j]) * v[j]
                    total[j] += current
                    size[j] += abs(current)
            if k < layers:
                for j in range(n):
                    sign = 1.0 if 2 * j < n else -1.0
                    if saturation[j] > 0:
                        current = np.exp((chain.rail[k] - sign * v[j]) / chain.slope[k]) - 1.0
                        current *= sign * saturation[j]
                        total[j] += current
                        size[j] += abs(current)
                    elif v[j] == 0 and sign * total[j] < 0:
                        total[j] = 0.0
            elif sources.nudge[example] != 0:
                for i in range(n // 2):
                    miss = sources.pull[row, i] - (float(v[2 * i]) - v[2 * i + 1])
                    current = sources.nudge[example] * miss
                    total[2 * i] += current
                    total[2 * i + 1] -= current
                    size[2 * i] += abs(current)
                    size[2 * i + 1] += abs(current)
            for j in range(n):
                if size[j] > 0:
                    worst[example] = max(worst[example], abs(total[j]) / size[j])


@kernel
def fold_inputs(plus, minus, folded, loads, powers):
    """Read the synapses (inputs, n_1) of some inputs and of their inverses once.

    ``folded`` (inputs, n_1) becomes their difference, all that counts for currents; ``loads``
    (n_1,) and ``powers`` (inputs,) what leads to a node, and away from an input and its inverse.
    """
    loads[:] = 0
    for i in range(plus.shape[0]):
        power = folded.dtype.type(0.0)
        for j in range(plus.shape[1]):
            there, back = folded.dtype.type(plus[i, j]), folded.dtype.type(minus[i, j])
            both = there + back
            folded[i, j] = there - back
            loads[j] += both
            power += both
        powers[i] = power


@kernel
def unfold_inputs(products, squares, plus, minus):
    """Write squares (n_1,) - and + products (inputs, n_1) for inputs and for their inverses."""
    for i in range(products.shape[0]):
        for j in range(products.shape[1]):
            plus[i, j] = squares[j] - products[i, j]
            minus[i, j] = squares[j] + products[i, j]
