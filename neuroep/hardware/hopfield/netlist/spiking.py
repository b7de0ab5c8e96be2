"""A network whose lines spike, as a netlist: clocked modulators, pulses, and filters that receive.

One step of the solver "spiking" is one period T of the clock, in four parts. While ``sample`` is
high a sample-and-hold follows the unit's line; when it falls the line's activity s is held. While
``window`` is high the held voltage is integrated: the charge s/q quanta, q being the activity that
a spike stands for. When ``clk`` rises the sigma-delta modulator decides, and while it is high the
unit's pair of spiking lines stands at +-V_s q. Synapses turn these pulses into currents, and a
low-pass filter at each receiver has taken them in when ``sample`` falls again.

A pulse lasts half a period, and the solver's filter is fed for a whole one: what stands on the
filter is smaller by the factor that :func:`pulse_gain` returns, and its output conductance makes up
for that. Biases, clamped lines and the nudge pass no filter, and the solver takes neurons to follow
at once: their membranes have no capacitance to speak of. Of a library of transistors they keep
theirs, and clocks go from rail to rail.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.constants import ZERO_CELSIUS
from neuroep.core.tables import Reals
from neuroep.hardware.cells import CELLS
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.netlist.cost import add_cost
from neuroep.hardware.hopfield.netlist.layers import add_biases, add_clamped, add_units
from neuroep.hardware.hopfield.netlist.network import read_network_cells
from neuroep.hardware.netlist.cells import CellFile
from neuroep.hardware.netlist.deck import Deck, number, remarks, seconds, wrapped
from neuroep.hardware.programs.rawfile import Plot
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling
from neuroep.settle.hopfield.spiking import Spiking

SPIKING_CELLS = tuple(CELLS[name] for name in ("sigma_delta", "sample_hold", "gated_nudge"))
"""What spiking lines are made of, beside the cells of networks."""

SAMPLED = 0.05
"""Share of a period after which the line is held, and from which it is integrated ..."""

INTEGRATED = 0.45
"""... until here: the capacitor of the modulator then rests when the clock rises, at one half."""

EDGE = 1e-5
"""Rise and fall of all clocks, in periods: a decision must not see its own spike begin."""

SLOW_EDGE = 2e-3
"""The same of a library of transistors, whose comparators wait for their own clock."""

INSTANT = 1e-6
"""Time constant, in periods, of what the solver takes to follow at once."""

OPTIONS = ".options reltol=1e-6 vntol=1e-9 abstol=1e-12 gmin=1e-18"
"""Currents that are told apart: any finer, and ngspice spends its steps on the clocks' edges."""

SPIKING_PROCESS = (
    ".options reltol=1e-3 vntol=1e-6 abstol=1e-12 gmin=1e-13 method=gear noinit num_threads=1"
)
"""Of transistors of a process: at the tolerance of an operating point five times the steps."""

STEPS_PER_PERIOD = 50
"""Of a transient, at least."""


def pulse_gain(solver: Spiking) -> float:
    """Return by how much the solver's filter answers more to a spike than to its pulse."""
    fold = solver.time_step / solver.time_constant
    return math.expm1(-fold) / (math.expm1(-0.5 * fold) * math.exp(-SAMPLED * fold))


def why_not(circuit: Circuit) -> str:
    """Say why the lines of a network cannot be written as spiking ones; nothing if they can."""
    network = circuit.network
    if any(layer.stored for layer in network.layers.values()):
        return "attention has no netlist that spikes"
    if any(coupling.shared for coupling in network.couplings):
        return "couplings that rows share have no netlist that spikes"
    if circuit.chip.wires is not None:
        return "arrays with wires have no netlist that spikes"
    return "a softmax read-out has no netlist that spikes" if circuit.has_readout else ""


