"""A circuit's equations in plain numpy, element by element: the slow and obvious second opinion.

Every current here is a conductance in siemens times a voltage in volts, and every activation is
that of its transistors. scipy integrates it; nothing of the kernels is used.
"""

from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import READOUT, Circuit
from neuroep.hardware.hopfield.one_example import clamped_rows
from neuroep.hardware.hopfield.supply import constant_power
from neuroep.hardware.views.bench import Volts
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling


@dataclass(frozen=True)
class Nodes:
    """What stands on a chip at one moment.

    ``lines``: volts of the activity lines by layer; ``net``: current into each membrane, A;
    ``gross``: sum of the magnitudes of the currents at its node, A; ``power``: drawn, W.
    """

    lines: Volts
    net: Volts
    gross: Volts
    power: float


class CircuitEquations:
    """The equations of one example on a chip, nudged by ``beta`` to ``target`` (outputs,)."""

    def __init__(
        self,
        circuit: Circuit,
        drive: Drive,
        example: int = 0,
        beta: float = 0.0,
        target: Reals | None = None,
    ) -> None:
        self.circuit, self.network, self.chip = circuit, circuit.network, circuit.chip
        self.names = self.network.settling
        self.shapes = {name: self.network.shape(name) for name in self.names}
        self.rows = {k: self.network.layers[k].used_rows(drive, example) for k in self.names}
        self.beta, self.target = beta, target
        parameters = self.network.parameters
        self.arrays = {c: circuit.array(c) for c in self.network.couplings}
        self.couplings = {c: self._siemens(c) for c in self.network.couplings}
        self.constant_power = constant_power(circuit, drive, example)
        self.patterns: dict[str, tuple[Reals, Reals]] = {}
        for name in self.names:
            if stored := self.network.layers[name].stored:
                values = clamped_rows(drive, stored, example)
                self.patterns[name] = circuit.pattern_pair(values, stored)
        if circuit.has_readout:
            self.readout = circuit.pair(parameters[READOUT], READOUT)
        self.constant, self.constant_gross = {}, {}
        for name in self.names:
            key = self.network.layers[name].constant
            bias = np.zeros(self.shapes[name])
            if key in parameters:
                bias = np.asarray(parameters[key], float).reshape(self.shapes[name])
            net = self.chip.unit_current * bias
            gross = np.abs(net)
            for c, (weight, total) in self.couplings.items():
                if c.target == name and not self.network.layers[c.source].settles:
                    values = self.chip.signal * clamped_rows(drive, c.source, example)
                    if c.shared:
                        net[: len(values)] += values @ weight
                        gross[: len(values)] += np.abs(values) @ total
                    else:
                        flat = values.ravel()
                        net += (flat @ weight[: flat.size]).reshape(net.shape)
                        gross += (np.abs(flat) @ total[: flat.size]).reshape(net.shape)
            self.constant[name], self.constant_gross[name] = net, gross

    def _siemens(self, c: Coupling) -> tuple[Reals, Reals]:
        """Return the currents that a coupling carries per volt, net and gross, S."""
        array = self.arrays[c]
        if array is not None:
            return array.net, array.gross
        plus, minus = self.circuit.pair(self.network.parameters[c.name], c.name)
        return plus - minus, plus + minus

    def split(self, flat: Reals) -> Volts:
        """Return membrane voltages of all units (n,), by layer and as (rows, width)."""
        sizes = [rows * width for rows, width in self.shapes.values()]
        parts = np.split(flat, np.cumsum(sizes)[:-1])
        return {
            name: part.reshape(self.shapes[name])
            for name, part in zip(self.names, parts, strict=True)
        }

    def lines(self, volts: Volts) -> tuple[Volts, float]:
        """Return the volts of all activity lines, and the power that attention draws, W."""
        chip, pair = self.chip, 2.0 * self.chip.middle_conductance
        found: Volts = {}
        power = 0.0
        for name in self.names:
            v = volts[name]
            if name not in self.patterns:
                found[name] = self.circuit.line(name, v)
                continue
            plus, minus = self.patterns[name]
            line = found[name] = np.zeros_like(v)
            used = self.rows[name]
            if used:
                asked, shares, read = attending(self.circuit, name, v[:used], plus - minus)
                line[:used] = shares @ (plus - minus) / chip.pattern_conductance * read
                driven = np.abs(asked).sum() * len(plus) + shares.sum() * v.shape[1]
                power += chip.supply * pair * float(driven)
        return found, power

    def line_waves(self, name: str, membranes: Reals) -> Reals:
        """Return the volts of a layer's lines over time (T, units in use), of its membranes'."""
        if name not in self.patterns:
            return self.circuit.line(name, membranes)
        plus, minus = self.patterns[name]
        v = membranes.reshape(-1, *self.shapes[name])[:, : self.rows[name]]
        _, shares, read = attending(self.circuit, name, v, plus - minus)
        lines = shares @ (plus - minus) / self.chip.pattern_conductance * read
        return np.asarray(lines.reshape(len(membranes), -1))

    def _way_back(self, c: Coupling) -> tuple[Reals, Reals, Reals | None]:
        """Return net and gross currents of a coupling's way back per volt, and drivers', S."""
        array = self.circuit.array(c, back=True)
        if array is not None:
            return array.net.T, array.gross.T, array.receivers_load
        plus, minus = self.circuit.way_back(c)
        return (plus - minus).T, (plus + minus).T, None

    def nodes(self, flat: Reals) -> Nodes:
        """Return all currents at given membrane voltages (n,)."""
        volts = self.split(flat)
        lines, power = self.lines(volts)
        power += self.constant_power
        arriving = {name: value.copy() for name, value in self.constant.items()}
        gross = {name: value.copy() for name, value in self.constant_gross.items()}
        for c, (weight, both) in self.couplings.items():
            array = self.arrays[c]
            if not self.network.layers[c.source].settles:
                continue
            for a, b, g, total, load in (
                (c.source, c.target, weight, both, array.senders_load if array else None),
                (c.target, c.source, *self._way_back(c)),
            ):
                rows = self.shapes[a][0] if c.shared else 1
                shape = self.shapes[b]
                volts_of = lines[a].reshape(rows, -1)
                arriving[b] += (volts_of @ g).reshape(shape)
                sunk = (np.abs(volts_of) @ total).reshape(shape)
                sunk[self.rows[b] :] = 0.0
                gross[b] += sunk
                wired = volts_of[: self.rows[b]] if c.shared else volts_of
                drawn = sunk if load is None else np.abs(wired @ load)
                power += self.chip.supply * float(drawn.sum())
        power += self._nudge(lines, arriving, gross)
        net = {}
        for name, current in arriving.items():
            current[self.rows[name] :] = 0.0
            leaked = np.reshape(self.circuit.layers[name].leak * volts[name].ravel(), current.shape)
            power += self.chip.supply * float(np.abs(current).sum())
            net[name] = current - leaked
            gross[name] += np.abs(leaked)
        return Nodes(lines, net, gross, power)

    def _nudge(self, lines: Volts, arriving: Volts, gross: Volts) -> float:
        """Add the nudge's current to the output layer; return the power of all of its cells."""
        cost, chip = self.network.cost, self.chip
        if cost is None:
            return 0.0
        name = str(cost.layer)
        s = lines[name].ravel()
        if self.circuit.has_readout:
            plus, minus = self.readout
            power = chip.supply * float((np.abs(s) @ (plus + minus)).sum())
            if self.beta == 0.0 or self.target is None:
                return power
            bias = np.asarray(self.network.parameters["readout.bias"], float)
            logits = (s @ (plus - minus) / chip.unit_current) + bias
            share = np.exp(logits - logits.max())
            error = share / share.sum() * self.target.sum() - self.target
            lines_back = chip.signal * self.beta * error
            current = -lines_back @ (plus - minus).T
            sunk = np.abs(lines_back) @ (plus + minus).T
            power += chip.supply * float(sunk.sum())
        else:
            if self.beta == 0.0 or self.target is None:
                return 0.0
            y = chip.signal * self.target
            current = self.beta * chip.unit_conductance * (y - s)
            sunk = np.abs(current)
            power = chip.supply * float(sunk.sum())
        arriving[name] += current.reshape(arriving[name].shape)
        gross[name] += sunk.reshape(gross[name].shape)
        return power

    def rate(self, _time: float, state: Reals) -> Reals:
        """Return d/dt of (membrane voltages, energy drawn), (n + 1,), in V/s and W."""
        nodes = self.nodes(state[:-1])
        parts = [
            nodes.net[name].ravel() / self.circuit.layers[name].capacitance for name in self.names
        ]
        return np.concatenate([*parts, [nodes.power]])

    def balance(self, flat: Reals) -> float:
        """Return the largest net current into a membrane, relative to the currents at its node."""
        nodes = self.nodes(flat)
        worst = 0.0
        for name in self.names:
            net, gross = np.abs(nodes.net[name]), nodes.gross[name]
            worst = max(worst, float((net / np.where(gross > 0, gross, 1.0)).max(initial=0.0)))
        return worst


