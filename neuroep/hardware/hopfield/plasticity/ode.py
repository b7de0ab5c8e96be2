"""The equations of a chip that learns: membranes, capacitors and devices, in plain numpy.

Element by element, as :mod:`neuroep.hardware.hopfield.ode` does for a chip that settles; here the
conductances are part of the state, and lines from outside change in time.
"""

import time as clock
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.correlator import product_current
from neuroep.hardware.cells.memristor import conductance, state_slope
from neuroep.hardware.cells.plasticity import capacitor_current, decision
from neuroep.hardware.cells.waves import Wave, between
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.plasticity.account import Account

TOLERANCE = 1e-12
"""Of a voltage, V, and of a device's state."""

POINTS = 40
"""Kept of each stretch between two corners, most of them near its beginning, where things move."""


class LearningEquations:
    """The equations of a chip that learns, and what drives it.

    The state is a vector: membranes of all units, capacitors of all synapses, V, and the states of
    the devices plus and minus of each pair. Both arrays of a coupling are written by the same
    pulses and hold the same, so one is enough.
    """

    def __init__(self, chip: LearningChip) -> None:
        self.chip, network = chip, chip.circuit.network
        self.network = network
        sizes = {name: network.size(name) for name in network.layers}
        self.settling = network.settling
        ends = np.cumsum([sizes[name] for name in self.settling])
        self.units = int(ends[-1])
        self.of_layer = {
            name: slice(int(end) - sizes[name], int(end))
            for name, end in zip(self.settling, ends, strict=True)
        }
        offset = 0
        self.of_coupling: dict[str, slice] = {}
        for c in chip.couplings:
            count = sizes[c.source] * sizes[c.target]
            self.of_coupling[c.name] = slice(offset, offset + count)
            offset += count
        self.synapses = offset
        names = {name: [str(i) for i in range(n)] for name, n in sizes.items()}
        self.named = chip.named(names)
        self.output = str(network.cost.layer) if network.cost else ""
        self.bias = np.zeros(self.units)
        self.leak, self.capacitance = np.zeros((2, self.units))
        for name, where in self.of_layer.items():
            values, key = chip.circuit.layers[name], network.layers[name].constant
            self.leak[where], self.capacitance[where] = values.leak, values.capacitance
            if key in network.parameters:
                bias = np.asarray(network.parameters[key], float).ravel()
                self.bias[where] = chip.circuit.chip.unit_current * bias

    def driven(self) -> list[Wave]:
        """Return what comes from outside, V: phase, windows, pulse, targets, clamped lines."""
        chip, schedule = self.chip, self.chip.schedule
        signal = chip.circuit.chip.signal
        clamped = [chip.inputs[name] for name in self.network.clamped]
        return [
            schedule.beta(chip.strength),
            schedule.window_of("plus"),
            schedule.window_of("minus"),
            schedule.fire,
            *(schedule.by_example(signal * column) for column in chip.targets.T),
            *(schedule.by_example(signal * c) for values in clamped for c in values.T),
        ]

    def start(self) -> Reals:
        """Return the state before the first example: no voltage anywhere, devices as programmed."""
        nothing = np.zeros(self.units + self.synapses)
        return np.concatenate([nothing, *self.chip.states()])

    def split(self, state: Reals) -> tuple[Reals, Reals, Reals, Reals]:
        """Return membranes (..., units), capacitors and states (plus, minus) (..., synapses)."""
        first = self.units
        parts = [first + k * self.synapses for k in range(3)]
        membranes, acc, plus, minus = np.split(state, parts, axis=-1)
        return membranes, acc, plus, minus

    def lines(self, membranes: Reals, driven: Reals) -> dict[str, Reals]:
        """Return the lines (..., n) of every layer, V; ``driven`` (..., lines from outside)."""
        found, first = {}, 4 + self.chip.targets.shape[1]
        for name in self.network.clamped:
            end = first + self.network.size(name)
            found[name] = driven[..., first:end]
            first = end
        for name, where in self.of_layer.items():
            found[name] = self.chip.circuit.line(name, membranes[..., where])
        return found

    def ends_of(self, lines: dict[str, Reals]) -> tuple[Reals, Reals]:
        """Return the two lines (..., synapses) of every synapse, V."""
        pre, post = [], []
        for c in self.chip.couplings:
            a, b = lines[c.source], lines[c.target]
            shape = (*a.shape, b.shape[-1])
            pre.append(np.broadcast_to(a[..., :, None], shape).reshape(*a.shape[:-1], -1))
            post.append(np.broadcast_to(b[..., None, :], shape).reshape(*a.shape[:-1], -1))
        return np.concatenate(pre, axis=-1), np.concatenate(post, axis=-1)

    def slopes(self, state: Reals, driven: Reals, way: Reals) -> Reals:
        """Return the slope of the state; ``way`` (synapses,): where a pulse now goes, +1 or -1."""
        chip, circuit = self.chip, self.chip.circuit
        synapse, device = chip.synapse_values, chip.device_values
        membranes, acc, plus, minus = self.split(state)
        lines = self.lines(membranes, driven)
        beta, window, fire = driven[0], driven[1] - driven[2], driven[3]
        current = self.bias - self.leak * membranes
        difference = conductance(device, plus) - conductance(device, minus)
        for c in chip.couplings:
            a, b = lines[c.source], lines[c.target]
            g = difference[self.of_coupling[c.name]].reshape(a.size, b.size)
            current[self.of_layer[c.target]] += a @ g
            if chip.both_ways(c):
                current[self.of_layer[c.source]] += g @ b
        targets = driven[4 : 4 + chip.targets.shape[1]]
        nudge = circuit.chip.unit_conductance * beta * (targets - lines[self.output])
        current[self.of_layer[self.output]] += nudge
        product = product_current(synapse, *self.ends_of(lines))
        pulse = synapse["vp"] * fire * way
        charging = capacitor_current(synapse, product, window, pulse) - synapse["gl"] * acc
        up, dn = np.maximum(pulse, 0.0), np.maximum(-pulse, 0.0)
        return np.concatenate(
            [
                current / self.capacitance,
                charging / synapse["c"],
                state_slope(device, plus, up, dn),
                state_slope(device, minus, dn, up),
            ]
        )

    def devices(self, states: Reals) -> tuple[Reals, np.ndarray]:
        """Return the conductance (..., devices) of every device, S, and whose it is (devices,).

        Plus and minus of all synapses, and behind them those of the second arrays.
        """
        _, _, plus, minus = self.split(states)
        both = conductance(self.chip.device_values, np.stack([plus, minus]))
        numbers = np.arange(self.synapses)
        ways = [c for c in self.chip.couplings if self.chip.both_ways(c)]
        back = [numbers[self.of_coupling[c.name]] for c in ways]
        again = np.concatenate([numbers, *back])
        return np.concatenate(both[..., again], axis=-1), np.tile(again, 2)

    def waves(self, states: Reals, driven: Reals, ways: Reals) -> dict[str, Reals]:
        """Return what each synapse sees and does, (T, synapses), of a run."""
        chip = self.chip
        membranes, acc, plus, minus = self.split(states)
        pre, post = self.ends_of(self.lines(membranes, driven))
        pulse = chip.synapse_values["vp"] * driven[:, 3, None] * ways
        return {
            "pre": pre,
            "post": post,
            "acc": acc,
            "up": np.maximum(pulse, 0.0),
            "down": np.maximum(-pulse, 0.0),
            "plus": conductance(chip.device_values, plus),
            "minus": conductance(chip.device_values, minus),
        }

    def stretch(
        self, state: Reals, ends: tuple[float, float], driven: Reals, way: Reals
    ) -> tuple[Reals, Reals, Reals]:
        """Let the chip run between two corners, where lines from outside (2, lines) are linear.

        Returns times (POINTS,), states (POINTS, n), and the lines from outside (POINTS, lines).
        """
        begin, end = ends
        times = begin + (end - begin) * np.linspace(0.0, 1.0, POINTS) ** 2
        times[-1] = end
        rise = (driven[1] - driven[0]) / (end - begin)

        def slope(t: float, y: Reals) -> Reals:
            return self.slopes(y, driven[0] + rise * (t - begin), way)

        states = between(slope, state, times, TOLERANCE)
        return times, states, driven[0] + rise * (times[:, None] - begin)