@dataclass(frozen=True)
class Modulator:
    """What the modulators of a chip are made for.

    ``quantum``: charge of a spike, C; ``capacitance``: that it is kept on, F; ``low``, ``high``: of
    clocks, V; ``transistors``: whether they are made of some, which take a packet as it is and
    show their capacitors by probes.
    """

    quantum: float
    capacitance: float
    low: float
    high: float
    transistors: bool

    @property
    def volts(self) -> float:
        """Of a quantum, V."""
        return self.quantum / self.capacitance

    def at_start(self, unit: str, charge: float, filtered: float) -> list[str]:
        """Return initial conditions of a unit: its charge in quanta, what its filter holds in V."""
        kept = charge * self.volts
        nodes = {f"{unit}_charge": kept, f"{unit}_fil": filtered}
        if self.transistors:  # amplifiers integrate what they get, inverted
            nodes = {f"xm_{unit}.m": -kept, f"{unit}_filn": -filtered}
        return [f"v({node})={number(volts)}" for node, volts in nodes.items()]


def modulator(file: CellFile, period: float, supply: float) -> Modulator:
    """Return the modulators that a cell's file makes.

    Ideal ones take any quantum. One of transistors is a current by geometry, for as long as the
    clock is high: the defaults of its file are those of one period.
    """
    if not file.models:
        values = CELLS["sigma_delta"].values()
        return Modulator(values["q"], values["c"], 0.0, 1.0, transistors=False)
    longer = period / file.default("t")
    quantum, capacitance = file.default("q") * longer, file.default("c") * longer
    return Modulator(quantum, capacitance, -supply, supply, transistors=True)


@dataclass(frozen=True)
class SpikingStart:
    """Where a phase starts: ``charge`` (n,) of the modulators, in quanta, and ``filtered`` (n,)."""

    charge: Reals
    filtered: Reals

    @classmethod
    def rest(cls, units: int) -> "SpikingStart":
        """Return where a free phase starts."""
        return cls(np.zeros(units), np.zeros(units))


@dataclass(frozen=True)
class SpikingReading:
    """What a SPICE program says, by step and unit (steps, n).

    ``spikes``: -1, 0, 1; ``potential``: normalised, when the line is held; ``charge``: in quanta,
    when it is decided upon.
    """

    spikes: np.ndarray
    potential: Reals
    charge: Reals


@dataclass(frozen=True)
class SpikingDeck:
    """One phase of one example, ``steps`` periods of ``period`` (s)."""

    text: str
    board: Board
    period: float
    steps: int
    volts_per_quantum: float

    @property
    def units(self) -> list[str]:
        """Names of all units, in the order of a state."""
        return [u for name in self.board.network.settling for u in self.board.units(name)]

    def read(self, plot: Plot) -> SpikingReading:
        """Return spikes, and what they came from."""
        assert plot.time is not None
        circuit, time = self.board.circuit, plot.time
        volts = np.concatenate(
            [np.broadcast_to(v.volts, circuit.network.size(k)) for k, v in circuit.layers.items()]
        )
        begins = np.arange(self.steps) * self.period

        def at(share: float, node: str) -> Reals:
            moments = begins + share * self.period
            found = [np.interp(moments, time, plot.values[f"{u}_{node}"]) for u in self.units]
            return np.array(found).T

        network, chip, pulses = circuit.network, circuit.chip, at(0.75, "sp")
        full = [np.full(network.size(k), network.layers[k].full_scale) for k in circuit.layers]
        height = np.minimum(chip.signal * np.concatenate(full), chip.supply)
        return SpikingReading(
            np.sign(np.where(np.abs(pulses) > 0.5 * height, pulses, 0.0)),
            at(SAMPLED - 2 * EDGE, "mem") / volts,
            at(0.5 * (INTEGRATED + 0.5), "charge") / self.volts_per_quantum,
        )


