"""All sources of noise of a chip one by one, in plain numpy: slow and obvious."""

from typing import NamedTuple

import numpy as np

from neuroep.core.constants import BOLTZMANN, ELEMENTARY_CHARGE
from neuroep.core.hopfield import noise as kernel
from neuroep.core.pulses.draws import normal_pair
from neuroep.hardware.hopfield.ode import CircuitEquations, attending
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.neurons import Sigmoid, Tanh


class Source(NamedTuple):
    """One source of noise.

    ``spectrum``: one-sided, per Hz; ``effect`` (n,): current into each membrane per unit, A;
    ``draw``: device, stream, and which of the pair of that stream is its draw.
    """

    spectrum: float
    effect: np.ndarray
    draw: tuple[int, int, int]


def per_line(eqs: CircuitEquations, k: str, unit: int) -> np.ndarray:
    """Return the current into every membrane per unit of one line's activity, (n,), A."""
    network, found = eqs.network, eqs.split(np.zeros(sum(a * b for a, b in eqs.shapes.values())))
    line = np.zeros(network.size(k))
    line[unit] = eqs.chip.signal
    for c, (there, _) in eqs.couplings.items():
        rows = eqs.shapes[k][0] if c.shared else 1
        for sender, receiver, siemens in (
            (c.source, c.target, there),
            (c.target, c.source, eqs._way_back(c)[0]),
        ):
            if sender == k and receiver in found:
                found[receiver] += (line.reshape(rows, -1) @ siemens).reshape(eqs.shapes[receiver])
    for name, current in found.items():
        current[eqs.rows[name] :] = 0.0
    return np.concatenate([current.ravel() for current in found.values()])


def sources(
    eqs: CircuitEquations, drive: Drive, example: int, flat: np.ndarray, biased: bool = True
) -> list[Source]:
    """Return all sources of an example at membrane voltages (n,).

    ``biased``: whether constant currents are noisy themselves: biases, and what pairs and the rows
    of a softmax share out.
    """
    chip, network = eqs.chip, eqs.network
    thermal, shot = 4 * BOLTZMANN * chip.temperature, 2 * ELEMENTARY_CHARGE
    volts, found, begin = eqs.split(flat), [], 0
    lines, _ = eqs.lines(volts)
    gross = conductances(eqs, drive, example)
    for name in eqs.names:
        values, size = eqs.circuit.layers[name], network.size(name)
        used = eqs.rows[name] * eqs.shapes[name][1]
        leak = np.broadcast_to(values.leak, size)
        key = network.layers[name].constant
        bias = np.zeros(size)
        if biased and key in network.parameters:
            bias = chip.unit_current * np.abs(network.parameters[key].astype(float).ravel())
        for i in range(used):
            spectrum = thermal * (leak[i] + gross[name][i]) + shot * bias[i]
            effect = np.zeros(flat.size)
            effect[begin + i] = 1.0
            found.append(Source(spectrum, effect, (begin + i, kernel.OF_MEMBRANES, 0)))
        s = lines[name].ravel() / chip.signal
        layer = network.layers[name]
        full = np.broadcast_to(values.own.get("vs", chip.signal), size) / chip.signal
        sat = np.broadcast_to(values.own.get("sat", 1.0), size)
        for i in range(used):
            draw = (begin + i, kernel.OF_LINES, 0)
            tail = chip.tail_current * sat[i]
            one = s[i] / (full[i] * sat[i])  # of the tail current, what is read of it
            if isinstance(layer, Sigmoid):  # one side; the other's electrons are not seen
                power = shot * tail * (one if biased else one * (1 - one))
            elif isinstance(layer, Tanh):  # both sides, the one counted negative
                power = shot * tail * (1.0 if biased else 1 - one**2)
            else:
                continue
            spectrum = power * (full[i] / chip.tail_current) ** 2
            found.append(Source(spectrum, per_line(eqs, name, i), draw))
        if name in eqs.patterns and used:
            found += attention(eqs, name, volts[name], begin, biased)
        begin += size
    return found


