"""A netlist in another dialect, and the Verilog-A files that it needs beside it."""

from collections.abc import Mapping
from pathlib import Path

from neuroep.hardware.netlist.cells import CellFile
from neuroep.hardware.netlist.dialects.catalogue import DIALECTS
from neuroep.hardware.netlist.statements import statements
from neuroep.hardware.netlist.verilog import read_modules


def translated(
    text: str, used: Mapping[str, CellFile], dialect: str, folder: str
) -> tuple[str, dict[str, Path]]:
    """Return a deck in a dialect, and the Verilog-A files that it takes from a folder, by name.

    ``used``: the cells in it, by name; ``folder``: as seen from where the netlist will be.

    An InputError: a cell without Verilog-A, or a statement that only SPICE knows.
    """
    said = statements(text)
    modules = read_modules(used, said.instances)
    names = {master: f"{master}.va" for master in modules}
    places = {master: f"{folder}/{name}" for master, name in names.items()}
    netlist = DIALECTS[dialect].open()(said, modules, places)
    return netlist, {name: modules[master].path for master, name in names.items()}
