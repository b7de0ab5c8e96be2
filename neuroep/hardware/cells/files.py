"""A designer's own .cir file: its subcircuit must have the pins and parameters of the cell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neuroep.errors import InputError

if TYPE_CHECKING:
    from neuroep.hardware.cells.cell import Cell

FORBIDDEN = re.compile(r"\s*\.(control|include|inc|lib|end)\b", re.IGNORECASE)
"""A cell is one subcircuit (and what stands inside it), not a job of its own."""


@dataclass(frozen=True)
class Subcircuit:
    """A ``.subckt`` line: its name, its pins in order, and its parameters with their defaults."""

    name: str
    pins: tuple[str, ...]
    defaults: Mapping[str, str]


def check_cell_file(path: Path, cell: "Cell") -> Subcircuit:
    """Return the subcircuit of a file that can take a cell's place.

    Pins count by their order, not by their names. The subcircuit may have any name, and parameters
    beyond those of the cell if it gives them defaults. Of several, the one called like the cell
    counts, otherwise the first. An InputError names the file and what is missing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cell {cell.name!r}: cannot be read: {error}") from None
    # "*", ";" and "$ " begin a comment; a line that begins with "+" continues the one before it.
    kept = [re.split(r";|\$ ", x)[0] for x in text.splitlines() if not x.lstrip().startswith("*")]
    lines = re.sub(r"\n\s*\+", " ", "\n".join(kept)).splitlines()
    for line in lines:
        if found := FORBIDDEN.match(line):
            raise InputError(f"{path}: cell {cell.name!r}: must not hold .{found[1].lower()}")
    subcircuits = [_subcircuit(line) for line in lines if re.match(r"\s*\.subckt\s+\S", line, re.I)]
    if not subcircuits:
        raise InputError(f"{path}: cell {cell.name!r}: holds no .subckt")
    ends = sum(bool(re.match(r"\s*\.ends\b", line, re.I)) for line in lines)
    if ends != len(subcircuits):
        raise InputError(f"{path}: cell {cell.name!r}: lacks an .ends")
    chosen = next((s for s in subcircuits if s.name == cell.name), subcircuits[0])
    where = f"{path}: cell {cell.name!r}: .subckt {chosen.name}"
    if len(chosen.pins) != len(cell.pins):
        raise InputError(
            f"{where} has {len(chosen.pins)} pins, not the {len(cell.pins)} of "
            f"{' '.join(cell.pins)!r}"
        )
    for parameter in cell.parameters:
        if parameter.needed and parameter.symbol not in chosen.defaults:
            raise InputError(f"{where} has no parameter {parameter.symbol!r}")
    return chosen


def _subcircuit(line: str) -> Subcircuit:
    _, name, *rest = re.sub(r"\s*=\s*", "=", line.lower()).split()
    words = [word for word in rest if word != "params:"]
    parameters = dict(word.split("=", 1) for word in words if "=" in word)
    return Subcircuit(name, tuple(word for word in words if "=" not in word), parameters)
