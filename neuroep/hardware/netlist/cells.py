"""The files of the cells that a netlist is made of."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from neuroep.errors import InputError
from neuroep.hardware.cells import CELLS, Cell, check_cell_file
from neuroep.hardware.cells.reading import DEEPEST, part_text
from neuroep.hardware.pdk.expressions import evaluate
from neuroep.hardware.pdk.transistors import Expanded, Transistor, expand, uses_process

NETWORK_CELLS = tuple(
    CELLS[name]
    for name in (
        "membrane",
        "differential_pair",
        "score",
        "wta_branch",
        "wta_tail",
        "readout",
        "nudge",
        "bias",
        "clamp",
        "error",
    )
)
"""What networks of neurons and attention are made of, beside the neurons' own cells."""

RESISTIVE_CELLS = tuple(
    CELLS[name]
    for name in (
        "conductance",
        "diode",
        "bidirectional_amplifier",
        "node_capacitance",
        "differential_nudge",
    )
)
"""What deep resistive networks are made of."""

WIRED_CELLS = tuple(CELLS[name] for name in ("conductance", "current_inverter"))
"""What arrays with wires are made of, beside the cells of the network."""

SUPPLIES = ("vdd", "vss")


REFERENCE = "reference"
"""The subcircuit that makes a chip's bias lines; a library of transistors has one."""


@dataclass(frozen=True)
class CellFile:
    """A cell's file: the cell, the name of its ``.subckt``, and its text.

    ``parts``: texts of the subcircuits of its library that it is made of, by name, inner ones
    first; ``models``: cards of its transistors, by name; ``transistors``: of each subcircuit;
    ``defaults``: of its parameters, as written; ``path``: where it is.
    """

    cell: Cell
    subckt: str
    text: str
    defaults: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    transistors: Mapping[str, tuple[Transistor, ...]] = field(default_factory=dict)
    path: Path = Path()

    @property
    def least_supply(self) -> bool:
        """Whether the cell takes what its supplies must stand at."""
        return "vmin" in self.defaults

    def check_takes(self, symbols: Iterable[str]) -> None:
        """Check that it has parameters; an InputError names the first that it lacks.

        Those that only units of a drawn chip differ by are missing from files that do without.
        """
        for symbol in symbols:
            if symbol not in self.defaults:
                raise InputError(
                    f"{self.path}: cell {self.cell.name!r}: .subckt {self.subckt} has no parameter "
                    f"{symbol!r}, by which units of this chip differ"
                )

    def default(self, symbol: str) -> float:
        """Return the default of a parameter as a number; an InputError: it is none."""
        given = self.defaults[symbol]
        try:
            return evaluate(given, {})
        except (KeyError, ValueError):
            where = f"cell {self.cell.name!r}: .subckt {self.subckt}: {symbol}"
            raise InputError(f"{where}: {given[:60]!r} is no number") from None

    @property
    def supplied(self) -> bool:
        """Whether the cell's last pins are the two supplies."""
        return tuple(self.cell.pins)[-2:] == SUPPLIES


def read_cells(
    files: Mapping[str, Path], cells: Iterable[Cell], corner: str = "tt"
) -> dict[str, CellFile]:
    """Read the files of some cells, by name.

    ``corner``: of the process, for files that name its transistors.

    An InputError names file and cell: there is none, its subcircuit does not fit, or two have the
    same name.
    """
    found: dict[str, CellFile] = {}
    owners: dict[str, str] = {}
    for cell in cells:
        name = cell.name
        if name not in files:
            raise InputError(f"cell {name!r}: no file")
        path = files[name]
        subcircuit = check_cell_file(path, cell)
        subckt = subcircuit.name
        for one in sorted(subcircuit.names & owners.keys()):
            raise InputError(
                f"{path}: cell {name!r}: its .subckt {one} is called like that of "
                f"cell {owners[one]!r}"
            )
        owners |= dict.fromkeys(subcircuit.names, name)
        text = subcircuit.text
        found[name] = CellFile(cell, subckt, text, subcircuit.defaults, path=path)
        names = _parts(path, text)
        if uses_process(text) or names:
            found[name] = _of_process(found[name], path, names, corner)
    return found


def _of_process(found: CellFile, path: Path, names: list[str], corner: str) -> CellFile:
    if (path.parent / f"{REFERENCE}.cir").is_file():
        names = [REFERENCE, *names]
    parts: dict[str, str] = {}
    done = Expanded("")
    models: dict[str, str] = {}
    try:
        for name in dict.fromkeys(names):
            part = part_text(path.parent / f"{name}.cir")
            done = expand(part, corner, done.transistors)
            parts[name] = done.text
            models |= done.models
        done = expand(found.text, corner, done.transistors)
    except InputError as error:
        raise InputError(f"{path}: cell {found.cell.name!r}: {error}") from None
    return replace(
        found,
        text=done.text,
        parts=parts,
        models={**models, **done.models},
        transistors=done.transistors,
    )


def _parts(path: Path, text: str, way: tuple[str, ...] = ()) -> list[str]:
    """Return the subcircuits beside a file that it uses and that are no cells, inner ones first.

    ``way``: those that it is a part of.
    """
    own = set(CELLS) | set(re.findall(r"^\s*\.subckt\s+(\S+)", text.lower(), re.MULTILINE))
    found: list[str] = []
    for line in re.findall(r"^\s*x.*$", text.lower(), re.MULTILINE):
        for word in line.split()[1:]:
            beside = path.parent / f"{word}.cir"
            if re.fullmatch(r"[a-z_]\w*", word) and word not in own and beside.is_file():
                if word in way or len(way) > DEEPEST:
                    raise InputError(f"{beside}: is a part of itself")
                found += [*_parts(beside, part_text(beside), (*way, word)), word]
    return list(dict.fromkeys(found))
