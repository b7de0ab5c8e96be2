"""How noisy the sources of a circuit are: its conductances, and the currents that it is biased by.

A conductance g gives 4 k T g of one-sided spectrum (A^2/Hz), whatever stands across it; a current I
that crosses a barrier, as in a transistor below threshold, 2 q I (Sarpeshkar, Delbruck & Mead, IEEE
Circuits and Devices 9(6), 23, 1993). A pair's conductances are G_mid +- w G_u / 2: together 2 G_mid
whatever it holds, so that noise does not depend on weights. A conveyor passes on to the membrane
what all pairs at its virtual ground make, and they do not load it: with leak g and C the variance
of a membrane is k T/C times 1 + 2 G_mid (number of pairs)/g.

What is left without noise: amplifiers, conveyors and drivers of lines, clamps, nudges and their
targets, the read-out behind a cross-entropy, and, of arrays with wires, what columns have in common
through the resistance of their rows.
"""

import numpy as np

from neuroep.core.constants import BOLTZMANN, ELEMENTARY_CHARGE
from neuroep.core.digest import digest
from neuroep.core.hopfield.noise import ATTENTION_SOURCES, BRANCH, READING, SCORE, Sources
from neuroep.core.pulses.draws import hashed, normals
from neuroep.core.tables import Floats, Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.noise import Noise
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling
from neuroep.settle.hopfield.prepare import Job


def sources_of(noise: Noise, circuit: Circuit, job: Job, keys: np.ndarray) -> Sources:
    """Return what kernels read; ``keys``: of the job's examples."""
    plan, drive = job.drive.plan, job.drive
    membrane = np.zeros((drive.count, plan.units))
    line = np.zeros((plan.units, 2))
    attention = np.zeros((len(plan.names), ATTENTION_SOURCES))
    if noise.thermal:
        spectrum = 4.0 * BOLTZMANN * circuit.chip.temperature
        membrane += spectrum * conductances_at_membranes(circuit, drive)
        attention += spectrum * conductances_in_attention(circuit)
    if noise.shot:
        membrane += 2.0 * ELEMENTARY_CHARGE * bias_currents(circuit)
        spectrum = 2.0 * ELEMENTARY_CHARGE / circuit.chip.tail_current
        line += spectrum * tails_on_lines(circuit)
        for k, name in enumerate(plan.names):
            if circuit.network.layers[name].stored:
                attention[k, BRANCH] = spectrum
    there = built(circuit, drive)
    membrane *= there
    offset = np.zeros((job.batch, plan.units))
    if noise.flicker:
        for example, key in enumerate(keys):
            normals(np.uint64(hashed(key, 0, 0, 1)), offset[example : example + 1])
        offset *= noise.flicker * there[job.inputs.row]
    return Sources(membrane, line, attention, offset)


def keys_of(noise: Noise, job: Job, chip: int) -> np.ndarray:
    """Return the key of each example's draws, uint64 (B,); ``chip``: its number."""
    word = np.uint64(hashed(np.uint64(noise.seed), chip, 0, 0))
    for array in (job.weights, job.inputs.current, job.inputs.patterns, job.state.potential):
        word = np.uint64(hashed(word ^ _digest(array), 0, 1, 0))
    # One by one: signs and labels that change places among examples may leave a sum as it is.
    nudges = zip(job.beta.ravel(), job.nudge.target[job.inputs.row], strict=True)
    words = [word ^ _digest(np.append(*nudge)) for nudge in nudges]
    return np.array([hashed(own, example, 3, 0) for example, own in enumerate(words)], np.uint64)


def _digest(array: Floats) -> np.uint64:
    return np.uint64(digest(np.ascontiguousarray(array).reshape(-1).view(np.uint32)))