def attending(
    circuit: Circuit, name: str, membrane: Reals, siemens: Reals
) -> tuple[Reals, Reals, Reals | float]:
    """Return what a layer of attention asks with, its shares, and factors on what is read.

    ``membrane`` (..., rows in use, width), V; ``siemens`` (tokens, width): what pairs that hold the
    stored patterns carry per volt, S. Lines that ask are (..., rows, width), V, those of the shares
    (..., rows, tokens), V; factors (width,) or (rows, width).
    """
    chip, found = circuit.chip, circuit.layers[name].rows
    used, width = membrane.shape[-2:]
    offset: Reals | float = 0.0
    gate: Reals | float = 0.0
    tail: Reals | float = 1.0
    read: Reals | float = 1.0
    if found is not None:
        offset, read = (
            np.reshape(part, (-1, width))[:used]
            for part in (circuit.layers[name].own["vos"], found.read)
        )
        gate, tail = found.gate[:used, : len(siemens)], found.tail[:used, None]
    asked = np.clip(membrane + offset, -chip.supply, chip.supply)
    folds = (circuit.score_resistance(name) * asked @ siemens.T + gate) / chip.volts_per_fold
    shares = np.exp(folds - folds.max(axis=-1, keepdims=True, initial=-np.inf))
    shares /= shares.sum(axis=-1, keepdims=True)
    shares *= chip.signal * tail
    return asked, shares, read
