"""A correlator and a capacitor in every synapse: the cell ``plasticity`` all over a chip."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import CELLS, Values
from neuroep.hardware.cells.correlator import product_current
from neuroep.hardware.cells.plasticity import capacitor_current, decision, one_example
from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.plasticity.wiring import Wiring
from neuroep.hardware.hopfield.plasticity.writer import SENSE, WRITE, Clocks, Lines
from neuroep.hardware.plasticity.account import Account, Synapse
from neuroep.hardware.plasticity.rails import power
from neuroep.hardware.plasticity.settings import Plasticity


class Accumulators:
    """The capacitors of all synapses, whose voltages are the state.

    Parameters
    ----------
    plasticity : Plasticity
    chip : Chip
    device : Values
        Of the cell ``memristor``.
    """

    cells = ("plasticity", *CELLS["plasticity"].parts)
    options = "reltol=1e-8 vntol=1e-12 abstol=1e-18"
    """Behind each corner ngspice begins with a method of first order: what that costs adds up."""
    unit = "V"
    decides = "thresholds"
    rails: ClassVar[Mapping[str, str]] = {
        SENSE: "correlators",
        WRITE: "comparators, drivers and pumps",
    }

    def __init__(
        self,
        wiring: Wiring,
        schedule: Schedule,
        plasticity: Plasticity,
        chip: Chip,
        device: Values,
    ) -> None:
        self.wiring, self.schedule, self.supply = wiring, schedule, chip.supply
        self.values = plasticity.synapse(chip, device)
        self.width = wiring.count

    @property
    def pulse(self) -> float:
        """What a capacitor loses with a pulse, V."""
        return self.values["vth"]

    @property
    def threshold(self) -> float:
        """At which the comparators switch, V."""
        return self.values["vth"] + self.values["vos"]

    def slopes(
        self, lines: Lines, clocks: Clocks, rates: Clocks, state: Reals, way: Reals
    ) -> Reals:
        """Return the slope of the capacitors, V/s."""
        p = self.values
        product = product_current(p, *self.wiring.ends_of(lines))
        fired = p["vp"] * clocks.fire * way
        charging = capacitor_current(p, product, clocks.plus - clocks.minus, fired)
        return np.asarray((charging - p["gl"] * state) / p["c"])

    def decide(self, example: int, slot: int, state: Reals) -> Reals:
        """Return what all comparators say."""
        return decision(self.values, state)

    def one_example(
        self, example: int, nudged: tuple[Lines, Lines], state: Reals
    ) -> tuple[Reals, Reals, Reals]:
        """Return capacitors before and behind writing, and pulses, in closed form."""
        plus, minus = (product_current(self.values, *self.wiring.ends_of(s)) for s in nudged)
        asked, fired, left = one_example(self.values, self.schedule, example, (plus, minus), state)
        return asked, left, fired

    def asked(self, before: Reals, behind: Reals, pulses: Reals) -> tuple[Reals, Reals]:
        """Return what stands on the capacitors."""
        return before, behind

    def waves(self, states: Reals) -> dict[str, Reals]:
        """Return the capacitors."""
        return {"acc": states}

    def power(self, lines: Lines, clocks: Clocks, states: Reals, ways: Reals) -> dict[str, Reals]:
        """Return what correlators take, and what comparators, drivers and pumps do, W."""
        p = self.values
        window = np.asarray(clocks.plus - clocks.minus)[:, None]
        charging = window * product_current(p, *self.wiring.ends_of(lines))
        fired = p["vp"] * np.asarray(clocks.fire)[:, None] * ways
        packet = capacitor_current(p, np.zeros(()), 0.0, fired)
        counts = {"comparator": 2, "pulse_driver": 2, "charge_pump": 1}
        idle = self.width * sum(n * CELLS[name].values()["iq"] for name, n in counts.items())
        return {
            SENSE: power(self.supply, self.width * CELLS["correlator"].values()["iq"], charging),
            WRITE: power(self.supply, idle, packet),
        }

    def bracket(self, account: Account) -> tuple[float, float]:
        """Return between which shares of the threshold one would have decided the same."""
        silent, fired = account.bracket(self.pulse)
        return silent / self.threshold, fired / self.threshold

    def add(self, board: Board, synapses: tuple[Synapse, ...], start: dict[str, float]) -> None:
        """Add the circuit of every synapse, whose capacitor is acc_PRE_POST."""
        board.deck.comment("plasticity circuits")
        for s in synapses:
            up, down, acc = (f"{stem}_{s.pre}_{s.post}" for stem in ("up", "down", "acc"))
            ends = (lines(s.pre)[0], lines(s.post)[0])
            clocks = ("plus", "minus", "sample", "fire")
            board.deck.add_on(
                (f"vdd_{WRITE}", f"vss_{WRITE}"),
                f"s_{s.pre}_{s.post}",
                "plasticity",
                *(*ends, *clocks, up, down, acc, f"vdd_{SENSE}", f"vss_{SENSE}"),
                **self.values,
            )
            board.deck.save(up, down, acc)
            start[acc] = 0.0

    def read(self, values: Mapping[str, Reals], synapses: tuple[Synapse, ...]) -> Reals:
        """Return the capacitors."""
        return np.stack([values[f"acc_{s.pre}_{s.post}"] for s in synapses], axis=1)
