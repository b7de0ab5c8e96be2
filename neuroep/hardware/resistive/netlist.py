"""A deep resistive network as a netlist that a person can read and ngspice can run by itself."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.constants import ZERO_CELSIUS
from neuroep.core.tables import Floats, Reals
from neuroep.hardware.netlist.cells import RESISTIVE_CELLS, CellFile, read_cells
from neuroep.hardware.netlist.deck import (
    Deck,
    changed,
    measures,
    number,
    remarks,
    scaled,
    seconds,
    wrapped,
)
from neuroep.hardware.netlist.segments import add_resistor, add_segments, crossing
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.resistive.arrays import LineArray, wired
from neuroep.hardware.resistive.branches import by_layer, layer_names
from neuroep.hardware.views.bench import Reading, Synapse, Volts
from neuroep.hardware.views.view import Waveform
from neuroep.network.resistive.network import ResistiveNetwork

OPTIONS = ".options reltol=1e-6 vntol=1e-12 abstol=1e-15 gmin=1e-18"
"""Tight enough that ngspice's own error does not show. A smaller abstol would make the transient
follow the last 1e-18 A of each capacitor in steps of no use."""

RAILS = ("rail_p", "rail_n")
"""Nodes of the rails: where diodes into nodes come from, and where diodes out of nodes lead to."""

WIRED = (
    "*",
    "* Arrays have wires: synapses stand at crossings of lines, in_h1_0_w7_3 on row line 7 and",
    "* in_h1_0_b7_3 on column line 3, and resistors r_... are segments and ends of lines. The two",
    "* lines of an input are neighbours.",
)
"""What a netlist with wires says of them."""

STEPS = 4000
"""A transient takes at least that many steps."""


@dataclass(frozen=True)
class ResistiveNetlist:
    """One input in one phase as a netlist, and how to read what ngspice answers.

    ``sources``: (plus, minus, current) of everything that drives the circuit, nodes and the name of
    the ammeter that measures what leaves at ``plus``; ``start`` (n,): the voltages before it;
    ``target`` (outputs,); ``used``: the cells in it, by name.
    """

    network: ResistiveNetwork
    text: str
    sources: tuple[tuple[str, str, str], ...]
    start: Reals
    target: Reals
    used: Mapping[str, CellFile]

    def volts(self, plot: Plot) -> Volts:
        """Return the voltages of all free nodes, (T, n) of each layer."""
        names = layer_names(self.network)[1:]
        return {
            name: np.stack([plot.values[f"{name}_{i}"] for i in range(size)], axis=1)
            for name, size in zip(names, self.network.sizes[1:], strict=True)
        }

    def power(self, plot: Plot) -> Reals:
        """Return what all sources deliver, v i of each, (T,), W."""
        ground = np.zeros_like(next(iter(plot.values.values())))
        nodes = plot.values | {"0": ground}
        return sum(
            (
                (nodes[plus] - nodes[minus]) * nodes[current]
                for plus, minus, current in self.sources
            ),
            ground,
        )

    def read(self, plot: Plot) -> Reading:
        """Return waveforms and what all sources deliver."""
        volts, time = self.volts(plot), np.zeros(1)
        if plot.time is not None:
            # ngspice leaves out the start that it was given.
            time, start = np.append(0.0, plot.time), by_layer(self.network, self.start[None])
            volts = {k: np.concatenate([start[k], v]) for k, v in volts.items()}
        return Reading(Waveform(time, volts), None, self.power(plot), None, plot.shockley)

    def cost(self, plot: Plot) -> float:
        """Return the squared error of the predictions."""
        gain, out = self.network.output_gain, self.volts(plot)["out"][-1]
        return 0.5 * float(np.square((out[0::2] - out[1::2]) / gain - self.target).sum())

    def nudge(self, synapse: Synapse, change: float) -> str:
        """Return the netlist with one conductance changed."""
        name, i, j = synapse
        network = self.network
        layer, layers = list(network.parameters).index(name), layer_names(network)
        amplified = "_amp" if network.gains[layer] != 1.0 else ""
        element = f"g_{layers[layer]}_{i}{amplified}_{layers[layer + 1]}_{j}"
        return re.sub(
            rf"^(x{element} .* g=)(\S+)$",
            lambda m: m[1] + changed(m[2], change),
            self.text,
            count=1,
            flags=re.MULTILINE,
        )


def resistive_netlist(
    network: ResistiveNetwork,
    x: ArrayLike,
    cells: Mapping[str, Path],
    *,
    duration: float,
    beta: float = 0.0,
    target: ArrayLike | None = None,
    start: Reals | None = None,
    guess: Reals | None = None,
    analyses: Sequence[str] = (".op", ".tran"),
    note: str = "",
) -> ResistiveNetlist:
    """Wire up one input (inputs,), in the network's units, in one phase.

    ``cells``: the .cir file of every cell, by name; ``duration``: of the transient, s; ``target``
    (outputs,): without it the nudge is not built; ``start``, ``guess`` (n,): voltages of all free
    nodes, V, from which the transient starts (0 V when absent), and near which the operating point
    is looked for; ``note``: for the header, what a reader must know.

    An InputError: a cell's file does not fit. A ValueError: ideal diodes, which SPICE has not; an
    input of the wrong size.
    """
    wiring = _Wiring(network, cells)
    wiring.add_inputs(network.clamp(np.asarray(x, float)[None])[0])
    wiring.add_rails()
    for k in range(len(network.conductances)):
        wiring.add_synapses(k)
        wiring.add_nodes(k + 1)
    wanted = np.zeros(0) if target is None else np.asarray(target, float)
    if target is not None:
        wiring.add_nudge(wanted)
    if start is None:
        start = np.zeros(sum(network.sizes[1:]))
    lines = [
        *_header(network, beta, note),
        "",
        *(cell.text + "\n" for cell in wiring.cells.values()),
        *wiring.lines,
        "",
        *wrapped(".save", wiring.saved),
        "",
    ]
    if ".tran" in analyses:
        lines += _states(network, ".ic", start)
    if guess is not None:
        lines += _states(network, ".nodeset", guess)
    if ".op" in analyses:
        lines.append(".op")
    if ".tran" in analyses:
        # ngspice begins with a tenth of the first number, unchecked: too long for fast nodes else.
        first, longest = seconds(0.01 * duration / STEPS), seconds(duration / STEPS)
        inputs = {node: (f"v_{node}", f"({number(v)})") for node, v in wiring.inputs.items()}
        outputs = {node: node for node in wiring.nodes(len(network.sizes) - 1)}
        lines += [f".tran {first} {seconds(duration)} 0 {longest} uic", ""]
        lines += measures("input", inputs, outputs, duration)
    text = "\n".join([*lines, ".end", ""])
    return ResistiveNetlist(network, text, tuple(wiring.sources), start, wanted, wiring.used)


class _Wiring(Deck):
    """The elements of a network, layer by layer, on a deck."""

    def __init__(self, network: ResistiveNetwork, files: Mapping[str, Path]) -> None:
        super().__init__(read_cells(files, RESISTIVE_CELLS))
        self.network = network
        self.names = layer_names(network)
        self.sources: list[tuple[str, str, str]] = []
        self.inputs: dict[str, float] = {}

    def nodes(self, layer: int) -> list[str]:
        """Return the names of the nodes of a layer."""
        return [f"{self.names[layer]}_{i}" for i in range(self.network.sizes[layer])]

    def _ahead(self, layer: int) -> list[str]:
        """Return the nodes that the synapses behind a layer hang on."""
        amplified = self.network.gains[layer] != 1.0
        return [f"{node}_amp" if amplified else node for node in self.nodes(layer)]

    def _source(self, plus: str, minus: str, ammeter: str) -> None:
        self.sources.append((plus, minus, f"i({ammeter})"))
        self.saved.append(f"i({ammeter})")

    def _ammeter(self, source: str, node: str) -> None:
        """Put 0 V between a cell's pin and a node: its current is what the pin delivers."""
        self.lines.append(f"vi_{source} {source} {node} 0")

    def add_inputs(self, volts: Reals) -> None:
        """Add a voltage source for every input node."""
        self.comment("inputs: x, -x, and a pair of constants")
        for node, value in zip(self.nodes(0), volts, strict=True):
            # Backwards, so that its current is counted positive where it drives the circuit.
            self.lines.append(f"v_{node} 0 {node} {number(-value)}")
            self._source(node, "0", f"v_{node}")
            self.save(node)
            self.inputs[node] = float(value)

    def add_rails(self) -> None:
        """Add the two sources that the far ends of all diodes stand at, if that is not ground."""
        if self.network.diode is None or not self.network.diode.rail:
            return
        self.comment("rails of the diodes")
        rail = self.network.diode.rail
        for node, volts in zip(RAILS, (rail, -rail), strict=True):
            self.lines.append(f"v_{node} 0 {node} {number(-volts)}")
            self._source(node, "0", f"v_{node}")
            self.save(node)

    def add_synapses(self, layer: int) -> None:
        """Add the conductances behind a layer."""
        here, behind = self.names[layer], self.names[layer + 1]
        self.comment(f"synapses from {here} to {behind}")
        siemens = self.network.conductances[layer]
        lines, others = self._ahead(layer), self.nodes(layer + 1)
        if array := wired(self.network, layer):
            self._add_array(f"{here}_{behind}", array, lines, others, siemens)
            return
        for i, node in enumerate(lines):
            for j, other in enumerate(others):
                self.add(f"g_{node}_{other}", "conductance", node, other, g=scaled(siemens[i, j]))

    def _add_array(
        self, stem: str, array: LineArray, lines: list[str], others: list[str], siemens: Floats
    ) -> None:
        """Add synapses with their wires: devices at crossings, between the ends of lines."""
        wires = array.crossbar.wires
        for k, (first, last) in enumerate(wires.arrays(len(lines))):
            part = f"{stem}_{k}"
            for a in range(first, last):
                i = int(array.order[a])
                for j, other in enumerate(others):
                    nodes = crossing(part, a, j)
                    name = f"g_{lines[i]}_{other}"
                    self.add(name, "conductance", *nodes, g=scaled(siemens[i, j]))
                word, _ = crossing(part, a, 0)
                add_resistor(self, f"{part}_d{a}", lines[i], word, wires.row + wires.driver)
            add_segments(self, part, wires, first, last, len(others))
            for j, other in enumerate(others):
                _, bit = crossing(part, last - 1, j)
                add_resistor(self, f"{part}_e{j}", bit, other, wires.column + wires.receiver)

    def add_nodes(self, layer: int) -> None:
        """Add a layer's capacitances and, in a hidden one, its diodes and amplifiers."""
        name, nodes = self.names[layer], self.nodes(layer)
        self.comment(f"nodes of {name}")
        self.save(*nodes)
        hidden = layer <= len(self.network.hidden)
        farads = np.broadcast_to(self.network.capacitance_of(layer), len(nodes))
        for node, c in zip(nodes, farads, strict=True):
            self.add(f"c_{node}", "node_capacitance", node, "0", c=float(c))
        if not hidden:
            return
        diode, gain = self.network.diode, self.network.gains[layer]
        if diode is None:
            raise ValueError("diode: ideal diodes have no SPICE model; give them a saturation")
        saturation = np.broadcast_to(self.network.saturation_of(layer), len(nodes))
        above, below = RAILS if diode.rail else ("0", "0")
        polarities = self.network.polarity(layer)
        for node, polarity, amperes in zip(nodes, polarities, saturation, strict=True):
            values = {"is": float(amperes), "n": diode.ideality}
            pins = (above, node) if polarity > 0 else (node, below)
            self.add(f"d_{node}", "diode", *pins, **values)
        if gain == 1.0:
            return
        ahead = np.broadcast_to(self.network.gain_of(layer), len(nodes))
        share = np.broadcast_to(self.network.return_of(layer), len(nodes))
        for place, (node, line) in enumerate(zip(nodes, self._ahead(layer), strict=True)):
            taken, driven = f"{node}_in", f"{node}_out"
            a = float(ahead[place])
            own = {} if self.network.reciprocal else {"back": float(share[place]) * a}
            self.add(f"a_{node}", "bidirectional_amplifier", taken, driven, a=a, **own)
            self._ammeter(taken, node)
            self._ammeter(driven, line)
            self._source(node, "0", f"vi_{taken}")
            self._source(line, "0", f"vi_{driven}")
            self.save(line)

    def add_nudge(self, target: Reals) -> None:
        """Add the transconductor of every output and the line of its target."""
        self.comment("nudge: beta * nudge conductance * (target - output)")
        for i, value in enumerate(target):
            plus, minus, line = f"out_{2 * i}", f"out_{2 * i + 1}", f"y_{i}"
            self.lines.append(f"v_{line} {line} 0 {number(self.network.output_gain * value)}")
            pins = f"{plus}_nudge", f"{minus}_nudge"
            self.add(f"n_out_{i}", "differential_nudge", *pins, line, gm="{beta*nudge}")
            for pin, node in zip(pins, (plus, minus), strict=True):
                self._ammeter(pin, node)
                self._source(node, "0", f"vi_{pin}")


