"""The cell library: what each circuit block is, in up to four views held to one parity test."""

from neuroep.hardware.cells.catalogue import CELLS
from neuroep.hardware.cells.cell import Cell, Experiment, Parity, parity
from neuroep.hardware.cells.files import Subcircuit, check_cell_file
from neuroep.hardware.cells.parameters import Parameter, Range, Values

__all__ = [
    "CELLS",
    "Cell",
    "Experiment",
    "Parameter",
    "Parity",
    "Range",
    "Subcircuit",
    "Values",
    "check_cell_file",
    "parity",
]
