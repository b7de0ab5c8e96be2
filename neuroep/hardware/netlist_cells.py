"""Cell files: what their pins and parameters are, and their text to put into a netlist."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from neuroep.errors import InputError

PINS = {
    "hard_sigmoid": "in mem outp outn vdd vss",
    "linear": "in mem outp outn vdd vss",
    "tanh": "in mem outp outn vdd vss",
    "sigmoid": "in mem outp outn vdd vss",
    "membrane": "in mem outp outn vdd vss",
    "differential_pair": "inp inn out",
    "score": "in gate vdd vss",
    "wta_branch": "gate tail outp outn vdd vss",
    "wta_tail": "tail vdd vss",
    "readout": "in outp outn vdd vss",
    "nudge": "out y in vdd vss",
    "bias": "in vdd vss",
    "clamp": "outp outn vdd vss",
    "error": "p y outp outn vdd vss",
}
"""Pins of each cell of a network of neurons and attention, in order."""


@dataclass(frozen=True)
class Cell:
    """A cell as a file gives it: name of its ``.subckt``, its parameters, and the file's text."""

    subckt: str
    parameters: frozenset[str]
    text: str


def read_cell(name: str, path: Path) -> Cell:
    """Read the file of a cell.

    The subcircuit may have any name: it is the one called like the cell, or else the first.

    Raises
    ------
    InputError
        The file cannot be read, holds no subcircuit, more than subcircuits, or has another number
        of pins than the cell; one line that names file and cell.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cell {name!r}: cannot be read: {error}") from None
    lines = _joined(text)
    if any(re.match(r"\s*\.(control|include|inc|lib|end)\b", x, re.IGNORECASE) for x in lines):
        raise InputError(f"{path}: cell {name!r}: holds .control, .include, .lib or .end")
    found = [words for x in lines if (words := x.lower().split()) and words[0] == ".subckt"]
    if not found or len(found[0]) < 2:
        raise InputError(f"{path}: cell {name!r}: holds no .subckt")
    chosen = next((words for words in found if words[1] == name), found[0])
    rest = re.sub(r"\s*=\s*", "=", " ".join(chosen[2:])).split()
    pins = [word for word in rest if "=" not in word and word != "params:"]
    expected = PINS[name].split()
    if len(pins) != len(expected):
        raise InputError(
            f"{path}: cell {name!r}: .subckt {chosen[1]} has {len(pins)} pins, not the "
            f"{len(expected)} of {PINS[name]!r}"
        )
    parameters = frozenset(word.partition("=")[0] for word in rest if "=" in word)
    return Cell(chosen[1], parameters, text.strip())


def _joined(text: str) -> list[str]:
    # A line that begins with "+" continues the one before it.
    return re.sub(r"\n\s*\+", " ", text).splitlines()


def read_cells(files: Mapping[str, Path]) -> dict[str, Cell]:
    """Read the files of those cells that a network of neurons and attention is made of.

    Raises
    ------
    InputError
        A cell has no file, two cells' subcircuits have the same name, or see :func:`read_cell`.
    """
    cells: dict[str, Cell] = {}
    for name in PINS:
        if name not in files:
            raise InputError(f"cell {name!r}: no file")
        cells[name] = read_cell(name, files[name])
    by_subckt: dict[str, str] = {}
    for name, cell in cells.items():
        other = by_subckt.setdefault(cell.subckt, name)
        if other != name:
            raise InputError(
                f"{files[name]}: cell {name!r}: its .subckt {cell.subckt} is called like that of "
                f"cell {other!r}"
            )
    return cells
