"""Resistive networks one example and one element at a time: volts, amperes, amplifiers and all.

Nothing here refers voltages to the input or shares a formula with the kernels.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear

from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork


def network(
    hidden: tuple[int, ...] = (6,),
    *,
    amplification: float = 1.0,
    diode: ExponentialDiode | None = None,
    dtype: type = np.float64,
    seed: int = 0,
    inputs: int = 3,
    outputs: int = 2,
) -> ResistiveNetwork:
    """Return a small network with random conductances, all of them above zero."""
    made = ResistiveNetwork(
        inputs,
        hidden,
        outputs,
        input_gain=2.0,
        output_gain=0.5,
        amplification=amplification,
        conductance_range=(1e-6, 1e-4),
        nudge_conductance=2e-5,
        diode=diode,
        dtype=dtype,
    )
    made.initialise(seed, 6e-5)
    return made


@dataclass
class Node:
    """Currents into a node from resistors, amplifiers, nudge and an exponential diode, A."""

    currents: list[float]
    volts: float
    sign: int  # of the voltage that a diode allows; 0: no diode

    def balance(self, ideal: bool) -> float:
        """Return |sum| / sum of absolutes, with an ideal diode carrying what it can."""
        total = sum(self.currents)
        if ideal and self.sign and self.volts == 0 and self.sign * total < 0:
            return 0.0
        return abs(total) / sum(map(abs, self.currents))


def nodes(net: ResistiveNetwork, volts: list[np.ndarray], beta: float, y) -> list[list[Node]]:
    """Return every free node of one example; ``volts`` from layer 0 on."""
    last, gain, found = len(net.sizes) - 1, net.amplification, []
    for k in range(1, last + 1):
        layer = []
        for j in range(net.sizes[k]):
            v = float(volts[k][j])
            behind = 1.0 if k == 1 else gain
            currents = [
                float(g) * (behind * float(volts[k - 1][i]) - v)
                for i, g in enumerate(net.conductances[k - 1][:, j])
            ]
            sign = 0
            if k < last:  # a synapse sees the amplifier's output; the node a part of its current
                currents += [
                    float(g) * (float(volts[k + 1][i]) - gain * v) / gain
                    for i, g in enumerate(net.conductances[k][j])
                ]
                sign = 1 if j < net.sizes[k] // 2 else -1
                if net.diode:
                    w = net.diode.slope_voltage
                    forward = net.diode.rail - sign * v
                    currents.append(sign * net.diode.saturation * np.expm1(forward / w))
            elif beta:
                i = j // 2
                difference = float(volts[k][2 * i] - volts[k][2 * i + 1])
                push = beta * net.nudge_conductance * (net.output_gain * float(y[i]) - difference)
                currents.append(push if j % 2 == 0 else -push)
            layer.append(Node(currents, v, sign))
        found.append(layer)
    return found


def co_content(net: ResistiveNetwork, volts: list[np.ndarray], beta: float, y) -> float:
    """Return the co-content of one example, W."""
    total, last = 0.0, len(net.sizes) - 1
    for k in range(last):
        gain = 1.0 if k == 0 else net.amplification
        part = 0.0
        for i in range(net.sizes[k]):
            for j in range(net.sizes[k + 1]):
                drop = gain * float(volts[k][i]) - float(volts[k + 1][j])
                part += 0.5 * float(net.conductances[k][i, j]) * drop**2
        if k + 1 < last and net.diode:
            w, sat = net.diode.slope_voltage, net.diode.saturation
            for j in range(net.sizes[k + 1]):
                x = float(volts[k + 1][j]) * (1 if j < net.sizes[k + 1] // 2 else -1)
                x = (x - net.diode.rail) / w
                part += sat * w * (np.exp(-x) - 1 + x)
        if k + 1 == last and beta:
            for i in range(net.outputs):
                miss = float(volts[last][2 * i] - volts[last][2 * i + 1]) - net.output_gain * y[i]
                part += 0.5 * beta * net.nudge_conductance * miss**2
        total += part / net.amplification ** (2 * k)
    return total


def ideal_state(net: ResistiveNetwork, x: np.ndarray, beta: float, y) -> list[np.ndarray]:
    """Return the voltages of one example as bounded least squares: the sum of g drop^2 is least."""
    first = net.clamp(x[None])[0].astype(float)
    starts = np.cumsum([0, *net.sizes[1:]])
    count = int(starts[-1])
    rows, right = [], []

    def resistor(weight: float, ends: dict[int, float], source: float) -> None:
        row = np.zeros(count)
        for node, factor in ends.items():
            row[node] = factor
        rows.append(np.sqrt(weight) * row)
        right.append(np.sqrt(weight) * source)

    for k, g in enumerate(net.conductances):
        gain = 1.0 if k == 0 else net.amplification
        for (i, j), value in np.ndenumerate(g):
            node = starts[k] + j
            weight = float(value) / net.amplification ** (2 * k)
            if k == 0:
                resistor(weight, {node: 1.0}, float(first[i]))
            else:
                resistor(weight, {node: 1.0, starts[k - 1] + i: -gain}, 0.0)
    for i in range(net.outputs if beta else 0):
        node = starts[-2] + 2 * i
        weight = beta * net.nudge_conductance / net.amplification ** (2 * len(net.hidden))
        resistor(weight, {node: 1.0, node + 1: -1.0}, net.output_gain * float(y[i]))
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    for k, size in enumerate(net.hidden):
        low[starts[k] : starts[k] + size // 2] = 0.0
        high[starts[k] + size // 2 : starts[k] + size] = 0.0
    found = lsq_linear(
        np.array(rows), np.array(right), (low, high), method="bvls", tol=1e-15, max_iter=1000
    ).x
    return [first, *np.split(found, starts[1:-1])]


def residual_currents(net: ResistiveNetwork, x: np.ndarray, beta: float, y):
    """Return a function from all free voltages, flat, to the sum of currents into each node, A."""
    first = net.clamp(x[None])[0].astype(float)
    ends = np.cumsum(net.sizes[1:])[:-1]

    def currents(flat: np.ndarray) -> np.ndarray:
        volts = [first, *np.split(flat, ends)]
        return np.array([sum(n.currents) for layer in nodes(net, volts, beta, y) for n in layer])

    return currents
