"""Libraries of cells, and the .cir file of every cell, a designer's own ones among them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuroep.content import circuits_path
from neuroep.design.checked import suggestion
from neuroep.errors import InputError
from neuroep.hardware.cells import CELLS
from neuroep.hardware.hopfield.account import Measured
from neuroep.hardware.netlist.cells import SUPPLIES
from neuroep.hardware.neurons import NEURON_CELLS
from neuroep.quantities import in_unit

MEASURED = "measured.toml"
"""What cells of transistors draw and how large they are, beside them."""

IDEAL = "ideal"
"""The library that has every cell."""


@dataclass(frozen=True)
class Library:
    """A folder of cells.

    ``circuit``: what a chip of these cells is made for, as a design's table [circuit] gives it;
    ``highest_supply``: what its devices stand, as a quantity; nothing where no limit is known;
    ``bounds``: what each cell keeps of its ideal, by cell and figure.
    """

    name: str
    folder: Path
    title: str
    circuit: Mapping[str, Any]
    highest_supply: str = ""
    bounds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, Path]:
        """The .cir file of every cell of its own, by name."""
        found = {path.stem: path for path in sorted(self.folder.glob("*.cir"))}
        return {name: path for name, path in found.items() if name in CELLS}

    @property
    def measured(self) -> dict[str, Measured]:
        """What was measured of its cells, by name; nothing of ideal ones."""
        file = self.folder / MEASURED
        if not file.is_file():
            return {}
        return {
            cell: Measured(in_unit(entry["current"], "amperes", "6 uA"), float(entry["area"]))
            for cell, entry in tomllib.loads(file.read_text(encoding="utf-8")).items()
        }


def libraries() -> list[str]:
    """Return the names of the libraries of cells."""
    folders = (circuits_path() / "cells").iterdir()
    return sorted(folder.name for folder in folders if folder.is_dir())


def library(name: str) -> Library:
    """Return a library of cells; a ValueError where there is none of that name."""
    if name not in libraries():
        raise ValueError(f"{name!r} is no library of cells; {suggestion(name, libraries())}")
    folder = circuits_path() / "cells" / name
    file = folder / "library.toml"
    content = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return Library(
        name,
        folder,
        content.get("title", ""),
        content.get("circuit", {}),
        content.get("highest_supply", ""),
        content.get("bounds", {}),
    )


def cell_files(
    own: Mapping[str, str], design: Path, library_name: str = IDEAL
) -> Mapping[str, Path]:
    """Return the .cir file of every cell, by name; an InputError where one is not there.

    ``own``: a designer's own files by the name of the cell whose place they take, relative to the
    ``design``'s own file. Cells without supplies are devices, the same in every library.
    """
    files = library(IDEAL).files
    if library_name != IDEAL:
        files = {n: path for n, path in files.items() if not set(SUPPLIES) <= set(CELLS[n].pins)}
        files |= library(library_name).files
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
