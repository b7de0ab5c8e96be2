"""The .cir files of cells: the built-in ones, those of registered neurons, a designer's own."""

from collections.abc import Mapping
from pathlib import Path

from neuroep.content import circuits_path
from neuroep.design.checked import suggestion
from neuroep.errors import InputError
from neuroep.hardware.neurons import NEURON_CELLS


def cell_files(own: Mapping[str, str], design: Path) -> Mapping[str, Path]:
    """Return the .cir file of every cell, by name; an InputError where one is not there.

    ``own``: a designer's own files by the name of the cell whose place they take, relative to the
    ``design``'s own file.
    """
    files = {
        path.stem: path for path in sorted((circuits_path() / "cells" / "ideal").glob("*.cir"))
    }
    files |= {kind.cell.name: kind.file for kind in NEURON_CELLS.values() if kind.file}
    for name, file in own.items():
        if name not in files:
            raise InputError(
                f"{design}: circuit.cells.{name}: no such cell; {suggestion(name, files)}"
            )
        path = design.parent / file
        if not path.is_file():
            raise InputError(f"{design}: circuit.cells.{name}: {path}: no such file")
        files[name] = path
    return files
