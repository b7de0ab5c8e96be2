"""A designer's own .cir file: its subcircuit must have the pins and parameters of the cell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neuroep.errors import InputError
from neuroep.hardware.cells.reading import GLOBAL, Line, read_lines

if TYPE_CHECKING:
    from neuroep.hardware.cells.cell import Cell


@dataclass(frozen=True)
class Subcircuit:
    """A ``.subckt`` line: its name, its pins in order, and its parameters with their defaults.

    ``text``: what of its file belongs into a netlist; ``names``: of all subcircuits in it.
    """

    name: str
    pins: tuple[str, ...]
    defaults: Mapping[str, str]
    text: str = ""
    names: frozenset[str] = frozenset()


def check_cell_file(path: Path, cell: "Cell") -> Subcircuit:
    """Return the subcircuit of a file that can take a cell's place.

    Pins count by their order, not by their names. The subcircuit may have any name, and parameters
    beyond those of the cell if it gives them defaults. Of several, the one called like the cell
    counts, otherwise the first. A test bench beside it is left out. An InputError names the file,
    the line and what is missing.
    """
    blocks, shared = _blocks(read_lines(path))
    if not blocks:
        raise InputError(f"{path}: cell {cell.name!r}: holds no .subckt")
    name = cell.name if cell.name in blocks else next(iter(blocks))
    needed = _needed(name, blocks)
    text = "\n".join(_text(block, shared) for key, block in blocks.items() if key in needed)
    chosen = _subcircuit(next(line for line in blocks[name] if line.opens), text.strip(), needed)
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


def _blocks(lines: list[Line]) -> tuple[dict[str, list[Line]], list[Line]]:
    """Return subcircuits by name, with the comments before each, and what stands beside them."""
    blocks: dict[str, list[Line]] = {}
    shared: list[Line] = []
    block: list[Line] = []
    depth, name = 0, ""
    for line in lines:
        block.append(line)
        if line.opens and not depth:
            name = " ".join(line.code.lower().split()[1:2])
            if name in blocks:
                raise InputError(f"{line.where}: .subckt {name}: is there twice")
        depth += line.opens - line.closes
        if depth or not line.code:
            continue
        if line.closes:
            blocks[name] = block
        else:
            shared += block
        block = []
    return blocks, shared


def _needed(name: str, blocks: Mapping[str, list[Line]]) -> set[str]:
    """Return the names of the subcircuits that one is made of, its own among them."""
    needed, rest = set(), [name]
    while rest:
        needed.add(name := rest.pop())
        calls = (line.code.lower().split() for line in blocks[name] if line.word.startswith("x"))
        rest += [word for call in calls for word in call if word in blocks and word not in needed]
    return needed


def _text(block: list[Line], shared: list[Line]) -> str:
    """Return a subcircuit with what its file shares inside, where no other file meets it.

    Names of nodes that are the same everywhere stay in front: inside they would be its own.
    """
    at = next(number for number, line in enumerate(block) if line.opens) + 1
    everywhere = [line for line in shared if line.word == GLOBAL]
    own = [line for line in shared if line.word != GLOBAL]
    return "\n".join(line.text for line in [*everywhere, *block[:at], *own, *block[at:]])


# A value is one word, or an expression in braces or quotes, which may hold blanks.
_PARAMETER = re.compile(r"([a-z_]\w*)\s*=\s*(\{[^{}]*\}|'[^']*'|\S+)")


def _subcircuit(line: Line, text: str, names: set[str]) -> Subcircuit:
    words = re.split(r"\s+", line.code.lower().strip(), maxsplit=2)
    if len(words) < 2:
        raise InputError(f"{line.where}: .subckt without a name")
    rest = words[2] if len(words) > 2 else ""
    parameters = {found[1]: found[2] for found in _PARAMETER.finditer(rest)}
    pins = _PARAMETER.sub(" ", rest).replace("params:", " ").split()
    if pins and pins[0].startswith("(") and pins[-1].endswith(")"):
        pins = " ".join(pins)[1:-1].split()
    if odd := next((pin for pin in pins if re.search(r"[={}'\"(),]", pin)), ""):
        raise InputError(f"{line.where}: .subckt {words[1]}: {odd[:40]!r} is no pin")
    if twice := next((pin for pin in pins if pins.count(pin) > 1), ""):
        raise InputError(f"{line.where}: .subckt {words[1]}: two pins called {twice[:40]!r}")
    return Subcircuit(words[1], tuple(pins), parameters, text, frozenset(names))
