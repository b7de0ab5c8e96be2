"""The equations of a chip that learns: membranes, circuits and devices, in plain numpy.

Element by element, as :mod:`neuroep.hardware.hopfield.ode` does for a chip that settles; here the
conductances are part of the state, and lines from outside change in time.
"""

import time as clock
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.memristor import conductance, state_slope
from neuroep.hardware.cells.waves import Wave, between
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.wiring import ALWAYS
from neuroep.hardware.hopfield.plasticity.writer import Clocks
from neuroep.hardware.plasticity.account import Account

TOLERANCE = 1e-12
"""Of a voltage, V, and of a device's state."""

POINTS = 40
"""Kept of each stretch between two corners, most of them near its beginning, where things move."""

CLOCKS = len(Clocks._fields)


class LearningEquations:
    """The equations of a chip that learns, and what drives it.

    The state is a vector: membranes of all units, and the voltages of what writes, V, and the
    states of the devices plus and minus of each pair. Both arrays of a coupling are written by the
    same pulses and hold the same, so one is enough.
    """

    def __init__(self, chip: LearningChip) -> None:
        self.chip, network = chip, chip.circuit.network
        self.network = network
        sizes = chip.wiring.sizes
        self.settling = network.settling
        ends = np.cumsum([sizes[name] for name in self.settling])
        self.units = int(ends[-1])
        self.of_layer = {
            name: slice(int(end) - sizes[name], int(end))
            for name, end in zip(self.settling, ends, strict=True)
        }
        self.synapses = chip.wiring.count
        numbers = {name: [str(i) for i in range(n)] for name, n in sizes.items()}
        self.named = chip.wiring.named(numbers)
        self.output = str(network.cost.layer) if network.cost else ""
        self.leak, self.capacitance = np.zeros((2, self.units))
        for name, where in self.of_layer.items():
            values = chip.circuit.layers[name]
            self.leak[where], self.capacitance[where] = values.leak, values.capacitance

    def driven(self) -> list[Wave]:
        """Return what comes from outside, V: clocks, targets, clamped lines."""
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
        nothing = np.zeros(self.units + self.chip.writer.width)
        return np.concatenate([nothing, *self.chip.states()])

    def split(self, state: Reals) -> tuple[Reals, Reals, Reals, Reals]:
        """Return membranes (..., units), what writes (..., width), plus and minus (..., synapses).

        The last two are states of devices.
        """
        first = self.units + self.chip.writer.width
        parts = [self.units, first, first + self.synapses]
        membranes, written, plus, minus = np.split(state, parts, axis=-1)
        return membranes, written, plus, minus

    def lines(self, membranes: Reals, driven: Reals) -> dict[str, Reals]:
        """Return the lines (..., n) of every layer, V; ``driven`` (..., lines from outside)."""
        full = np.full((*driven.shape[:-1], 1), self.chip.circuit.chip.signal)
        found, first = {ALWAYS: full}, CLOCKS + self.chip.targets.shape[1]
        for name in self.network.clamped:
            end = first + self.network.size(name)
            found[name] = driven[..., first:end]
            first = end
        for name, where in self.of_layer.items():
            found[name] = self.chip.circuit.line(name, membranes[..., where])
        return found

    def slopes(self, state: Reals, driven: Reals, rates: Reals, way: Reals) -> Reals:
        """Return the slope of the state.

        ``rates``: of the lines from outside, V/s; ``way`` (synapses,): where a pulse now goes, +1
        or -1.
        """
        chip, circuit, device = self.chip, self.chip.circuit, self.chip.device
        membranes, written, plus, minus = self.split(state)
        lines, clocks = self.lines(membranes, driven), Clocks(*driven[:CLOCKS])
        current = -self.leak * membranes
        difference = conductance(device, plus) - conductance(device, minus)
        for array in chip.wiring.arrays:
            a, b = lines[array.source], lines[array.target]
            g = difference[chip.wiring.of_array[array.name]].reshape(a.size, b.size)
            current[self.of_layer[array.target]] += a @ g
            if chip.both_ways(array):
                current[self.of_layer[array.source]] += g @ b
        targets = driven[CLOCKS : CLOCKS + chip.targets.shape[1]]
        nudge = circuit.chip.unit_conductance * clocks.beta * (targets - lines[self.output])
        current[self.of_layer[self.output]] += nudge
        pulse = device["vp"] * clocks.fire * way
        up, dn = np.maximum(pulse, 0.0), np.maximum(-pulse, 0.0)
        return np.concatenate(
            [
                current / self.capacitance,
                chip.writer.slopes(lines, clocks, Clocks(*rates[:CLOCKS]), written, way),
                state_slope(device, plus, up, dn),
                state_slope(device, minus, dn, up),
            ]
        )

    def devices(self, states: Reals) -> tuple[Reals, np.ndarray]:
        """Return the conductance (..., devices) of every device, S, and whose it is (devices,).

        Plus and minus of all synapses, and behind them those of the second arrays.
        """
        _, _, plus, minus = self.split(states)
        both = conductance(self.chip.device, np.stack([plus, minus]))
        numbers, wiring = np.arange(self.synapses), self.chip.wiring
        back = [numbers[wiring.of_array[a.name]] for a in wiring.arrays if self.chip.both_ways(a)]
        again = np.concatenate([numbers, *back])
        return np.concatenate(both[..., again], axis=-1), np.tile(again, 2)

    def waves(self, states: Reals, driven: Reals, ways: Reals) -> dict[str, Reals]:
        """Return what each synapse sees and does, (T, synapses), of a run."""
        device = self.chip.device
        membranes, written, plus, minus = self.split(states)
        pre, post = self.chip.wiring.ends_of(self.lines(membranes, driven))
        pulse = device["vp"] * driven[:, 3, None] * ways
        return {
            "pre": pre,
            "post": post,
            **self.chip.writer.waves(written),
            "up": np.maximum(pulse, 0.0),
            "down": np.maximum(-pulse, 0.0),
            "plus": conductance(device, plus),
            "minus": conductance(device, minus),
        }

    def power(self, states: Reals, driven: Reals, ways: Reals) -> dict[str, Reals]:
        """Return what the rails of the circuits that write deliver (T,), W, of a run."""
        membranes, written, _, _ = self.split(states)
        clocks = Clocks(*driven[:, :CLOCKS].T)
        return self.chip.writer.power(self.lines(membranes, driven), clocks, written, ways)

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
            return self.slopes(y, driven[0] + rise * (t - begin), rise, way)

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
    pulses = np.zeros((schedule.examples, schedule.slots, equations.synapses))
    state, way = equations.start(), np.zeros(equations.synapses)
    states, asked, kept = [state], [], []
    for k, (begin, end) in enumerate(pairwise(map(float, corners))):
        if begin in writes:
            asked.append(equations.split(state)[1])
        if begin in slots:
            way = chip.writer.decide(slots[begin][0], slots[begin][1], equations.split(state)[1])
            pulses[slots[begin]] = way
        run = equations.stretch(state, (begin, end), driven[k : k + 2], way)
        state = run[1][-1]
        kept.append((*run, np.tile(way, (POINTS, 1))))
        if end in ends:
            states.append(state)
            progress(int(np.searchsorted(ends, end)))
    times, run, outside, ways = (np.concatenate(part) for part in zip(*kept, strict=True))
    conductances, device_of = equations.devices(np.array(states))
    behind = equations.split(np.array(states[1:]))[1]
    request, left = chip.writer.asked(np.array(asked), behind, pulses)
    return Account(
        "transient",
        equations.named,
        request,
        left,
        pulses,
        conductances,
        device_of,
        clock.perf_counter() - begun,
        times,
        equations.waves(run, outside, ways),
        equations.power(run, outside, ways),
    )
