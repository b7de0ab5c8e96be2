"""A chip that learns as one netlist: all examples, phases, pulses and devices in one transient."""

import time as clock
from dataclasses import dataclass

import numpy as np

from neuroep.core.constants import ZERO_CELSIUS
from neuroep.core.tables import Reals
from neuroep.hardware.cells import CELLS
from neuroep.hardware.cells.memristor import conductance
from neuroep.hardware.cells.schedule import SLOT
from neuroep.hardware.cells.waves import Wave
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.netlist.layers import add_units
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.wiring import ALWAYS
from neuroep.hardware.hopfield.plasticity.writer import SENSE, WRITE
from neuroep.hardware.netlist.cells import read_cells
from neuroep.hardware.netlist.deck import Deck, number, seconds
from neuroep.hardware.neurons.catalogue import NEURON_CELLS
from neuroep.hardware.plasticity.account import Account, Synapse
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.rawfile import Plot
from neuroep.network.hopfield.drive import make_drive

BIAS = "bias"
"""Name of the line that always carries full activity."""

RAILS = (SENSE, WRITE)

STEPS = 200
"""Of a free phase, at least; and 4 of a pulse."""


@dataclass(frozen=True)
class LearningNetlist:
    """The netlist of a chip that learns, and what its nodes are.

    ``devices``: name of each device and number of the synapse it belongs to, in the order of
    :meth:`LearningEquations.devices`.
    """

    chip: LearningChip
    text: str
    synapses: tuple[Synapse, ...]
    devices: tuple[tuple[str, int], ...]

    def read(self, plot: Plot, seconds: float) -> Account:
        """Return what a transient of it says."""
        assert plot.time is not None
        schedule, chip = self.chip.schedule, self.chip
        time, values = plot.time, plot.values
        names = [f"{s.pre}_{s.post}" for s in self.synapses]

        def of(stem: str) -> Reals:
            return np.stack([values[f"{stem}_{name}"] for name in names], axis=1)

        up, down = of("up"), of("down")
        top = (schedule.fires + 0.5 * (schedule.width + schedule.edge)).ravel()
        way = (_at(time, up, top) - _at(time, down, top)) / chip.device["vp"]
        pulses = way.reshape(schedule.examples, schedule.slots, len(names))
        written = chip.writer.read(values, self.synapses)
        before, behind = (_at(time, written, t) for t in (schedule.starts("write"), schedule.ends))
        request, left = chip.writer.asked(before, behind, pulses)
        states = np.stack([values[f"w_{name}"] for name, _ in self.devices], axis=1)
        whole = conductance(chip.device, states)
        count, minus = len(names), len(self.devices) // 2
        return Account(
            "ngspice",
            self.synapses,
            request,
            left,
            pulses,
            _at(time, whole, np.append(0.0, schedule.ends)),
            np.array([synapse for _, synapse in self.devices]),
            seconds,
            time,
            {
                "pre": np.stack([values[lines(s.pre)[0]] for s in self.synapses], axis=1),
                "post": np.stack([values[lines(s.post)[0]] for s in self.synapses], axis=1),
                **chip.writer.waves(written),
                "up": up,
                "down": down,
                "plus": whole[:, :count],
                "minus": whole[:, minus : minus + count],
            },
            {
                rails: chip.circuit.chip.supply
                * (values[f"i(vss_{rails})"] - values[f"i(vdd_{rails})"])
                for rails in RAILS
            },
        )


def _at(time: Reals, values: Reals, moments: Reals) -> Reals:
    return np.stack([np.interp(moments, time, column) for column in values.T], axis=1)


def learning_netlist(chip: LearningChip) -> LearningNetlist:
    """Wire a chip that learns.

    Raises
    ------
    InputError
        A cell's file does not fit.
    """
    network, schedule = chip.circuit.network, chip.schedule
    used = {values.cell for values in chip.circuit.layers.values()}
    neurons = [n.cell for n in NEURON_CELLS.values() if n.cell.name in used]
    others = [CELLS[name] for name in ("memristor", "gated_nudge", *chip.writer.cells)]
    deck = Deck(read_cells(chip.cells, [*neurons, *others]))
    board = Board(chip.circuit, make_drive(network, chip.clamped(0)), 0, deck)
    start: dict[str, float] = {}
    _add_lines(board, chip)
    for name in network.settling:
        add_units(board, name)
        start |= {f"{unit}_mem": 0.0 for unit in board.units(name)}
    _add_nudge(board, chip)
    units = {name: board.units(name) for name in network.layers}
    synapses = chip.wiring.named({ALWAYS: [BIAS], **units})
    chip.writer.add(board, synapses, start)
    devices = _add_devices(board, chip, synapses, start)
    step = seconds(min(schedule.free / STEPS, schedule.width / SLOT))
    states = [f"v({node})={number(volts)}" for node, volts in start.items()]
    text = [
        *_header(chip),
        "",
        deck.text(),
        *(f".ic {' '.join(states[k : k + 6])}" for k in range(0, len(states), 6)),
        f".tran {step} {seconds(schedule.end)} 0 {step} uic",
        ".end",
        "",
    ]
    return LearningNetlist(chip, "\n".join(text), synapses, devices)