def spiking_netlist(
    circuit: Circuit,
    drive: Drive,
    cells: Mapping[str, Path],
    solver: Spiking,
    start: SpikingStart,
    *,
    steps: int,
    beta: float = 0.0,
    target: ArrayLike | None = None,
    note: str = "",
) -> SpikingDeck:
    """Wire up the one example of a drive in one phase of so many steps.

    ``cells``: the .cir file of every cell, by name; ``target`` (outputs,): without it the nudge is
    not built; ``note``: what a reader must know.

    An InputError: a cell's file does not fit. A ValueError: a weight beyond its devices' range, or
    layers and couplings that :func:`why_not` names.
    """
    if reason := why_not(circuit):
        raise ValueError(reason)
    period = solver.time_step
    files = read_network_cells(circuit, cells, SPIKING_CELLS)
    sender = modulator(files["sigma_delta"], period, circuit.chip.supply)
    if not sender.transistors:
        amperes = circuit.chip.unit_current
        leaks = {name: amperes / values.unit_volts for name, values in circuit.layers.items()}
        bare = {name: leak * INSTANT * period for name, leak in leaks.items()}
        circuit = Circuit(circuit.network, replace(circuit.chip, capacitances=bare))
    board = Board(circuit, drive, 0, Deck(files, circuit.chip.number))
    network, deck = circuit.network, board.deck
    for name, layer in network.layers.items():
        if not layer.settles:
            add_clamped(board, name)
            continue
        add_units(board, name)
        add_biases(board, name)
        _add_filters(board, name, solver)
        _add_modulators(board, name, period, sender)
    for coupling in network.couplings:
        _add_coupling(board, coupling)
    add_cost(board, beta, target)
    # A filter is first read when its line is held, SAMPLED of a period later.
    decay = math.exp(SAMPLED * period / solver.time_constant)
    ends = np.cumsum([network.size(name) for name in network.settling])[:-1]
    initial = []
    for name, charges, currents in zip(
        network.settling, np.split(start.charge, ends), np.split(start.filtered, ends), strict=True
    ):
        scale = circuit.layers[name].unit_volts * decay / pulse_gain(solver)
        for unit, charge, current in zip(board.units(name), charges, currents, strict=True):
            initial += sender.at_start(unit, float(charge), float(current * scale))
    text = [
        *_header(board, solver, steps, beta, note),
        "",
        *_clocks(period, sender),
        "",
        deck.text(),
        ".save v(vdd) i(vdd) v(vss) i(vss)",
        "",
        *wrapped(".ic", initial),
        f".tran {seconds(period / STEPS_PER_PERIOD)} {seconds(steps * period)} 0 "
        f"{seconds(period / STEPS_PER_PERIOD)}",
        "",
        "* Measured in a run without -r: V of each pair of spiking lines, averaged over the phase.",
        *(
            f".meas tran rate_{unit} AVG v({unit}_sp)"
            for name in network.settling
            for unit in board.units(name)
        ),
        ".end",
        "",
    ]
    return SpikingDeck("\n".join(text), board, period, steps, sender.volts)


def _add_filters(board: Board, layer: str, solver: Spiking) -> None:
    """Add what receives the spikes of others: a leaky capacitor, and what it sends on."""
    leak = board.circuit.chip.unit_current / board.circuit.layers[layer].unit_volts
    board.deck.comment(f"receivers of {layer}: low-pass of {solver.time_constant:g} s")
    for unit in board.units(layer):
        nodes = (f"{unit}_syn", f"{unit}_fil", f"{unit}_filp", f"{unit}_filn")
        c = leak * solver.time_constant
        board.deck.add(f"f_{unit}", "membrane", *nodes, c=c, g=leak, iq="{iq}")
        siemens = leak * pulse_gain(solver)
        into = (f"{unit}_filp", "0", f"{unit}_in")
        board.deck.add(f"s_{unit}", "differential_pair", *into, gp=siemens, gn=0.0)
        board.deck.save(f"{unit}_fil")


def _add_modulators(board: Board, layer: str, period: float, sender: Modulator) -> None:
    """Add a layer's modulators, from the units' lines to pairs of spiking lines."""
    found, signal = board.network.layers[layer], board.circuit.chip.signal
    held_on = CELLS["sample_hold"].values()["c"]
    # An ideal switch that neither leaks nor injects; transistors do what they do.
    switch = {"c": held_on, "ron": INSTANT * period / held_on, "cj": 0.0, "gl": 0.0}
    hold = {} if sender.transistors else switch
    # The full line, V_s q, brings a quantum within the window.
    window = (INTEGRATED - SAMPLED) * period
    siemens = sender.quantum / (signal * found.full_scale * window)
    height = signal * found.full_scale
    board.deck.comment(f"modulators of {layer}: a spike stands for an activity of {height:g} V")
    for unit in board.units(layer):
        held, into = f"{unit}_held", f"{unit}_acc"
        board.deck.add(
            f"h_{unit}",
            "sample_hold",
            lines(unit)[0],
            "sample",
            f"{unit}_hold",
            held,
            **hold,
        )
        board.deck.add(f"i_{unit}", "gated_nudge", "0", held, "window", into, gm=siemens)
        board.deck.add(
            f"m_{unit}",
            "sigma_delta",
            into,
            "clk",
            f"{unit}_charge",
            f"{unit}_spike",
            c=sender.capacitance,
            q=sender.quantum,
            t=period,
            vs=height,
            signed=float(found.signed),
        )
        board.deck.add(f"l_{unit}", "error", f"{unit}_spike", "0", *_spiking(unit), beta=1.0)
        board.deck.save(f"{unit}_charge", _spiking(unit)[0])


