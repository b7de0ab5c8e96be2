"""``neuroep characterise``: cells over corners, temperature, rails, and drawn chips."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.core.tables import Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.design.cells import IDEAL, Library, cell_files, libraries, library
from neuroep.design.checked import suggestion
from neuroep.design.chip import chip_of
from neuroep.errors import InputError, named
from neuroep.hardware.cells import CELLS
from neuroep.hardware.cells.fixtures import FIXTURES
from neuroep.studies.characterise.measure import Area, Condition, Figures, Specimen, Speed
from neuroep.traces.files import atomic_write

NOMINAL = Condition()
CONDITIONS = (
    NOMINAL,
    *(Condition(corner) for corner in ("ss", "ff", "sf", "fs")),
    Condition(celsius=-40.0),
    Condition(celsius=125.0),
    Condition(rails=0.9),
    Condition(rails=1.1),
)
FAST = (
    NOMINAL,
    Condition("ss"),
    Condition("ff"),
    Condition(celsius=-40.0),
    Condition(celsius=125.0),
)
"""Under which bandwidth, settling and noise are measured."""

VERSION = 2
"""Of what results mean: what an earlier version has measured is measured again."""

FIGURES = ("offset", "gain", "low", "high", "shape", "error", "current")
UNITS = {"current": "A", "bandwidth": "Hz", "settling": "s"}


@dataclass
class Characterised:
    """What one cell does.

    ``figures``, ``speed``: by the name of a condition; ``spread``: (mean, standard deviation of
    the sample) of each figure over two drawn chips or more; ``bounds``: what the library promises;
    ``outside``: where it does not hold, one line each; ``x``, ``curves``: in SI, by condition, and
    of drawn chips; ``source``: hash of all that this depends on.
    """

    name: str
    title: str
    source: str
    draws: int
    area: Area
    figures: dict[str, Figures] = field(default_factory=dict)
    spread: dict[str, tuple[float, float]] = field(default_factory=dict)
    speed: dict[str, Speed] = field(default_factory=dict)
    bounds: dict[str, float] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    x: Reals = field(default_factory=lambda: np.zeros(0))
    ideal: Reals = field(default_factory=lambda: np.zeros(0))
    curves: dict[str, Reals] = field(default_factory=dict)
    drawn: list[Reals] = field(default_factory=list)
    axes: tuple[str, str] = ("", "")

    def to_json(self) -> dict[str, Any]:
        """Return plain values, to seven digits; JSON knows no NaN."""

        def plain(value: Any) -> Any:
            if isinstance(value, np.ndarray):
                return value.tolist()
            if isinstance(value, dict):
                return {key: plain(one) for key, one in value.items()}
            if isinstance(value, list | tuple):
                return [plain(one) for one in value]
            if isinstance(value, float):
                return float(f"{value:.7g}") if math.isfinite(value) else None
            return value

        found: dict[str, Any] = plain(asdict(self))
        return found

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Characterised":
        """Return what :meth:`to_json` has written."""

        def numbers(values: Mapping[str, float | None]) -> dict[str, Any]:
            return {key: math.nan if one is None else one for key, one in values.items()}

        made = dict(content)
        made["area"] = Area(**content["area"])
        made["figures"] = {k: Figures(**numbers(v)) for k, v in content["figures"].items()}
        made["speed"] = {k: Speed(**numbers(v)) for k, v in content["speed"].items()}
        made["spread"] = {k: (v[0], v[1]) for k, v in content["spread"].items()}
        made["curves"] = {k: np.array(v) for k, v in content["curves"].items()}
        made |= {k: np.array(content[k]) for k in ("x", "ideal")}
        made["drawn"] = [np.array(one) for one in content["drawn"]]
        made["axes"] = tuple(content["axes"])
        return cls(**made)


def characterise(
    name: str,
    folder: Path,
    *,
    draws: int = 20,
    progress: Callable[[str], object] = lambda _: None,
) -> list[Characterised]:
    """Measure a cell, or all cells of a library, and keep what was found.

    Parameters
    ----------
    name : str
        Of a library of transistors, or ``LIBRARY/CELL``; of a cell of the only such library.
    folder : Path
        Results go there, a JSON file a cell; what has been measured already, from the same
        subcircuits under the same conditions, is read from there.
    draws : int
        How many chips are drawn.
    progress : callable
        Is told each cell that is done.

    Raises
    ------
    InputError
        No such cell, no models, no ngspice.
    """
    if not 0 <= draws <= 10_000:
        raise InputError(f"--draws {draws}: must be 0 to 10000")
    where, cells = _chosen(name)
    chip = chip_of(where.name)
    files = cell_files({}, Path(), where.name)
    bounds = where.bounds
    found = []
    folder.mkdir(parents=True, exist_ok=True)
    for cell in cells:
        specimen = Specimen(FIXTURES[cell], chip, files)
        source = hashlib.sha256(f"{specimen.text}{CONDITIONS}{draws}{VERSION}".encode()).hexdigest()
        kept = folder / f"{cell}.json"
        one = _read(kept, source)
        if one is None:
            with named(files[cell]):
                one = _measure(specimen, cell, source, draws)
            atomic_write(kept, json.dumps(one.to_json()).encode())
        one.bounds = dict(bounds.get(cell, {}))
        one.outside = list(_outside(one))
        found.append(one)
        progress(cell)
    return found


def _chosen(name: str) -> tuple[Library, list[str]]:
    """Return a library of transistors, and the cells of it that are asked for."""
    made_of = [n for n in libraries() if n != IDEAL]
    first, _, cell = name.partition("/")
    if first not in made_of and not cell:
        first, cell = made_of[0], first
    if first not in made_of:
        raise InputError(f"{name}: no library of transistors; {suggestion(first, made_of)}")
    where = library(first)
    known = [n for n in where.files if n in FIXTURES]
    if cell and cell not in known:
        known = [*made_of, *known]
        raise InputError(f"{name}: no cell that can be characterised; {suggestion(cell, known)}")
    return where, [cell] if cell else known


def _read(path: Path, source: str) -> Characterised | None:
    """Return what was measured of the same thing before."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Characterised.from_json(content) if content["source"] == source else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _measure(specimen: Specimen, cell: str, source: str, draws: int) -> Characterised:
    found = Characterised(cell, CELLS[cell].title, source, draws, specimen.area())
    wanted = [*CONDITIONS, *(Condition(chip=chip) for chip in range(1, draws + 1))]
    curves: list[Any] = [None] * len(wanted)
    speeds: list[Any] = [None] * len(FAST)

    def work(first: int, last: int) -> None:
        for k in range(first, last):
            if k < len(FAST):
                speeds[k] = specimen.speed(FAST[k])
            else:
                curves[k - len(FAST)] = specimen.curve(wanted[k - len(FAST)])

    run_chunks(work, chunks(len(FAST) + len(wanted), 1))
    found.speed = {c.name: s for c, s in zip(FAST, speeds, strict=True)}
    for condition, curve in zip(wanted, curves, strict=True):
        if condition.chip is None:
            found.figures[condition.name] = specimen.figures(curve)
            found.curves[condition.name] = curve.y
        else:
            found.drawn.append(curve.y)
    drawn = [specimen.figures(c) for w, c in zip(wanted, curves, strict=True) if w.chip]
    for figure in FIGURES if len(drawn) > 1 else ():
        values = [getattr(one, figure) for one in drawn]
        found.spread[figure] = float(np.mean(values)), float(np.std(values, ddof=1))
    fixture = specimen.fixture
    found.x = curves[0].x
    found.ideal = fixture.ideal(specimen.chip, found.x)
    found.axes = tuple(f"{a.label} ({a.unit})" for a in (fixture.x, fixture.y))  # type: ignore[assignment]
    return found


def _outside(one: Characterised) -> Sequence[str]:
    """Say where a cell does not keep its bounds."""
    lines = []
    for condition, figures in one.figures.items():
        for figure in ("offset", "gain", "shape"):
            most, value = one.bounds.get(figure), getattr(figures, figure)
            if most is not None and not abs(value) <= most:
                lines.append(f"{figure} {value:+.3g} at {condition} (bound {most:g})")
        share = one.bounds.get("range")
        span = (figures.high - figures.low) / (np.ptp(one.ideal) / _full(one))
        if share is not None and not span >= share:
            lines.append(f"range {span:.3g} of the ideal one at {condition} (bound {share:g})")
    least = one.bounds.get("bandwidth")
    for condition, speed in one.speed.items():
        if least is not None and not speed.bandwidth >= least:
            lines.append(f"bandwidth {speed.bandwidth:.3g} Hz at {condition} (bound {least:g} Hz)")
    return lines


def _full(one: Characterised) -> float:
    """Return the full scale of an answer, SI."""
    first = one.figures[NOMINAL.name]
    return float(one.curves[NOMINAL.name].max() / first.high)