def _header(chip: LearningChip) -> list[str]:
    values, schedule = chip.circuit.chip, chip.schedule
    return [
        "* a chip that learns by equilibrium propagation, by itself",
        "*",
        f"* {schedule.examples} examples, each of free phase, +beta, -beta and writing:"
        f" {seconds(schedule.cycle)} s",
        "* Unit 3 of a layer `hidden` is xhidden_3; the synapse from x_0 to it has write lines"
        " up_x_0_hidden_3,",
        "* down_x_0_hidden_3, and devices xg_x_0_hidden_3_p and ..._n; its bias is a synapse of the"
        " line bias_p.",
        "",
        f".temp {number(round(values.temperature - ZERO_CELSIUS, 9))}",
        f".options {chip.writer.options} gmin=1e-18",
        f".param vdd={number(values.supply)}",
        f".param vmin={number(values.least_supply)}",
        *(f".param {symbol}={number(value)}" for symbol, value in values.shared.items()),
        *(
            line
            for rails in ("", *(f"_{name}" for name in RAILS))
            for line in (f"vdd{rails} vdd{rails} 0 {{vdd}}", f"vss{rails} vss{rails} 0 {{-vdd}}")
        ),
        *(f".save i(vdd_{name}) i(vss_{name})" for name in RAILS),
    ]


def _drive(board: Board, node: str, wave: Wave) -> None:
    board.deck.lines.append(f"v{node} {node} 0 {wave.text}")


def _add_lines(board: Board, chip: LearningChip) -> None:
    """Add what comes from outside: clocks, targets, and clamped inputs with their inverses."""
    schedule, signal = chip.schedule, chip.circuit.chip.signal
    board.deck.comment("clocks")
    for node, wave in {
        "beta": schedule.beta(chip.strength),
        "plus": schedule.window_of("plus"),
        "minus": schedule.window_of("minus"),
        "sample": schedule.sample,
        "fire": schedule.fire,
    }.items():
        _drive(board, node, wave)
    board.deck.comment("targets")
    for k, column in enumerate(chip.targets.T):
        _drive(board, f"target_{k}", schedule.by_example(signal * column))
    board.deck.comment("what biases are synapses of: full activity")
    for node, sign in zip(lines(BIAS), (1.0, -1.0), strict=True):
        board.deck.lines.append(f"v{node} {node} 0 {number(sign * signal)}")
    board.deck.save(*lines(BIAS))
    for name in chip.circuit.network.clamped:
        board.deck.comment(f"layer {name}: clamped")
        for unit, column in zip(board.units(name), chip.inputs[name].T, strict=True):
            wave = schedule.by_example(signal * column)
            for node, sign in zip(lines(unit), (1.0, -1.0), strict=True):
                _drive(board, node, Wave(wave.times, sign * wave.values))
            board.deck.save(*lines(unit))


def _add_nudge(board: Board, chip: LearningChip) -> None:
    cost, siemens = chip.circuit.network.cost, chip.circuit.chip.unit_conductance
    assert cost is not None
    board.deck.comment("nudge: gu V(beta) (V(target) - V(output)) into every output")
    for k, unit in enumerate(board.units(str(cost.layer))):
        nodes = (lines(unit)[0], f"target_{k}", "beta", f"{unit}_in")
        board.deck.add(f"nudge_{k}", "gated_nudge", *nodes, gm=siemens)


def _add_devices(
    board: Board, chip: LearningChip, synapses: tuple[Synapse, ...], start: dict[str, float]
) -> tuple[tuple[str, int], ...]:
    """Add the devices of every synapse; return them, plus ones first."""
    plus, minus = chip.states()
    both_ways = {a.name for a in chip.wiring.arrays if chip.both_ways(a)}
    found: dict[str, list[tuple[str, int]]] = {"p": [], "n": []}
    board.deck.comment("pairs of devices, written by the circuits and read by the network")
    for back in (False, True):
        for k, s in enumerate(synapses):
            if back and s.coupling not in both_ways:
                continue
            a, b = (s.post, s.pre) if back else (s.pre, s.post)
            write = (f"up_{s.pre}_{s.post}", f"down_{s.pre}_{s.post}")
            for which, line, raised, state in zip(
                "pn", lines(a), (write, write[::-1]), (plus[k], minus[k]), strict=True
            ):
                device = f"{a}_{b}_{which}"
                nodes = (line, f"{b}_in", *raised, f"w_{device}")
                board.deck.add(f"g_{device}", "memristor", *nodes, **chip.device)
                board.deck.save(f"w_{device}")
                start[f"w_{device}"] = float(state)
                found[which].append((device, k))
    return (*found["p"], *found["n"])


def learn_in_ngspice(chip: LearningChip, timeout: float) -> Account:
    """Let a chip learn in ngspice; ``timeout``: s.

    Raises
    ------
    InputError
        See :func:`neuroep.hardware.programs.ngspice.run_deck`; or a cell's file does not fit.
    """
    begun = clock.perf_counter()
    netlist = learning_netlist(chip)
    (plot,) = run_deck(netlist.text, timeout=timeout)
    return netlist.read(plot, clock.perf_counter() - begun)