def built(circuit: Circuit, drive: Drive) -> Reals:
    """Return 1 for every membrane that an example uses, 0 for padding, (drive rows, n)."""
    parts = []
    for name in circuit.network.settling:
        rows, width = circuit.network.shape(name)
        layer = circuit.network.layers[name]
        used = np.array([layer.used_rows(drive, e) for e in range(drive.count)])
        parts.append(np.repeat(np.arange(rows) < used[:, None], width, axis=1))
    return np.concatenate(parts, axis=1).astype(float)


def conductances_at_membranes(circuit: Circuit, drive: Drive) -> Reals:
    """Return the sum of the conductances whose noise each membrane takes up, (drive rows, n), S."""
    network, plan = circuit.network, drive.plan
    found = np.zeros((drive.count, plan.units))
    for name, values in circuit.layers.items():
        found[:, plan.part(name)] += values.leak
    for c in network.couplings:
        found[:, plan.part(c.target)] += _from(circuit, drive, c, c.source, back=False)
        if network.layers[c.source].settles:
            found[:, plan.part(c.source)] += _from(circuit, drive, c, c.target, back=True)
    return found


def _from(circuit: Circuit, drive: Drive, c: Coupling, sender: str, *, back: bool) -> Reals:
    """Return what the pairs of a coupling that come from a layer are at each receiver, S."""
    network = circuit.network
    receiver = c.source if back else c.target
    array, layer = circuit.array(c, back=back), network.layers[sender]
    used = np.array([layer.used_rows(drive, example) for example in range(drive.count)])
    count, width = network.shape(receiver)
    rows = used[:, None]
    if c.shared:  # a row that its partner has not is not wired
        rows = np.repeat(np.arange(count) < rows, width, axis=1)
    if array is not None:
        gross = array.gross.sum(axis=1 if back else 0)
        found = np.tile(gross, count * width // gross.size)
        return found * rows if c.shared else found
    pair = 2.0 * circuit.chip.middle_conductance * network.shape(sender)[1]
    return np.asarray(pair * np.broadcast_to(rows, (drive.count, count * width)))


def conductances_in_attention(circuit: Circuit) -> Reals:
    """Return what 4 k T is multiplied by in each layer of attention, (layers, ATTENTION_SOURCES).

    Scores: the pairs of a stored pattern, by their transresistance and in U_T/kappa; readings: a
    pair of each pattern, by the transresistance of its line and in units of activity.
    """
    network, chip = circuit.network, circuit.chip
    found = np.zeros((len(network.settling), ATTENTION_SOURCES))
    pair = 2.0 * chip.middle_conductance
    for k, name in enumerate(network.settling):
        if network.layers[name].stored:
            per_ampere = circuit.score_resistance(name) / chip.volts_per_fold
            found[k, SCORE] = per_ampere**2 * pair * network.shape(name)[1]
            found[k, READING] = pair / (chip.pattern_conductance * chip.signal) ** 2
    return found


def bias_currents(circuit: Circuit) -> Reals:
    """Return the magnitudes of the constant currents into membranes, (n,), A."""
    network, parts = circuit.network, []
    for name in network.settling:
        constant = network.layers[name].constant
        values = np.zeros(network.size(name))
        if constant in network.parameters:
            values = np.abs(np.asarray(network.parameters[constant], float)).ravel()
        parts.append(circuit.chip.unit_current * values)
    return np.concatenate(parts)


def tails_on_lines(circuit: Circuit) -> Reals:
    """Return what 2 q / (tail current) is multiplied by for each line, (n, 2): see Sources.

    Who reads both sides of a pair sees every electron of its tail, who reads one those that go
    there: as many as the activity says.
    """
    parts = []
    for name, values in circuit.layers.items():
        part = np.zeros((circuit.network.size(name), 2))
        full = values.own.get("vs", circuit.chip.signal) / circuit.chip.signal
        if values.neuron is not None and values.neuron.tails:
            if values.neuron.one_sided:
                part[:, 1] = full
            else:
                part[:, 0] = full**2 * values.own.get("sat", 1.0)
        parts.append(part)
    return np.concatenate(parts)
