"""The cells of a deep resistive network: their files, pins and parameters."""

import re
from collections.abc import Mapping
from pathlib import Path

from neuroep.errors import InputError
from neuroep.hardware.netlist_cells import Cell

PINS = {
    "conductance": "a b",
    "diode": "a k",
    "bidirectional_amplifier": "node out",
    "node_capacitance": "a b",
    "differential_nudge": "p n y",
}
"""Pins of each cell, in order."""

PARAMETERS = {
    "conductance": {"g"},
    "diode": {"is", "n"},
    "bidirectional_amplifier": {"a"},
    "node_capacitance": {"c"},
    "differential_nudge": {"gm"},
}
"""Parameters that each cell is given."""

FORBIDDEN = re.compile(r"^\s*\.(control|include|inc|lib|end)\b", re.IGNORECASE | re.MULTILINE)
"""What would make a cell more than a cell."""


def read_cells(files: Mapping[str, Path]) -> dict[str, Cell]:
    """Read the files of the cells that a deep resistive network is made of.

    Raises
    ------
    InputError
        A cell has no file, two subcircuits have the same name, or see :func:`read_cell`.
    """
    cells: dict[str, Cell] = {}
    for name in PINS:
        if name not in files:
            raise InputError(f"cell {name!r}: no file")
        cell = read_cell(name, files[name])
        for other, known in cells.items():
            if known.subckt == cell.subckt:
                raise InputError(
                    f"{files[name]}: cell {name!r}: its .subckt {cell.subckt} is called like that "
                    f"of cell {other!r}"
                )
        cells[name] = cell
    return cells


def read_cell(name: str, path: Path) -> Cell:
    """Read the file of one cell: the subcircuit called like it, or else the file's first.

    Raises
    ------
    InputError
        The file cannot be read, is more than subcircuits or holds none, or its subcircuit has
        other pins or parameters than the cell; one line that names file and cell.
    """
    where = f"{path}: cell {name!r}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{where}: cannot be read: {error}") from None
    if FORBIDDEN.search(text):
        raise InputError(f"{where}: holds .control, .include, .lib or .end")
    lines = re.sub(r"\n\s*\+", " ", text).lower().splitlines()  # "+" continues a line
    found = [words for line in lines if (words := line.split()) and words[0] == ".subckt"]
    if not found or len(found[0]) < 2:
        raise InputError(f"{where}: holds no .subckt")
    chosen = next((words for words in found if words[1] == name), found[0])
    rest = re.sub(r"\s*=\s*", "=", " ".join(chosen[2:])).split()
    pins = [word for word in rest if "=" not in word and word != "params:"]
    if len(pins) != len(PINS[name].split()):
        raise InputError(
            f"{where}: .subckt {chosen[1]} has {len(pins)} pins, not those of {PINS[name]!r}"
        )
    parameters = frozenset(word.partition("=")[0] for word in rest if "=" in word)
    missing = PARAMETERS[name] - parameters
    if missing:
        raise InputError(f"{where}: .subckt {chosen[1]} has no parameter {min(missing)!r}")
    return Cell(chosen[1], parameters, text.strip())
