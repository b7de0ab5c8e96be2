"""One cell, under one condition: its curve, and what can be read from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import CELLS
from neuroep.hardware.cells.fixture import Fixture, Levels
from neuroep.hardware.chip import Chip
from neuroep.hardware.netlist.cells import read_cells
from neuroep.hardware.netlist.deck import Deck, number
from neuroep.hardware.netlist.elements import elements
from neuroep.hardware.netlist.options import PROCESS_OPTIONS
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.rawfile import Plot

POINTS = 121
SETTLED = 0.01
"""A step has settled within this share of itself."""

OVERHEAD = 3.0
"""Layout area of transistors over that of their gates: contacts, wells, routing."""

FARADS, OHMS, TRACK = 2e-3, 2000.0, 0.7 * 0.35
"""F/m^2 of a capacitor between metals, ohm a square of a high-resistance poly resistor, and what a
square of it takes, um^2: 0.35 um wide with as much room beside it."""


@dataclass(frozen=True)
class Condition:
    """Under which a cell is measured: ``rails``: over the nominal supply."""

    corner: str = "tt"
    celsius: float = 27.0
    rails: float = 1.0
    chip: int | None = None

    @property
    def name(self) -> str:
        """A few words."""
        if self.chip is not None:
            return f"chip {self.chip}"
        if self.rails != 1.0:
            return f"rails {self.rails - 1.0:+.0%}"
        return self.corner if self.celsius == 27.0 else f"{self.celsius:g} C"


@dataclass(frozen=True)
class Curve:
    """What a cell answers to a sweep, SI, and what it draws in the middle of it, A."""

    x: Reals
    y: Reals
    current: float


@dataclass(frozen=True)
class Figures:
    """Of one curve.

    ``offset``: by how far the input has to move for the ideal answer in the middle, in units;
    ``gain``: slope there over the ideal one, less one; ``low``, ``high``: ends of the answer over
    full scale; ``shape``: largest distance from an ideal curve of fitted gain and offset, of full
    scale; ``error``: largest distance from the ideal curve itself; ``current``: A.
    """

    offset: float
    gain: float
    low: float
    high: float
    shape: float
    error: float
    current: float


@dataclass(frozen=True)
class Speed:
    """Of a small signal; NaN where it cannot be told.

    ``bandwidth``, Hz; ``settling`` of a step of half a unit, s; ``noise`` of one line over the
    whole band, rms over full scale.
    """

    bandwidth: float
    settling: float
    noise: float


@dataclass(frozen=True)
class Area:
    """What a cell takes, um^2.

    ``transistors``: how many; ``gates``: sum of their W L; ``estimate``: with resistors,
    capacitors and overhead.
    """

    transistors: int
    gates: float
    estimate: float


class Specimen:
    """A cell on its fixture.

    Parameters
    ----------
    fixture : Fixture
    chip : Chip
        Nominal.
    files : dict of Path
        The .cir file of every cell, by name.
    """

    def __init__(self, fixture: Fixture, chip: Chip, files: Mapping[str, Path]) -> None:
        self.fixture, self.chip, self.files = fixture, chip, files

    def deck(self, condition: Condition) -> tuple[Deck, list[str]]:
        """Return the cell among its sources."""
        cells = read_cells(
            self.files, [CELLS[name] for name in self.fixture.cells], condition.corner
        )
        deck = Deck(cells, condition.chip)
        return deck, self.fixture.place(deck, self.chip)

    @property
    def text(self) -> str:
        """All that a measurement depends on."""
        deck, lines = self.deck(Condition())
        return "\n".join([deck.subcircuits(), *deck.lines, *lines, repr(self.chip)])

    def _run(
        self, condition: Condition, analysis: str, save: Sequence[str], wave: str = ""
    ) -> list[Plot]:
        """Run an analysis; ``wave``: of the source, in place of its small signal."""
        deck, lines = self.deck(condition)
        if wave:
            drive = f"{self.fixture.source} "
            lines = [x.replace("dc 0 ac 1", wave) if x.startswith(drive) else x for x in lines]
        volts = self.chip.supply * condition.rails
        words = [
            f"{self.fixture.cells[0]} on its fixture, {condition.name}",
            f".temp {number(condition.celsius)}",
            PROCESS_OPTIONS,
            f"vdd vdd 0 {number(volts)}",
            f"vss vss 0 {number(-volts)}",
            deck.subcircuits(),
            *deck.lines,
            *lines,
            analysis,
            ".save " + " ".join(save),
            ".end\n",
        ]
        return run_deck("\n".join(words))

    @property
    def _read(self) -> list[str]:
        names = [name for _, name in self.fixture.read]
        return [name if name.startswith("i(") else f"v({name})" for name in names]

    def curve(self, condition: Condition) -> Curve:
        """Sweep the cell, or ask it level by level where it spikes."""
        f = self.fixture
        low, high = f.low(self.chip), f.high(self.chip)
        if f.levels:
            return self._counted(condition, f.levels, np.linspace(low, high, f.levels.count))
        step = (high - low) / (POINTS - 1)
        sweep = f".dc {f.source} {number(low)} {number(high + 0.01 * step)} {number(step)}"
        (plot,) = self._run(condition, sweep, [*self._read, "i(vdd)"])
        x = np.linspace(low, high, POINTS)
        drawn = -np.interp(f.middle * f.unit(self.chip), x, plot.values["i(vdd)"])
        return Curve(x, f.answer(plot.values), float(drawn))

    def _counted(self, condition: Condition, levels: Levels, x: Reals) -> Curve:
        begins = levels.dwell * np.arange(1, levels.count + 1)
        ends = [*begins[1:], begins[-1] + levels.dwell]
        # Powered up without a current: an operating point above threshold would be a standstill.
        quiet = 0.1 * levels.dwell
        corners = [(0.0, 0.0), (quiet, 0.0), (quiet + levels.step / 100, x[0]), (begins[0], x[0])]
        for begin, end, level in zip(begins, ends, x, strict=True):
            corners += [(begin + levels.step / 100, level), (end, level)]
        wave = "pwl(" + " ".join(f"{number(t)} {number(v)}" for t, v in corners) + ")"
        step = number(levels.step)
        analysis = f".tran {step} {number(ends[-1])} 0 {step}"
        (plot,) = self._run(condition, analysis, [*self._read, "i(vdd)"], wave)
        assert plot.time is not None
        time, values = plot.time, plot.values
        y = [levels.rate(time, values, *edges) for edges in zip(begins, ends, strict=True)]
        drawn = -np.trapezoid(values["i(vdd)"], time) / float(time[-1])
        return Curve(x, np.array(y), float(drawn))

    def figures(self, curve: Curve) -> Figures:
        """Read a curve."""
        from scipy.optimize import least_squares

        f, chip = self.fixture, self.chip
        unit, full, x, y = f.unit(chip), f.full(chip), curve.x, curve.y
        ideal, middle = f.ideal(chip, x), f.middle * f.unit(chip)
        centre = float(f.ideal(chip, np.array([middle]))[0])
        order = np.argsort(y, kind="stable")
        offset = (float(np.interp(centre, y[order], x[order])) - middle) / unit
        near = np.abs(x - middle) <= max(0.15 * unit, 1.01 * float(x[1] - x[0]))
        slopes = [np.polyfit(x[near], values[near], 1)[0] for values in (y, ideal)]

        def fitted(p: Reals) -> Reals:
            values = {"amplitude": 1.0, "gain": 1.0, "offset": 0.0, "level": 0.0}
            values |= dict(zip(f.free, p, strict=True))
            at = middle + values["gain"] * (x - middle + values["offset"] * unit)
            return np.asarray(values["amplitude"] * f.ideal(chip, at) + values["level"] * full)

        start = [1.0 if name in ("amplitude", "gain") else 0.0 for name in f.free]
        best = least_squares(lambda p: (fitted(p) - y) / full, start).x
        return Figures(
            offset,
            float(slopes[0] / slopes[1]) - 1.0,
            float(y.min() / full),
            float(y.max() / full),
            float(np.abs(fitted(best) - y).max() / full),
            float(np.abs(ideal - y).max() / full),
            curve.current,
        )

    def speed(self, condition: Condition) -> Speed:
        """Measure small signals, around the bias point that sources begin at."""
        f = self.fixture
        if not f.small_signals:
            return Speed(np.nan, np.nan, np.nan)
        (plot,) = self._run(condition, ".ac dec 20 100 100meg", self._read)
        gain = np.abs(f.answer(plot.values))
        below = np.flatnonzero(gain < gain[0] * 2**-0.5)
        bandwidth = float(plot.values["frequency"][below[0]]) if below.size else np.nan
        return Speed(bandwidth, self._settling(condition, bandwidth), self._noise(condition))

    def _settling(self, condition: Condition, bandwidth: float) -> float:
        """Return how long a step of half a unit takes to its end, s."""
        f = self.fixture
        if not np.isfinite(bandwidth) or "." in f.source:
            return float("nan")
        size, end = 0.5 * f.unit(self.chip), 6.0 / bandwidth
        wave = f"pulse(0 {number(size)} {number(0.02 * end)} {number(end / 1e3)} 0 1 2)"
        step = number(end / 400)
        analysis = f".tran {step} {number(end)} 0 {step}"
        (plot,) = self._run(condition, analysis, self._read, wave)
        assert plot.time is not None
        y = f.answer(plot.values)
        outside = np.flatnonzero(np.abs(y - y[-1]) > SETTLED * abs(y[-1] - y[0]))
        return float(plot.time[outside[-1]] - 0.02 * end) if outside.size else 0.0

    def _noise(self, condition: Condition) -> float:
        """Return the noise of a line, rms over full scale."""
        f = self.fixture
        if not f.output or "." in f.source:
            return float("nan")
        analysis = f".noise v({f.output}) {f.source} dec 20 10 100meg"
        plots = self._run(condition, analysis, ["onoise_spectrum"])
        spectrum = plots[0].values
        density = np.abs(spectrum["onoise_spectrum"]) ** 2
        return float(np.sqrt(np.trapezoid(density, spectrum["frequency"])) / f.full(self.chip))

    def area(self) -> Area:
        """Add up what the cell is made of."""
        deck, _ = self.deck(Condition())
        name = next(iter(deck.instances))
        cell, _ = deck.instances[name]
        transistors = cell.transistors.get(cell.subckt, ())
        gates = sum(t.area for t in transistors)
        own = elements(deck, {}).items()
        mine = {path: value for path, value in own if path.split(".")[1] == name}
        farads = sum(v for path, v in mine.items() if path.startswith("c."))
        ohms = sum(v for path, v in mine.items() if path.startswith("r.") and v < 1e8)
        passive = farads / FARADS * 1e12 + ohms / OHMS * TRACK
        return Area(sum(t.count for t in transistors), gates, OVERHEAD * gates + passive)
