"""What each cell and array of a chip of layers takes at rest: its counts and settled voltages.

Ideal cells draw what their .cir files say: a quiescent current and tails from rail to rail, and as
class-B stages do, the magnitude of every current that a conveyor copies or a line drives. Cells of
transistors work in class A: each draws what was measured of it, whatever it drives. In both an
array turns G V^2 into heat, and the cell that drives its lines the rest of what it draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neuroep.core.tables import Floats, Reals
from neuroep.hardware.account import Part, mean
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.ode import attending
from neuroep.hardware.hopfield.one_example import clamped_rows
from neuroep.hardware.hopfield.pairs import PairArray
from neuroep.network.hopfield.network import Coupling
from neuroep.settle.hopfield.settled import Settled


@dataclass(frozen=True)
class Measured:
    """What one cell of a library of transistors takes.

    ``current``: mean of what it draws from both rails, A, its share of a softmax's tail not
    counted; ``area``: um^2, layout estimated.
    """

    current: float
    area: float


Library = Mapping[str, Measured]
"""By cell; empty for ideal cells."""


def parts_of(
    circuit: Circuit, phases: Sequence[Settled], target: Floats, library: Library
) -> tuple[Part, ...]:
    """Return cells and arrays, the mean over examples.

    ``phases``: free, then nudged both ways; ``target`` (B, outputs); ``library``: of cells of
    transistors.
    """
    examples = range(phases[0].beta.shape[1])
    return mean([_Counting(circuit, phases, target, library, e).parts() for e in examples])


class _Counting:
    """The parts of one example, in the making."""

    def __init__(
        self,
        circuit: Circuit,
        phases: Sequence[Settled],
        target: Floats,
        library: Library,
        example: int,
    ) -> None:
        self.circuit, self.chip, self.network = circuit, circuit.chip, circuit.network
        self.phases, self.drive, self.library = phases, phases[0].drive, library
        self.target, self.example = np.asarray(target, float)[example], example
        self.beta = np.concatenate([phase.beta[:, example] for phase in phases])
        self.pair = 2.0 * self.chip.middle_conductance
        self.found: list[Part] = []
        self.passed: dict[str, Reals] = {}
        """What the lines of each owner deliver into arrays, W, ..."""
        self.current: dict[str, Reals] = {}
        """... and how many amperes they drive."""

    def parts(self) -> tuple[Part, ...]:
        """Return arrays first counted, then the cells that drive them."""
        arrays: list[Part] = []
        self.found = arrays
        for c in self.network.couplings:
            self._coupling(c)
        for name in self.network.settling:
            if self.network.layers[name].stored:
                self._stored(name)
        self._output_arrays()
        self.found = []
        for name in dict.fromkeys(c.source for c in self.network.couplings):
            if not self.network.layers[name].settles:
                size = clamped_rows(self.drive, name, self.example).size
                self._cells(name, "clamp", size, 0.0)
        for name in self.network.settling:
            self._layer(name)
        self._cost()
        if self.library:
            self._cells("chip", "reference", 1, 0.0)
        return (*self.found, *arrays)

    # States

    def _rows(self, name: str) -> int:
        return self.network.layers[name].used_rows(self.drive, self.example)

    def _flat(self, quantity: str, name: str) -> Reals:
        """Return potentials or activities (P, units)."""
        every = [getattr(p, quantity)(name)[:, self.example] for p in self.phases]
        return np.asarray(np.concatenate(every), float)

    def _in_use(self, name: str, flat: Reals) -> Reals:
        """Return what is of all units (P, units) as (P, rows in use, width)."""
        return flat.reshape(len(flat), *self.network.shape(name))[:, : self._rows(name)]

    def _state(self, quantity: str, name: str) -> Reals:
        """Return potentials or activities (P, rows in use, width)."""
        return self._in_use(name, self._flat(quantity, name))

    def _lines(self, name: str) -> Reals:
        """Return the volts of the lines of a layer in each phase, (P, units)."""
        if self.network.layers[name].settles:
            activity = self._state("activity", name).reshape(len(self.beta), -1)
        else:
            values = clamped_rows(self.drive, name, self.example).ravel()
            activity = np.broadcast_to(values, (len(self.beta), values.size))
        return np.asarray(self.chip.signal * activity)

    def _owner(self, name: str) -> str:
        """Return the cells that drive the lines of a layer."""
        if not self.network.layers[name].settles:
            return f"{name}: clamp"
        neuron = self.circuit.layers[name].neuron
        return f"{name}: {neuron.cell.name if neuron else 'readout'}"

    # Arrays

    def _array(self, name: str, owner: str, volts: Reals, fan_out: int) -> None:
        """Add an array: pairs of devices on lines at volts (P, lines), so many on each."""
        heat = self.pair * fan_out * np.square(volts).sum(axis=-1)
        self._add(name, owner, 2.0 * fan_out * volts.shape[-1], heat)
        amperes = self.pair * fan_out * np.abs(volts).sum(axis=-1)
        self.current[owner] = self.current.get(owner, 0.0) + amperes

    def _add(self, name: str, owner: str, count: float, heat: Reals) -> None:
        """Add what turns so many watts into heat that the cells of an owner deliver, (P,)."""
        self.found.append(Part(name, count, np.zeros_like(heat), -heat))
        self.passed[owner] = self.passed.get(owner, 0.0) + heat

    def _wired(self, name: str, owner: str, array: PairArray, lines: Reals, *, back: bool) -> None:
        """Add arrays with wires, one for each row of lines (P, rows, n), V."""
        phases, rows, n = lines.shape
        width = len(array.plus) if not back else n  # lines of units that are not there are at 0 V
        volts = np.zeros((phases * rows, width))
        volts[:, :n] = lines.reshape(-1, n)
        devices, wires = array.heat(volts, back=back)
        size = rows * array.crossbar.conductances.size
        self._add(name, owner, size, devices.reshape(phases, rows).sum(axis=1))
        self._add(f"{name}: wires", owner, 2 * size, wires.reshape(phases, rows).sum(axis=1))
        amperes = array.amperes(volts, back=back).reshape(phases, rows).sum(axis=1)
        self.current[owner] = self.current.get(owner, 0.0) + amperes

    def _coupling(self, c: Coupling) -> None:
        ways = [(c.source, c.target)]
        if self.network.layers[c.source].settles:
            ways.append((c.target, c.source))
        for here, there in ways:
            rows = 1 if c.shared else self._rows(there)
            lines = self._lines(here)
            if c.shared:  # a row that its partner has not is not wired
                both = min(self._rows(here), self._rows(there))
                lines = lines[:, : both * self.network.shape(here)[1]]
            back = here == c.target
            if array := self.circuit.array(c, back=back):
                parts = lines.reshape(len(lines), both if c.shared else 1, -1)
                self._wired(f"{here} -> {there}", self._owner(here), array, parts, back=back)
                continue
            self._array(
                f"{here} -> {there}", self._owner(here), lines, rows * self.network.shape(there)[1]
            )

    def _stored(self, name: str) -> None:
        stored, flat = self.network.layers[name].stored, (len(self.beta), -1)
        patterns = clamped_rows(self.drive, stored, self.example)
        plus, minus = self.circuit.pattern_pair(patterns, stored)
        membrane = self.circuit.volts({name: self._flat("potential", name)})[name]
        asked, shares, _ = attending(self.circuit, name, self._in_use(name, membrane), plus - minus)
        count, width = patterns.shape
        self._array(f"{name}: keys", f"{name}: membrane", asked.reshape(flat), count)
        self._array(f"{name}: values", f"{name}: wta_branch", shares.reshape(flat), width)

    def _output_arrays(self) -> None:
        if not self.circuit.has_readout:
            return
        assert self.network.cost is not None
        layer, classes = str(self.network.cost.layer), self.network.outputs
        self._array(f"{layer} -> classes", self._owner(layer), self._lines(layer), classes)
        width = self.network.size(layer)
        self._array("errors", "classes: error", self.chip.signal * self._errors, width)

    # Cells

    def _cells(self, where: str, cell: str, count: float, drawn: "Reals | float") -> None:
        """Add cells; ``drawn``: W in each phase of ideal ones, beside what their lines drive."""
        owner, area = f"{where}: {cell}", None
        if self.library:
            measured = self.library[cell]
            power = np.full(len(self.beta), 2.0 * self.chip.supply * measured.current * count)
            area = measured.area
        else:
            amperes = self.current.get(owner, 0.0)
            power = np.zeros(len(self.beta)) + drawn + self.chip.supply * amperes
        passed = np.zeros(len(self.beta)) + self.passed.get(owner, 0.0)
        self.found.append(Part(owner, float(count), power, passed, area))

    def _idle(self, amplifiers: float, tails: float = 0.0) -> float:
        chip = self.chip
        current = chip.quiescent_current * amplifiers + chip.tail_current * tails
        return 2.0 * chip.supply * current

    def _layer(self, name: str) -> None:
        layer, chip = self.network.layers[name], self.chip
        potential = self._state("potential", name)
        rows, width = potential.shape[1:]
        units = rows * width
        moved = chip.supply * chip.unit_current * np.abs(potential).sum(axis=(1, 2))
        values = self.circuit.layers[name]
        tails = values.tails(rows, width)
        if values.neuron is not None:
            self._cells(name, values.cell, units, self._idle(units, tails) + moved)
        else:
            count = rows * len(clamped_rows(self.drive, layer.stored, self.example))
            self._cells(name, "membrane", units, self._idle(units) + moved)
            self._softmax(name, rows, count, tails)
            self._cells(name, "readout", units, self._idle(units))
        if layer.constant in self.network.parameters:
            given = np.asarray(self.network.parameters[layer.constant], float)
            self._biases(name, given.reshape(-1, width)[:rows])

    def _softmax(self, name: str, rows: int, count: int, units: float) -> None:
        """Add scores, branches and tails; a tail's current comes from vdd through its branches.

        ``units``: of it all tails draw together.
        """
        self._cells(name, "score", count, self._idle(count))
        tails = np.full(len(self.beta), self.chip.supply * self.chip.tail_current * units)
        self._cells(name, "wta_branch", count, self._idle(count) + tails)
        if self.library:  # what was measured of a branch is without it
            last = self.found[-1]
            self.found[-1] = replace(last, drawn=last.drawn + tails)
        area = self.library["wta_tail"].area if self.library else None
        self.found.append(Part(f"{name}: wta_tail", rows, tails, np.zeros_like(tails), area))

    def _biases(self, name: str, values: Reals) -> None:
        """Add constant currents: of transistors' chips conductances from a rail, to the same."""
        current = self.chip.unit_current * float(np.abs(values).sum())
        power = np.full(len(self.beta), self.chip.supply * current)
        self.found.append(Part(f"{name}: bias", values.size, power, np.zeros_like(power)))

    # What nudges

    @property
    def _slope(self) -> Reals:
        """Of the cost, (P, outputs)."""
        cost = self.network.cost
        assert cost is not None
        activity = self._state("activity", str(cost.layer)).reshape(len(self.beta), -1)
        scores = cost.scores(self.network, activity)
        return np.asarray(cost.slope(scores, np.broadcast_to(self.target, scores.shape)), float)

    @property
    def _errors(self) -> Reals:
        return np.asarray(self.beta[:, None] * self._slope)

    def _cost(self) -> None:
        if self.network.cost is None:
            return
        outputs = self.network.outputs
        self._cells("target", "clamp", outputs, 0.0)
        if not self.circuit.has_readout:
            amperes = self.chip.unit_current * np.abs(self._errors).sum(axis=-1)
            self._cells("target", "nudge", outputs, self.chip.supply * amperes)
            return
        self._softmax("classes", 1, outputs, 1.0)
        self._biases("classes", np.asarray(self.network.parameters["readout.bias"], float))
        self._cells("classes", "error", outputs, 0.0)
