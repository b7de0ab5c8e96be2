"""What the supplies deliver besides the moving currents: loads on lines, and constant power.

Drivers are class B: a line's driver takes the magnitude of its current from one rail and returns
it to the other; so do the conveyor that copies a current onto a membrane, a bias and a nudge.
Every amplifier idles at a quiescent current, every pair or row of transistors at its tail.
"""

import numpy as np

from neuroep.core.hopfield import transient
from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.one_example import clamped_rows
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling, Network


def circuit_table(circuit: Circuit, drive: Drive, example: int) -> Reals:
    """Return the rows that the transient kernel reads, (layers, CIRCUIT_COLUMNS)."""
    network, pair = circuit.network, 2.0 * circuit.chip.middle_conductance
    table = np.zeros((len(network.settling), transient.CIRCUIT_COLUMNS))
    for k, name in enumerate(network.settling):
        table[k, transient.LINE_LOAD] = pair * _fan_out(circuit, drive, name, example)
        table[k, transient.PATTERN_LOAD] = pair
    return table


def circuit_elements(circuit: Circuit) -> Reals:
    """Return what the transient kernel reads of each unit, (n, ELEMENT_COLUMNS)."""
    parts = []
    for name, values in circuit.layers.items():
        part = np.empty((circuit.network.size(name), transient.ELEMENT_COLUMNS))
        part[:, transient.CAPACITANCE] = values.capacitance
        part[:, transient.LEAK] = values.leak
        part[:, transient.VOLTS] = values.volts
        parts.append(part)
    return np.concatenate(parts)


def _fan_out(circuit: Circuit, drive: Drive, name: str, example: int) -> int:
    """Return how many pairs without wires hang on the two lines of one unit of a layer."""
    network = circuit.network
    pairs = 0
    for c in network.couplings:
        if name not in (c.source, c.target):
            continue
        partner = c.target if name == c.source else c.source
        if not network.layers[partner].settles:
            continue  # nothing flows back into a clamped layer
        if circuit.array(c) is not None or _unlike_rows(network, c):
            continue  # see loads_of_lines
        rows = 1 if c.shared else network.layers[partner].used_rows(drive, example)
        pairs += rows * network.shape(partner)[1]
    if circuit.has_readout and network.cost is not None and network.cost.layer == name:
        pairs += network.outputs
    return pairs


def _unlike_rows(network: Network, c: Coupling) -> bool:
    """Return whether rows of a shared coupling can be without a partner, and so without an array.

    So it is where the lengths of two sequences mask them.
    """
    return c.shared and network.layers[c.source].asking != network.layers[c.target].asking


def loads_of_lines(circuit: Circuit) -> transient.Loads:
    """Return what each driver delivers by the lines of a whole layer, where arrays have wires.

    And where rows of its partner are not as many as its own.
    """
    network, pair = circuit.network, 2.0 * circuit.chip.middle_conductance
    table, siemens, begin = [], [np.empty(0)], 0
    for c in network.couplings:
        array, back = circuit.array(c), circuit.array(c, back=True)
        unlike = _unlike_rows(network, c)
        if not network.layers[c.source].settles or (array is None and not unlike):
            continue
        if array is None or back is None:
            shape = network.parameter_shapes()[c.name]
            ends = [
                pair * width * np.eye(own) for own, width in zip(shape, shape[::-1], strict=True)
            ]
        else:
            ends = [array.senders_load, back.receivers_load]
        names = (c.source, c.target)
        for name, partner, load in zip(names, names[::-1], ends, strict=True):
            masked = network.settling.index(partner) if unlike else -1
            table.append((network.settling.index(name), *load.shape, begin, masked))
            siemens.append(load.ravel())
            begin += load.size
    rows = np.array(table, np.int64).reshape(-1, 5)
    return transient.Loads(rows, np.concatenate(siemens))


def constant_power(circuit: Circuit, drive: Drive, example: int) -> float:
    """Return what is drawn whatever the voltages are, W."""
    network, chip = circuit.network, circuit.chip
    parameters = network.parameters
    amplifiers, tails, current = 0, 0.0, 0.0
    for name in network.settling:
        layer = network.layers[name]
        rows, width = layer.used_rows(drive, example), network.shape(name)[1]
        amplifiers += rows * width
        if layer.stored:
            stored = int(drive.sequences[layer.stored].lengths[example])
            amplifiers += rows * (2 * stored + width)  # scores, weights, read-out
        tails += circuit.layers[name].tails(rows, width)
        if layer.constant in parameters:
            values = np.asarray(parameters[layer.constant], float).reshape(-1, width)
            current += chip.unit_current * float(np.abs(values[:rows]).sum())
    for c in network.couplings:
        if not network.layers[c.source].settles:
            current += _clamp_current(circuit, drive, c, example)
    if circuit.has_readout:
        amplifiers += 2 * network.outputs  # logits and their shares
        tails += 1
        logits = np.asarray(parameters["readout.bias"], float)
        current += chip.unit_current * float(np.abs(logits).sum())
    idle = 2.0 * chip.supply * (chip.quiescent_current * amplifiers + chip.tail_current * tails)
    return float(idle + chip.supply * current)


def _clamp_current(circuit: Circuit, drive: Drive, c: Coupling, example: int) -> float:
    """Return what the drivers of a clamped layer deliver into one coupling, A."""
    chip, network = circuit.chip, circuit.network
    clamped, array = clamped_rows(drive, c.source, example), circuit.array(c)
    rows = network.layers[c.target].used_rows(drive, example)
    if c.shared:  # a row that its partner has not is not wired
        clamped, rows = clamped[:rows], 1
    if array is not None:
        lines = clamped if c.shared else np.zeros((1, network.size(c.source)))
        if not c.shared:
            lines[0, : clamped.size] = clamped.ravel()
        return array.sent(chip.signal * lines)
    values = float(np.abs(clamped).sum())
    pairs = rows * network.shape(c.target)[1]
    return chip.signal * values * pairs * 2.0 * chip.middle_conductance