def _spiking(unit: str) -> tuple[str, str]:
    """Return the pair of lines on which a unit spikes."""
    return f"{unit}_sp", f"{unit}_sn"


def _add_coupling(board: Board, coupling: Coupling) -> None:
    """Add the pairs of a dense coupling: from spiking lines into filters, from clamped ones not."""
    network = board.network
    siemens, returning = board.both_ways(coupling)
    board.deck.comment(f"coupling {coupling.name}: gp - gn = gscale x {{gu}} x weight")
    both_ways = coupling.source in network.settling
    for i, sender in enumerate(board.units(coupling.source)):
        for j, receiver in enumerate(board.units(coupling.target)):
            ends = _spiking(sender) if both_ways else lines(sender)
            into = f"{receiver}_{'syn' if both_ways else 'in'}"
            board.pair(f"w_{sender}_{receiver}", ends, into, siemens, (i, j))
            if both_ways:
                back = (f"w_{receiver}_{sender}", _spiking(receiver), f"{sender}_syn")
                board.pair(*back, returning, (i, j))


def _clocks(period: float, sender: Modulator) -> list[str]:
    edge = (SLOW_EDGE if sender.transistors else EDGE) * period
    levels = number(sender.low), number(sender.high)

    def pulse(name: str, first: int, begin: float, end: float) -> str:
        """Return a clock that leaves its first level between two shares of each period."""
        wide = (end - begin) * period - edge
        times = (begin * period - 0.5 * edge, edge, edge, wide, period)
        edges = " ".join(map(seconds, times))
        return f"v{name} {name} 0 PULSE({levels[first]} {levels[1 - first]} {edges})"

    return [
        "* clocks, one period a step: the line is held, it is integrated, and spikes are sent",
        pulse("sample", 1, SAMPLED, 1.0),
        pulse("window", 0, SAMPLED, INTEGRATED),
        pulse("clk", 0, 0.5, 1.0),
    ]


def _header(board: Board, solver: Spiking, steps: int, beta: float, note: str) -> list[str]:
    chip = board.circuit.chip
    phase = "free phase" if beta == 0 else f"nudged phase, beta = {beta:g}"
    return [
        f"* a chip whose lines spike, learning by equilibrium propagation: {phase}",
        *remarks(note),
        "*",
        "* Run it with   ngspice -b -r chip.raw chip.cir   (or without -r: tables and .meas).",
        f"* {steps} steps of {solver.time_step:g} s. Unit 3 of a layer `hidden` is xhidden_3 with",
        "* its lines hidden_3_p and hidden_3_n as on a chip that does not spike; they are held at",
        "* hidden_3_held, the modulator's capacitor is hidden_3_charge, and hidden_3_sp and",
        "* hidden_3_sn carry its spikes to synapses. hidden_3_fil filters those that it receives.",
        "* Set .param gscale to scale all programmed conductances at once (drift, corners).",
        "",
        f".temp {number(round(chip.temperature - ZERO_CELSIUS, 9))}",
        SPIKING_PROCESS if board.deck.of_process else OPTIONS,
        "",
        f".param vdd={number(chip.supply)}",
        f".param vmin={number(chip.least_supply)}",
        f".param gu={number(chip.unit_conductance)}",
        ".param gscale=1",
        *(f".param {symbol}={number(value)}" for symbol, value in chip.shared.items()),
        f".param beta={number(beta)}",
        "",
        "vdd vdd 0 {vdd}",
        "vss vss 0 {-vdd}",
        "* What leaks: without its source a rail stands at 0 V.",
        "rdd vdd 0 1e12",
        "rss vss 0 1e12",
    ]
