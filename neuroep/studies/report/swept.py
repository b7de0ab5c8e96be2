"""The folder of a sweep, as the sections of a page."""

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

from neuroep.errors import InputError
from neuroep.files import read_text, read_toml
from neuroep.report.html import Block, Code, Facts, Headline, Notes, Section, Table
from neuroep.runs.report.pictures import Pictures
from neuroep.studies.sweep.figures import FOLDER
from neuroep.studies.sweep.results import POINTS, SUMMARY
from neuroep.studies.sweep.sweep import PLAN
from neuroep.studies.sweep.work import FAILURE, RESULT

MOST_ROWS = 200
LONGEST = 50_000
YIELD = "all specifications"
SHARES = ("yield", "yield low", "yield high")


def is_sweep(path: Path) -> bool:
    """Return whether a folder is that of a sweep."""
    return (path / PLAN).is_file()


def title_of(path: Path) -> str:
    """Return the title that the plan of a sweep has."""
    return str(read_toml(path / PLAN).get("title") or path.name)


def swept(path: Path) -> list[Section]:
    """Return the sections of a sweep's folder: verdict, cells, figures, points, plan."""
    measured = len(list(path.glob(f"points/*/{RESULT}")))
    failed = len(list(path.glob(f"points/*/{FAILURE}")))
    facts = Facts([("points measured", measured), ("points failed", failed)])
    sections = [Section("Verdict", [*_verdict(path), facts])]
    if (path / SUMMARY).is_file():
        sections.append(Section("Cells", [_table(path / SUMMARY, "Every figure in every cell")]))
    names = sorted(file.stem for file in (path / FOLDER).glob("*.png"))
    first = [name for name in ("specification", "points") if name in names]
    rest = [name for name in names if name not in first]
    sections.append(Section("Figures", Pictures(path / FOLDER).of([*first, *rest])))
    if (path / POINTS).is_file():
        sections.append(Section("Points", [_table(path / POINTS, "Every point")]))
    text = read_text(path / PLAN)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n... {len(text) - LONGEST:,} more characters"
    return [*sections, Section("Plan", [Code("The plan", text)])]


def _verdict(path: Path) -> list[Block]:
    """Return the smallest yield of a cell, where there is a specification, or what is missing."""
    if not (path / SUMMARY).is_file():
        return [Notes(["No tables yet: neuroep sweep PLAN --collect writes them."])]
    header, *rows = _rows(path / SUMMARY)
    for name in ("figure", "kept", "tried", *SHARES):
        if name not in header:
            raise InputError(f"{path / SUMMARY}: {name}: missing")
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    yields = [cell for cell in cells if cell["figure"] == YIELD]
    if not yields:
        return [Notes(["The plan has no specification."])]
    known = [(_shares(path / SUMMARY, cell), cell) for cell in yields if cell["yield"]]
    if not known:
        return [Notes(["No cell is measured yet."])]
    (share, low, high), worst = min(known, key=lambda one: one[0][0])
    cell = ", ".join(f"{name} = {worst[name]}" for name in header[: header.index("figure")])
    where = f" of the worst cell, {cell}" if cell else ""
    about = f"yield{where}; {worst['kept']} of {worst['tried']} points, "
    ends = f"with 95 % confidence {100 * low:.3g} to {100 * high:.3g} %"
    return [Headline(f"{100 * share:.4g} %", about + ends)]


def _shares(path: Path, cell: Mapping[str, str]) -> list[float]:
    """Return the yield of a cell, and the ends of its interval."""
    found = []
    for name in SHARES:
        try:
            found.append(float(cell[name]))
        except ValueError:
            found.append(math.nan)
        if not 0 <= found[-1] <= 1:
            raise InputError(f"{path}: {name}: {cell[name]!r} is no share")
    return found


def _table(path: Path, caption: str) -> Table:
    header, *rows = _rows(path)
    if len(rows) > MOST_ROWS:
        caption += f"; the first {MOST_ROWS} of {len(rows)} rows of {path.name}"
    cells: list[list[object]] = [[_short(cell) for cell in row] for row in rows[:MOST_ROWS]]
    return Table(caption, header, cells)


def _rows(path: Path) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(read_text(path))))
    except csv.Error as error:
        raise InputError(f"{path}: damaged: {error}") from None
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise InputError(f"{path}: damaged: rows of different lengths")
    return rows


def _short(cell: str) -> str:
    try:
        return f"{float(cell):.5g}"
    except ValueError:
        return cell if len(cell) <= 200 else f"{cell[:197]}..."