def _header(network: ResistiveNetwork, beta: float, note: str) -> list[str]:
    sizes = "-".join(str(size) for size in network.sizes)
    phase = "free phase" if beta == 0 else f"nudged phase, beta = {beta:g}"
    temperature = network.diode.temperature if network.diode else 0.0
    celsius = number(round(temperature - ZERO_CELSIUS, 9))
    return [
        f"* a deep resistive network {sizes} that learns by equilibrium propagation: {phase}",
        *remarks(note),
        *(WIRED if network.arrays else ()),
        "*",
        "* Run it with   ngspice -b -r chip.raw chip.cir   (or without -r: tables and .meas).",
        "* Node 3 of hidden layer 1 is h1_3, behind its amplifier h1_3_amp; inputs are in_0, ...,",
        "* outputs out_0, ...: prediction i is the difference of out_2i and out_2i+1.",
        "* Sources vi_... of 0 V are ammeters: what a cell's pin delivers into the circuit.",
        "* Set .param beta to nudge the outputs to their targets y_0, ...",
        "* Set .param gscale to scale all synapses at once (drift, corners).",
        "",
        f".temp {celsius}",
        # A diode's saturation is that at the chip's temperature, not to be scaled to it.
        f"{OPTIONS} tnom={celsius}",
        "",
        ".param gscale=1",
        f".param beta={number(beta)}",
        f".param nudge={number(network.nudge_conductance)}",
    ]


def _states(network: ResistiveNetwork, keyword: str, flat: Reals) -> list[str]:
    entries = [
        f"v({name}_{i})={number(value)}"
        for name, volts in by_layer(network, np.asarray(flat, float)).items()
        for i, value in enumerate(volts)
    ]
    return wrapped(keyword, entries)
