"""The files of the cells that a netlist is made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from neuroep.errors import InputError
from neuroep.hardware.cells import CELLS, Cell, check_cell_file

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

SUPPLIES = ("vdd", "vss")


@dataclass(frozen=True)
class CellFile:
    """A cell's file: the cell, the name of its ``.subckt``, and its text.

    ``least_supply``: whether it takes what its supplies must stand at.
    """

    cell: Cell
    subckt: str
    text: str
    least_supply: bool = False

    @property
    def supplied(self) -> bool:
        """Whether the cell's last pins are the two supplies."""
        return tuple(self.cell.pins)[-2:] == SUPPLIES


def read_cells(files: Mapping[str, Path], cells: Iterable[Cell]) -> dict[str, CellFile]:
    """Read the files of some cells, by name.

    An InputError names file and cell: there is none, its subcircuit does not fit, or two have the
    same name.
    """
    found: dict[str, CellFile] = {}
    for cell in cells:
        name = cell.name
        if name not in files:
            raise InputError(f"cell {name!r}: no file")
        subcircuit = check_cell_file(files[name], cell)
        subckt = subcircuit.name
        for other, known in found.items():
            if known.subckt == subckt:
                raise InputError(
                    f"{files[name]}: cell {name!r}: its .subckt {subckt} is called like that of "
                    f"cell {other!r}"
                )
        text = files[name].read_text(encoding="utf-8").strip()
        found[name] = CellFile(cell, subckt, text, "vmin" in subcircuit.defaults)
    return found
