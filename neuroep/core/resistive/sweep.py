"""Sweeps over the layers of a resistive network: each goes to the exact minimum of the co-content.

Block-coordinate descent (Scellier 2024, arXiv:2402.11674), here of exponential diodes as well.
"""

import math

import numpy as np

from neuroep.core.jit import inlined, kernel
from neuroep.core.resistive.chain import add_neighbours, layer_rows
from neuroep.core.resistive.omega import omega


@inlined
def minimise_hidden(total, load, v, scale, worst):
    """Set v (B, n) to the exact minimum of a layer with ideal diodes.

    ``worst`` (B,) is raised to the largest move of a node, V.
    """
    half = v.shape[1] // 2
    for r in range(v.shape[0]):
        moved = 0.0
        finite = 0.0
        for j in range(half):
            new = total[r, j] / load[j]
            finite += 0 * new  # what is not finite makes this not a number
            new = max(new, 0 * new)
            moved = max(moved, abs(new - v[r, j]))
            v[r, j] = new
        for j in range(half, 2 * half):
            new = total[r, j] / load[j]
            finite += 0 * new
            new = min(new, 0 * new)
            moved = max(moved, abs(new - v[r, j]))
            v[r, j] = new
        worst[r] += finite
        if moved * scale > worst[r]:
            worst[r] = moved * scale


@inlined
def minimise_outputs(total, load, v, sources, first, scale, worst):
    """Set v (B, 2 outputs) to the exact minimum of the outputs, each pair coupled by the nudge."""
    for r in range(v.shape[0]):
        moved = 0.0
        finite = 0.0
        nudge = sources.nudge[first + r]
        for i in range(v.shape[1] // 2):
            a, b = 2 * i, 2 * i + 1
            push = nudge * sources.pull[sources.row[first + r], i] if nudge != 0 else nudge
            right_a, right_b = total[r, a] + push, total[r, b] - push
            det = load[a] * load[b] + nudge * (load[a] + load[b])
            new_a = ((load[b] + nudge) * right_a + nudge * right_b) / det
            new_b = ((load[a] + nudge) * right_b + nudge * right_a) / det
            finite += 0 * (new_a + new_b)
            moved = max(moved, abs(new_a - v[r, a]), abs(new_b - v[r, b]))
            v[r, a], v[r, b] = new_a, new_b
        worst[r] += finite
        if moved * scale > worst[r]:
            worst[r] = moved * scale


@inlined
def minimise_diodes(total, load, v, saturation, slope, rail, scale, worst):
    """Set v (B, n) to the exact minimum of a layer with exponential diodes.

    With u = +v or -v, positive where a diode is off, load u = b + I_s (exp((rail - u) / slope) - 1)
    is solved by u = c + slope w: c is where the node would be if the diode took I_s all the time,
    and w + ln w = ln(I_s / (load slope)) + (rail - c) / slope.
    """
    n = v.shape[1]
    knee = np.empty(n)
    for j in range(n):
        knee[j] = math.log(saturation[j] / (load[j] * slope)) + rail / slope
    for r in range(v.shape[0]):
        moved = 0.0
        finite = 0.0
        for j in range(n):
            sign = 1.0 if 2 * j < n else -1.0
            alone = (sign * total[r, j] - saturation[j]) / load[j]
            finite += 0 * alone
            w = omega(knee[j] - alone / slope, (sign * v[r, j] - alone) / slope)
            new = sign * (alone + slope * w)
            moved = max(moved, abs(new - v[r, j]))
            v[r, j] = new
        worst[r] += finite
        if moved * scale > worst[r]:
            worst[r] = moved * scale


@inlined
def sweep(chain, sources, volts, count, first, last, total, scratch, worst):
    """Move odd layers, then even ones, of examples first..last, each to its minimum.

    ``worst`` (last - first,) receives the largest move of a node of each, V; ``total`` and
    ``scratch`` hold a layer of these examples.
    """
    sizes = chain.sizes
    layers = sizes.size - 1
    worst[:] = 0.0
    for odd in (1, 0):
        for k in range(2 - odd, layers + 1, 2):
            currents = total[: (last - first) * sizes[k]].reshape(last - first, sizes[k])
            add_neighbours(chain, sources, volts, count, k, first, last, currents, scratch)
            v = layer_rows(volts, sizes, count, k, first, last)
            load = layer_rows(chain.loads, sizes, 1, k, 0, 1)[0]
            saturation = layer_rows(chain.saturation, sizes, 1, k, 0, 1)[0]
            if k == layers:
                minimise_outputs(currents, load, v, sources, first, chain.scale[k], worst)
            elif saturation[0] > 0:
                slope, rail = chain.slope[k], chain.rail[k]
                minimise_diodes(currents, load, v, saturation, slope, rail, chain.scale[k], worst)
            else:
                minimise_hidden(currents, load, v, chain.scale[k], worst)


@kernel
def settle_by_sweeps(chain, sources, volts, count, first, last, tolerance, limit, steps, residual):
    """Settle examples first..last in place by sweeps.

    Every update is the exact minimum over its layer, so the co-content falls at every one. Ends
    when no node of any of the examples moved by more than ``tolerance`` (V), or after ``limit``
    sweeps. ``steps``, ``residual`` (count,): sweeps that each example needed, its last move, V.
    """
    size = (last - first) * chain.sizes[1:].max()
    total = np.empty(size, volts.dtype)
    scratch = np.empty(size, volts.dtype)
    worst = np.empty(last - first)
    running = np.ones(last - first, np.bool_)
    for step in range(1, limit + 1):
        sweep(chain, sources, volts, count, first, last, total, scratch, worst)
        for r in range(last - first):
            residual[first + r] = worst[r]
            if running[r]:
                steps[first + r] = step
                running[r] = worst[r] > tolerance
        if not (worst > tolerance).any():  # neither does one that is not a number go on
            break
