"""Trains of pulses on rows and columns: the cell ``coincidence`` all over a chip.

Every line has two samplers, which keep it at +beta and at -beta, and senders of trains. In the
first half of the write phase rows send the mean and columns the difference of what is kept, in the
second half the other way round; a synapse is written where both have a pulse.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import CELLS, Values
from neuroep.hardware.cells.coincidence import drawn, met, trains
from neuroep.hardware.cells.sample_hold import injection
from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.cells.waves import levels
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.plasticity.wiring import Wiring
from neuroep.hardware.hopfield.plasticity.writer import SENSE, WRITE, Clocks, Lines
from neuroep.hardware.plasticity.account import Account, Synapse
from neuroep.hardware.plasticity.rails import power
from neuroep.hardware.plasticity.settings import Plasticity

ROW, COLUMN = "row", "col"
PHASES = ("plus", "minus")


class Coincidences:
    """The samplers of all lines, whose capacitors are the state: all at +beta, then all at -beta.

    Parameters
    ----------
    plasticity : Plasticity
    chip : Chip
    device : Values
        Of the cell ``memristor``.
    """

    cells = ("sample_hold", *CELLS["train"].parts, "train", "coincidence")
    options = "reltol=1e-7 vntol=1e-10 abstol=1e-15"
    """Nothing adds up but the devices; samplers, of a nanosecond, make more digits slow."""
    unit = "pulses"
    pulse = 1.0
    threshold = 0.0
    decides = "what trains send"
    rails: ClassVar[Mapping[str, str]] = {SENSE: "samplers", WRITE: "trains and gates"}

    def __init__(
        self,
        wiring: Wiring,
        schedule: Schedule,
        plasticity: Plasticity,
        chip: Chip,
        device: Values,
    ) -> None:
        self.wiring, self.schedule = wiring, schedule
        self.supply, self.signal = chip.supply, chip.signal
        self.hold, self.train = plasticity.sampler(), plasticity.sender()
        self.gate = CELLS["coincidence"].values(vp=device["vp"])
        ends = np.cumsum([0, *wiring.sizes.values()])
        self.of_layer = {
            name: slice(int(ends[k]), int(ends[k + 1])) for k, name in enumerate(wiring.sizes)
        }
        self.width = 2 * int(ends[-1])
        self.senders = {
            ROW: list(dict.fromkeys(a.source for a in wiring.arrays)),
            COLUMN: list(dict.fromkeys(a.target for a in wiring.arrays)),
        }
        rng = np.random.default_rng(plasticity.seed)
        shape = (schedule.examples, schedule.slots)
        self.references = {side: chip.signal * rng.random(shape) for side in (ROW, COLUMN)}

    # What samplers keep

    def slopes(
        self, lines: Lines, clocks: Clocks, rates: Clocks, state: Reals, way: Reals
    ) -> Reals:
        """Return the slope of the samplers' capacitors, V/s."""
        p, line = self.hold, np.concatenate([lines[name] for name in self.of_layer])
        found = []
        for phase, kept in zip(PHASES, np.split(state, 2), strict=True):
            clock, rate = getattr(clocks, phase), getattr(rates, phase)
            arriving = clock / p["ron"] * (line - kept) + p["cj"] * rate - p["gl"] * kept
            found.append(arriving / (p["c"] + p["cj"]))
        return np.concatenate(found)

    def waves(self, states: Reals) -> dict[str, Reals]:
        """Return what is kept of the lines of each synapse, (..., synapses), V."""
        found = {}
        shown = states + self.hold["vos"]
        for phase, kept in zip(PHASES, np.split(shown, 2, axis=-1), strict=True):
            of_layer = {name: kept[..., where] for name, where in self.of_layer.items()}
            found[f"pre_{phase}"], found[f"post_{phase}"] = self.wiring.ends_of(of_layer)
        return found

    def one_example(
        self, example: int, nudged: tuple[Lines, Lines], state: Reals
    ) -> tuple[Reals, Reals, Reals]:
        """Return what is kept before and behind writing, and pulses, in closed form.

        Lines as they are at rest, what a falling clock injects, and what leaks from then on.
        """
        p, schedule = self.hold, self.schedule
        write = float(schedule.starts("write")[example])
        rate = p["gl"] / (p["c"] + p["cj"])
        found = []
        for phase, settled in zip(PHASES, nudged, strict=True):
            fallen = float(schedule.starts(phase)[example]) + schedule.nudged - schedule.edge
            kept = np.concatenate([settled[name] for name in self.of_layer])
            kept = kept + injection(p, schedule.edge)
            found.append(kept * np.exp(-rate * (write - fallen)))
        before = np.concatenate(found)
        pulses = [
            self.decide(example, slot, before * np.exp(-rate * (float(start) - write)))
            for slot, start in enumerate(schedule.fires[example])
        ]
        behind = before * np.exp(-rate * (float(schedule.ends[example]) - write))
        return before, behind, np.array(pulses)

    # What trains send

    @property
    def half(self) -> np.ndarray:
        """Half of the write phase that each slot stands in, (slots,), 0 or 1."""
        slots = np.arange(self.schedule.slots)
        return np.asarray(slots >= self.schedule.slots // 2, int)

    def _sent(self, state: Reals) -> tuple[Reals, Reals]:
        """Return what rows send and what columns do, (halves, ..., synapses) each, V."""
        kept = self.waves(state)
        gains = np.array([self.train["gmean"], self.train["gdiff"]])
        gains = gains.reshape(2, *(1,) * state.ndim)
        row, column = (
            gains * trains(kept[f"{end}_plus"], kept[f"{end}_minus"]) for end in ("pre", "post")
        )
        return row, column[::-1]

    def decide(self, example: int, slot: int, state: Reals) -> Reals:
        """Return where pulses of row and column meet."""
        fired = []
        for side, sent in zip((ROW, COLUMN), self._sent(state), strict=True):
            reference = self.references[side][example, slot] + self.train["vos"]
            # As for a number that is drawn, of which an offset takes its share.
            fired.append(drawn(sent[self.half[slot]], np.asarray(reference)))
        return met(*fired)

    def asked(self, before: Reals, behind: Reals, pulses: Reals) -> tuple[Reals, Reals]:
        """Return how many pulses are to be expected of what is kept, and how many did not come."""
        row, column = (
            np.sign(s) * np.clip((np.abs(s) - self.train["vos"]) / self.signal, 0.0, 1.0)
            for s in self._sent(before)
        )
        slots = np.bincount(self.half, minlength=2)
        expected = np.einsum("h,hes->es", slots, row * column)
        return expected, expected - pulses.sum(axis=1)

    def bracket(self, account: Account) -> tuple[float, float]:
        """Return between which shares of all means, and of all differences, pulses are the same.

        The narrower of both is not enough: each has to be told from what is off.
        """
        schedule, means = self.schedule, np.tile(self.half == 0, self.schedule.examples)[:, None]
        kept = {
            name: np.stack(
                [np.interp(schedule.fires.ravel(), account.time, v) for v in account.waves[name].T],
                axis=1,
            )
            for name in (f"{end}_{phase}" for end in ("pre", "post") for phase in PHASES)
        }
        shares = []
        for side, end in ((ROW, "pre"), (COLUMN, "post")):
            mean, difference = trains(kept[f"{end}_plus"], kept[f"{end}_minus"])
            sends_mean = means if side == ROW else ~means
            sent = np.where(
                sends_mean, self.train["gmean"] * mean, self.train["gdiff"] * difference
            )
            reference = self.references[side].ravel()[:, None] + self.train["vos"]
            shares.append(reference / np.maximum(np.abs(sent), 1e-300))
        row, column = shares
        of_mean, of_difference = np.where(means, row, column), np.where(means, column, row)
        low, high = [], []
        for share, other in ((of_mean, of_difference), (of_difference, of_mean)):
            told = other < 1.0
            low.append(float(share[told & (share < 1.0)].max(initial=0.0)))
            high.append(float(share[told & (share >= 1.0)].min(initial=np.inf)))
        return min(low), max(high)

    # Rails

    def power(self, lines: Lines, clocks: Clocks, states: Reals, ways: Reals) -> dict[str, Reals]:
        """Return what samplers take, and what trains and gates do, W: they idle, and load no rail.

        Lines charge the samplers, and write terminals are of high impedance.
        """
        senders = sum(self.wiring.sizes[n] for names in self.senders.values() for n in names)
        parts = 2 * sum(CELLS[name].values()["iq"] for name in CELLS["train"].parts)
        idle = {
            SENSE: self.width * self.hold["iq"],
            WRITE: senders * parts + self.wiring.count * self.gate["iq"],
        }
        nothing = np.zeros((len(states), 1))
        return {name: power(self.supply, amperes, nothing) for name, amperes in idle.items()}

    # Netlist

    def add(self, board: Board, synapses: tuple[Synapse, ...], start: dict[str, float]) -> None:
        """Add two samplers to every line, its senders, and the gate of every synapse."""
        schedule, deck = self.schedule, board.deck
        sensing, writing = ((f"vdd_{rails}", f"vss_{rails}") for rails in (SENSE, WRITE))
        slots = (
            schedule.starts("write")[:, None] + schedule.slot * np.arange(schedule.slots)
        ).ravel()
        means = np.tile(self.half == 0, schedule.examples).astype(float)
        deck.comment("what rows and columns send, and the references of their trains")
        for side, sends in ((ROW, means), (COLUMN, 1.0 - means)):
            first = np.append(0.0, slots)
            for node, values in (
                (f"mean_{side}", sends),
                (f"ref_{side}", self.references[side].ravel()),
            ):
                wave = levels(first, np.append(values[0], values), schedule.edge)
                deck.lines.append(f"v{node} {node} 0 {wave.text}")
        units = self._units(synapses)
        deck.comment("samplers of all lines, and the senders of their trains")
        for unit in dict.fromkeys(unit for names in units.values() for unit in names):
            for phase in PHASES:
                hold, kept = f"hold_{unit}_{phase}", f"kept_{unit}_{phase}"
                nodes = (lines(unit)[0], phase, hold, kept)
                deck.add_on(sensing, f"sh_{unit}_{phase}", "sample_hold", *nodes, **self.hold)
                deck.save(hold)
                start[hold] = 0.0
        for side, names in units.items():
            for unit in names:
                both = (f"kept_{unit}_plus", f"kept_{unit}_minus")
                sent = (f"{side}_{unit}_p", f"{side}_{unit}_n")
                ends = (*both, f"mean_{side}", f"ref_{side}", "sample", "fire", *sent)
                deck.add_on(writing, f"t_{side}_{unit}", "train", *ends, **self.train)
        deck.comment("gates: where pulses of row and column meet")
        for s in synapses:
            up, down = (f"{stem}_{s.pre}_{s.post}" for stem in ("up", "down"))
            row, column = (f"{ROW}_{s.pre}", f"{COLUMN}_{s.post}")
            pins = (f"{row}_p", f"{row}_n", f"{column}_p", f"{column}_n", up, down)
            deck.add_on(writing, f"s_{s.pre}_{s.post}", "coincidence", *pins, **self.gate)
            deck.save(up, down)

    def _units(self, synapses: tuple[Synapse, ...]) -> dict[str, list[str]]:
        """Return the names of the units that send as rows, and of those that send as columns."""
        return {
            ROW: list(dict.fromkeys(s.pre for s in synapses)),
            COLUMN: list(dict.fromkeys(s.post for s in synapses)),
        }

    def read(self, values: Mapping[str, Reals], synapses: tuple[Synapse, ...]) -> Reals:
        """Return the samplers' capacitors."""
        units: dict[str, list[str]] = {name: [] for name in self.of_layer}
        numbers = {array.name: array for array in self.wiring.arrays}
        for s in synapses:
            array = numbers[s.coupling]
            for layer, unit in ((array.source, s.pre), (array.target, s.post)):
                if unit not in units[layer]:
                    units[layer].append(unit)
        names = [unit for layer in self.of_layer for unit in units[layer]]
        kept = [values[f"hold_{unit}_{phase}"] for phase in PHASES for unit in names]
        return np.stack(kept, axis=1)
