"""The Verilog-A of a cell: the file beside its .cir, with the same pins and parameters."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from neuroep.errors import InputError
from neuroep.files import read_text
from neuroep.hardware.netlist.cells import CellFile
from neuroep.hardware.netlist.statements import Statement

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_MODULE = re.compile(r"\bmodule\s+(\w+)\s*\(([^)]*)\)")
_PARAMETER = re.compile(r"\bparameter\s+(?:real\s+|integer\s+)?(\w+)\s*=")


@dataclass(frozen=True)
class Module:
    """A Verilog-A module: its file, its name, how many pins it has, and its parameters."""

    path: Path
    name: str
    pins: int
    parameters: frozenset[str]

    def called(self, symbol: str) -> str:
        """Return what a parameter of the cell is called: ``signed_`` is no word of Verilog."""
        return symbol if symbol in self.parameters else f"{symbol}_"


def verilog_path(cell: CellFile) -> Path:
    """Return where the Verilog-A of a cell is, or would be."""
    return cell.path.with_suffix(".va")


def read_module(cell: CellFile) -> Module:
    """Read the Verilog-A of a cell.

    An InputError: there is none, it holds no module, or its pins are not those of the cell.
    """
    path = verilog_path(cell)
    if not path.is_file():
        raise InputError(f"{cell.path}: cell {cell.cell.name!r}: no {path.name} beside it")
    text = _COMMENT.sub(" ", read_text(path))
    found = _MODULE.search(text)
    if found is None:
        raise InputError(f"{path}: cell {cell.cell.name!r}: holds no module")
    pins = [pin for pin in re.split(r"[\s,]+", found[2]) if pin]
    if len(pins) != len(cell.cell.pins):
        raise InputError(
            f"{path}: cell {cell.cell.name!r}: module {found[1]} has {len(pins)} pins, not the "
            f"{len(cell.cell.pins)} of {' '.join(cell.cell.pins)!r}"
        )
    return Module(path, found[1], len(pins), frozenset(_PARAMETER.findall(text)))


def read_modules(used: Mapping[str, CellFile], instances: Iterable[Statement]) -> dict[str, Module]:
    """Return the modules of all instances, by the subcircuit that each takes the place of.

    ``used``: cells of a deck, by name. An InputError: a cell without Verilog-A, or one that lacks
    a parameter that an instance is given.
    """
    cells = {cell.subckt: cell for cell in used.values()}
    found: dict[str, Module] = {}
    for one in instances:
        if one.what not in cells:
            raise InputError(f"{one.name}: {one.what} is no cell, and has no Verilog-A")
        if one.what not in found:
            found[one.what] = read_module(cells[one.what])
        module = found[one.what]
        for symbol in one.given:
            if module.called(symbol) not in module.parameters:
                raise InputError(
                    f"{module.path}: module {module.name} has no parameter {symbol!r}, which "
                    f"{one.name} is given"
                )
    return found
