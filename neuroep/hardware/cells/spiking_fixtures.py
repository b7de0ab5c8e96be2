"""How cells that spike are measured: the rate of their spikes against a current."""

from collections.abc import Mapping

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.cell import Axis
from neuroep.hardware.cells.fixture import Fixture, Levels
from neuroep.hardware.chip import Chip
from neuroep.hardware.netlist.deck import Deck, number

PERIOD, QUANTUM, HELD = 10e-6, 2.6e-12, 10e-12
"""Of the modulator: clock, s; charge of a spike, C; capacitor, F."""

PERIODS = 12
"""That a current stands for; of at most 0.75 quanta a period, as a packet follows the rails."""

LEAK, MEMBRANE, THRESHOLD, REFRACTORY = 0.25e-6, 5e-12, 0.3, 20e-6
"""Of the leaky neuron, in S, F, V and s."""

CURRENT = Axis("current into in", "A")


def _sigma_delta(deck: Deck, chip: Chip) -> list[str]:
    given = {"c": HELD, "q": QUANTUM, "t": PERIOD, "vs": chip.signal, "signed": 1.0}
    deck.add("dut", "sigma_delta", "in", "clk", "mem", "spike", **given)
    volts, half = number(chip.supply), number(PERIOD / 2 - 20e-9)
    clock = f"pulse(-{volts} {volts} {number(PERIOD)} 20n 20n {half} {number(PERIOD)})"
    return ["idrive 0 in dc 0 ac 1", f"vclk clk 0 {clock}", "rload spike 0 100k"]


def _per_period(time: Reals, values: Mapping[str, Reals], begin: float, end: float) -> float:
    """Return spikes a period: those that were sent, and what the capacitor has kept of one."""
    moments = np.arange(begin + 0.4 * PERIOD, end, PERIOD)
    line = np.interp(moments, time, values["spike"])
    high = np.abs(values["spike"]).max()
    sent = np.where(np.abs(line) > 0.5 * high, np.sign(line), 0.0).sum() if high > 0.05 else 0.0
    # When the clock rises nothing but the input's current has charged it for half a period.
    kept = np.diff(np.interp([begin - 1e-7, end - 1e-7], time, values["mem"]))[0]
    return float((sent + kept * HELD / QUANTUM) * PERIOD / (end - begin))


def _lif(deck: Deck, chip: Chip) -> list[str]:
    given = {"c": MEMBRANE, "g": LEAK, "vth": THRESHOLD, "tref": REFRACTORY, "vs": chip.signal}
    deck.add("dut", "lif", "in", "mem", "spike", **given)
    return ["idrive 0 in dc 0 ac 1", "rload spike 0 100k"]


def _per_second(time: Reals, values: Mapping[str, Reals], begin: float, end: float) -> float:
    """Return spikes a second, from the first spike of a level to its last."""
    high = values["spike"] > 0.5 * values["spike"].max()
    rises = time[1:][high[1:] & ~high[:-1]]
    mine = rises[(rises > begin) & (rises < end)]
    return float((len(mine) - 1) / (mine[-1] - mine[0])) if len(mine) > 1 else 0.0


def _firing(x: Reals) -> Reals:
    """Return the rate of a leaky integrate-and-fire neuron, Hz."""
    volts = np.maximum(np.asarray(x) / LEAK, THRESHOLD * (1 + 1e-12))
    return np.asarray(1.0 / (REFRACTORY + MEMBRANE / LEAK * np.log(volts / (volts - THRESHOLD))))


SPIKING = {
    "sigma_delta": Fixture(
        ("sigma_delta",),
        _sigma_delta,
        "idrive",
        CURRENT,
        lambda chip: -0.75 * QUANTUM / PERIOD,
        lambda chip: 0.75 * QUANTUM / PERIOD,
        lambda chip: QUANTUM / PERIOD,
        Axis("spikes a period", "1"),
        ((1.0, "spike"), (1.0, "mem")),
        lambda chip: 1.0,
        lambda chip, x: x * PERIOD / QUANTUM,
        free=("gain", "level"),
        levels=Levels(9, PERIODS * PERIOD, PERIOD / 40, _per_period),
        small_signals=False,
    ),
    "lif": Fixture(
        ("lif",),
        _lif,
        "idrive",
        CURRENT,
        lambda chip: 1.4 * LEAK * THRESHOLD,
        lambda chip: 4.0 * LEAK * THRESHOLD,
        lambda chip: LEAK * THRESHOLD,
        Axis("spikes", "Hz"),
        ((1.0, "spike"),),
        lambda chip: 1.0 / REFRACTORY,
        lambda chip, x: _firing(x),
        middle=2.7,
        free=("amplitude", "gain"),
        levels=Levels(5, 300e-6, 500e-9, _per_second),
        small_signals=False,
    ),
}
"""By the cell that is measured."""
