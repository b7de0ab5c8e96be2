"""How each cell is measured."""

import math
from collections.abc import Callable

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.cell import Axis
from neuroep.hardware.cells.fixture import Fixture
from neuroep.hardware.cells.spiking_fixtures import SPIKING
from neuroep.hardware.chip import Chip
from neuroep.hardware.netlist.deck import Deck, number

FAN_IN, FAN_OUT = 6, 4
"""Pairs of conductances that end at a virtual ground, and that hang on a pair of lines."""

SHARES = 4
"""Branches of the winner-take-all that is measured."""


AHEAD = 4.0
"""Voltage gain of the amplifier between layers."""

JUNCTION = (1e-14, 1.36)
"""Saturation current, A, and ideality of the law that a junction is held against."""

LINES = ((0.5, "outp"), (-0.5, "outn"))
CURRENT, VOLTS = Axis("current into in", "A"), Axis("activity line", "V")


def _loaded(chip: Chip, ground: str = "in") -> list[str]:
    """Return the conductances that a cell sees in a network."""
    into = 2.0 * FAN_IN * chip.middle_conductance
    onto = FAN_OUT * chip.middle_conductance
    return [
        f"rground {ground} 0 {number(1.0 / into)}",
        f"rp outp 0 {number(1.0 / onto)}",
        f"rn outn 0 {number(1.0 / onto)}",
    ]


def _neuron(
    name: str,
    volts: Callable[[Chip], float],
    own: Callable[[Chip], dict[str, float]],
    ideal: Callable[[Reals], Reals],
    low: float,
    high: float,
    middle: float,
) -> Fixture:
    """Return the fixture of a neuron: a current in, its lines out; units are unit potentials."""

    def place(deck: Deck, chip: Chip) -> list[str]:
        given = {k: v for k, v in chip.shared.items() if k in _symbols(deck, name)} | own(chip)
        leak = chip.unit_current / volts(chip)
        deck.add("dut", name, "in", "mem", "outp", "outn", c=chip.capacitance, g=leak, **given)
        return ["idrive 0 in dc 0 ac 1", *_loaded(chip)]

    return Fixture(
        (name,),
        place,
        "idrive",
        CURRENT,
        lambda chip: low * chip.unit_current,
        lambda chip: high * chip.unit_current,
        lambda chip: chip.unit_current,
        VOLTS,
        LINES,
        lambda chip: chip.signal,
        lambda chip, x: chip.signal * ideal(x / chip.unit_current),
        middle,
    )


def _symbols(deck: Deck, name: str) -> set[str]:
    return {parameter.symbol for parameter in deck.cells[name].cell.parameters}


def _linear(
    name: str,
    source: str,
    place: Callable[[Deck, Chip], list[str]],
    high: Callable[[Chip], float],
    ideal: Callable[[Chip, Reals], Reals],
    x: Axis,
    **more: object,
) -> Fixture:
    """Return the fixture of a cell that is linear over a range of both signs, its unit."""
    options: dict[str, object] = {"y": VOLTS, "read": LINES, "full": lambda chip: chip.signal}
    return Fixture(
        (name,),
        place,
        source,
        x,
        lambda chip: -high(chip),
        high,
        high,
        ideal=ideal,
        free=("gain", "level"),
        **(options | more),  # type: ignore[arg-type]
    )


def _membrane(deck: Deck, chip: Chip) -> list[str]:
    leak = chip.unit_current / chip.signal
    deck.add("dut", "membrane", "in", "mem", "outp", "outn", c=chip.capacitance, g=leak)
    return ["idrive 0 in dc 0 ac 1", *_loaded(chip)]


def _readout(deck: Deck, chip: Chip) -> list[str]:
    deck.add("dut", "readout", "in", "outp", "outn", r=1.0 / chip.pattern_conductance)
    return ["idrive 0 in dc 0 ac 1", *_loaded(chip)]


def _resistance(chip: Chip) -> float:
    """Return the transresistance of scores at an inverse temperature of 1."""
    return chip.volts_per_fold / (chip.pattern_conductance * chip.signal)


def _score(deck: Deck, chip: Chip) -> list[str]:
    deck.add("dut", "score", "in", "gate", r=_resistance(chip))
    into = 2.0 * FAN_IN * chip.middle_conductance
    return ["idrive 0 in dc 0 ac 1", f"rground in 0 {number(1.0 / into)}"]


def _clamp(deck: Deck, chip: Chip) -> list[str]:
    deck.add("dut", "clamp", "outp", "outn", v=0.0)
    return _loaded(chip, "outp")[1:]


def _error(deck: Deck, chip: Chip) -> list[str]:
    deck.add("dut", "error", "p", "y", "outp", "outn", beta=0.5)
    return ["vdrive p 0 dc 0 ac 1", "vy y 0 0", *_loaded(chip, "outp")[1:]]


def _nudge(deck: Deck, chip: Chip) -> list[str]:
    deck.add("dut", "nudge", "out", "y", "in", gm=0.2 * chip.unit_conductance)
    return ["vdrive y 0 dc 0 ac 1", "vout out 0 0", "vin in 0 0"]


def _shares(deck: Deck, chip: Chip) -> list[str]:
    lines = ["vdrive gate0 0 dc 0 ac 1"]
    for k in range(SHARES):
        ends = ("outp", "outn") if k == 0 else (f"p{k}", f"n{k}")
        deck.add(f"branch{k}", "wta_branch", f"gate{k}", "tail", *ends)
        if k:
            lines.append(f"vgate{k} gate{k} 0 0")
    deck.add("tail", "wta_tail", "tail")
    return [*lines, *_loaded(chip, "outp")[1:]]