def attention(
    eqs: CircuitEquations, name: str, volts: np.ndarray, begin: int, biased: bool
) -> list[Source]:
    """Return the sources of a layer of attention that are not of membranes."""
    chip, used, found = eqs.chip, eqs.rows[name], []
    thermal, shot = 4 * BOLTZMANN * chip.temperature, 2 * ELEMENTARY_CHARGE
    plus, minus = eqs.patterns[name]
    width, ohms = volts.shape[1], eqs.circuit.score_resistance(name)
    _, lines, read = attending(eqs.circuit, name, volts[:used], plus - minus)
    read, share = np.broadcast_to(read, (used, width)), lines / chip.signal
    values = (plus - minus) / chip.pattern_conductance
    for t in range(used):
        units = t * width + np.arange(width)
        onto = np.array([per_line(eqs, name, unit) for unit in units])
        mean = share[t] @ values / share[t].sum()
        for j in range(len(plus)):
            which = (begin + t) * 2**32 + j
            alone = values[j] if biased else values[j] - mean
            spectrum = shot * share[t, j] / chip.tail_current
            draw = which, kernel.OF_BRANCHES
            found.append(Source(spectrum, (alone * read[t]) @ onto, (*draw, 0)))
            spectrum = thermal * (plus + minus)[j].sum() * (ohms / chip.volts_per_fold) ** 2
            effect = (share[t, j] * (values[j] - mean) * read[t]) @ onto
            found.append(Source(spectrum, effect, (*draw, 1)))
        for i, unit in enumerate(units):
            spectrum = thermal * (plus + minus)[:, i].sum()
            spectrum *= (read[t, i] / (chip.pattern_conductance * chip.signal)) ** 2
            found.append(Source(spectrum, onto[i], (begin + unit, kernel.OF_LINES, 0)))
    return found


def conductances(eqs: CircuitEquations, drive: Drive, example: int) -> dict[str, np.ndarray]:
    """Return what all pairs at each membrane's virtual ground add up to, (n,), S."""
    network = eqs.network
    found = {name: np.zeros(network.size(name)) for name in eqs.names}
    for c, (_, both) in eqs.couplings.items():
        for sender, receiver, siemens in (
            (c.source, c.target, both),
            (c.target, c.source, eqs._way_back(c)[1]),
        ):
            if receiver not in found:
                continue
            if not c.shared:
                siemens = siemens[
                    : network.layers[sender].used_rows(drive, example) * (network.shape(sender)[1])
                ]
            rows = network.size(receiver) // siemens.shape[1]
            each = np.tile(siemens.sum(axis=0), (rows, 1))
            if c.shared:
                each[network.layers[sender].used_rows(drive, example) :] = 0.0
            found[receiver] += each.ravel()
    return found


def farads_of(eqs: CircuitEquations) -> np.ndarray:
    """Return the capacitance of every membrane, (n,), F."""
    each = [
        np.broadcast_to(eqs.circuit.layers[k].capacitance, eqs.network.size(k)) for k in eqs.names
    ]
    return np.concatenate(each)


def steps(
    eqs: CircuitEquations,
    drive: Drive,
    example: int,
    start: np.ndarray,
    key: int,
    dt: float,
    count: int,
) -> np.ndarray:
    """Return voltages after each of so many steps of Heun's method, (count + 1, n + 1)."""
    farads = farads_of(eqs)
    waves = [start.copy()]
    for step in range(count):
        rate, kick = eqs.rate(0.0, waves[-1]), np.zeros(start.size)
        for source in sources(eqs, drive, example, waves[-1][:-1]):
            device, stream, place = source.draw
            drawn = normal_pair(np.uint64(key), device, step, stream)[place]
            kick[:-1] += np.sqrt(source.spectrum / (2 * dt)) * drawn * source.effect / farads
        ahead = eqs.rate(0.0, waves[-1] + dt * (rate + kick))
        waves.append(waves[-1] + dt * ((rate + ahead) / 2 + kick))
    return np.array(waves)