def learn(chip: LearningChip, progress: Callable[[int], object] = lambda _: None) -> Account:
    """Let a chip learn by its equations.

    From corner to corner of the lines from outside; comparators decide when a pulse begins to rise.
    ``progress`` is told the number of each example that is over.
    """
    begun = clock.perf_counter()
    equations, schedule = LearningEquations(chip), chip.schedule
    lines = equations.driven()
    writes, ends = schedule.starts("write"), schedule.ends
    moments = (schedule.fires.ravel(), writes, ends)
    corners = np.unique(np.concatenate([*(wave.times for wave in lines), *moments]))
    driven = np.stack([wave.at(corners) for wave in lines], axis=1)
    slots = {float(t): place for place, t in np.ndenumerate(schedule.fires)}
    request = np.zeros((schedule.examples, equations.synapses))
    pulses = np.zeros((schedule.examples, schedule.slots, equations.synapses))
    state, way = equations.start(), np.zeros(equations.synapses)
    states, kept = [state], []
    for k, (begin, end) in enumerate(pairwise(map(float, corners))):
        acc = equations.split(state)[1]
        if begin in writes:
            request[np.searchsorted(writes, begin)] = acc
        if begin in slots:
            way = decision(chip.synapse_values, acc)
            pulses[slots[begin]] = way
        run = equations.stretch(state, (begin, end), driven[k : k + 2], way)
        state = run[1][-1]
        kept.append((*run, np.tile(way, (POINTS, 1))))
        if end in ends:
            states.append(state)
            progress(int(np.searchsorted(ends, end)))
    times, run, outside, ways = (np.concatenate(part) for part in zip(*kept, strict=True))
    conductances, device_of = equations.devices(np.array(states))
    return Account(
        "transient",
        equations.named,
        request,
        equations.split(np.array(states[1:]))[1],
        pulses,
        conductances,
        device_of,
        clock.perf_counter() - begun,
        times,
        equations.waves(run, outside, ways),
    )