def _share(chip: Chip, x: Reals) -> Reals:
    odds = np.exp(x / chip.volts_per_fold)
    return np.asarray(chip.signal * odds / (odds + SHARES - 1))


def _diode(deck: Deck, chip: Chip) -> list[str]:
    values = {"is": JUNCTION[0], "n": JUNCTION[1]}
    deck.add("dut", "diode", "a", "0", **values)
    return ["vdrive a 0 dc 0 ac 1"]


def _amplifier(deck: Deck, chip: Chip) -> list[str]:
    deck.add("dut", "bidirectional_amplifier", "node", "out", a=AHEAD)
    return ["vdrive node 0 dc 0 ac 1", f"rload out 0 {number(0.25 / chip.unit_conductance)}"]


def _folds(count: float) -> Callable[[Chip], float]:
    return lambda chip: count * chip.volts_per_fold


GATE = Axis("gate voltage", "V")
INPUT = Axis("input", "V")

FIXTURES: dict[str, Fixture] = {
    "tanh": _neuron("tanh", _folds(2.0), lambda chip: {}, np.tanh, -4.0, 4.0, 0.0),
    "sigmoid": _neuron(
        "sigmoid",
        _folds(4.0),
        lambda chip: {"vref": 2.0 * chip.volts_per_fold},
        lambda u: np.asarray(1.0 / (1.0 + np.exp(-4.0 * (u - 0.5)))),
        -1.0,
        2.0,
        0.5,
    ),
    "hard_sigmoid": _neuron(
        "hard_sigmoid",
        lambda chip: 0.4,
        lambda chip: {"vu": 0.4, "gain": 1.0},
        lambda u: np.asarray(np.clip(u, 0.0, 1.0)),
        -0.5,
        1.5,
        0.5,
    ),
    "linear": _neuron(
        "linear",
        lambda chip: chip.signal,
        lambda chip: {"vu": chip.signal, "gain": 1.0},
        lambda u: u,
        -1.0,
        1.0,
        0.0,
    ),
    "membrane": _linear(
        "membrane",
        "idrive",
        _membrane,
        lambda chip: chip.unit_current,
        lambda chip, x: x * chip.signal / chip.unit_current,
        CURRENT,
    ),
    "readout": _linear(
        "readout",
        "idrive",
        _readout,
        lambda chip: chip.pattern_conductance * chip.signal,
        lambda chip, x: x / chip.pattern_conductance,
        CURRENT,
    ),
    "score": _linear(
        "score",
        "idrive",
        _score,
        lambda chip: 4.0 * chip.pattern_conductance * chip.signal,
        lambda chip, x: x * _resistance(chip),
        CURRENT,
        y=GATE,
        read=((1.0, "gate"),),
        full=lambda chip: 4.0 * chip.volts_per_fold,
        output="gate",
    ),
    "clamp": _linear(
        "clamp", "v.xdut.vin", _clamp, lambda chip: chip.signal, lambda chip, x: x, INPUT
    ),
    "error": _linear(
        "error",
        "vdrive",
        _error,
        lambda chip: chip.signal,
        lambda chip, x: 0.5 * x,
        INPUT,
        full=lambda chip: 0.5 * chip.signal,
    ),
    "nudge": _linear(
        "nudge",
        "vdrive",
        _nudge,
        lambda chip: chip.signal,
        lambda chip, x: 0.2 * chip.unit_conductance * x,
        Axis("target line", "V"),
        y=Axis("current into in", "A"),
        read=((1.0, "i(vin)"),),
        full=lambda chip: 0.2 * chip.unit_current,
        output="",
    ),
    # Gain ahead times gain back: with a and 1/a a load is felt at the node as it is.
    "bidirectional_amplifier": _linear(
        "bidirectional_amplifier",
        "vdrive",
        _amplifier,
        lambda chip: 0.1,
        lambda chip, x: 4.0 * chip.unit_conductance * x,
        Axis("voltage of the node", "V"),
        y=Axis("current into the node", "A"),
        read=((-1.0, "i(vdrive)"),),
        full=lambda chip: 0.4 * chip.unit_conductance,
        output="",
    ),
    "wta_branch": Fixture(
        ("wta_branch", "wta_tail"),
        _shares,
        "vdrive",
        GATE,
        _folds(-4.0),
        _folds(6.0),
        lambda chip: chip.volts_per_fold,
        VOLTS,
        LINES,
        lambda chip: chip.signal,
        _share,
        middle=float(np.log(SHARES - 1)),
    ),
    "diode": Fixture(
        ("diode",),
        _diode,
        "vdrive",
        Axis("forward voltage", "V"),
        lambda chip: 0.45,
        lambda chip: 0.7,
        lambda chip: JUNCTION[1] * chip.thermal_voltage,
        Axis("log10 of the current in A", "1"),
        ((-1.0, "i(vdrive)"),),
        lambda chip: 1.0,
        lambda chip, x: (
            np.log10(JUNCTION[0]) + math.log10(math.e) * x / (JUNCTION[1] * chip.thermal_voltage)
        ),
        middle=16.0,
        free=("gain", "level"),
        scale=np.log10,
        output="",
        small_signals=False,
    ),
    **SPIKING,
}
"""By the cell that is measured."""
