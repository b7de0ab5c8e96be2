"""The table [circuit] of a design: the SI values of the chip."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from pydantic import Field

from neuroep.content import circuits_path
from neuroep.design.quantities import Amperes, Farads, Kelvins, Seconds, Siemens, Volts
from neuroep.errors import InputError
from neuroep.hardware.chip import Chip
from neuroep.tasks.section import Section

DEFAULT = Chip()


class CircuitSection(Section):
    """The chip, in SI units; see :class:`neuroep.hardware.chip.Chip`.

    ``duration``: how long a phase is watched, s; 80 of the slowest time constant when absent.
    ``cells``: a designer's own .cir by the name of the cell whose place it takes, relative to the
    design file.
    """

    supply: Volts = DEFAULT.supply
    signal: Volts = DEFAULT.signal
    unit_conductance: Siemens = DEFAULT.unit_conductance
    pattern_conductance: Siemens = DEFAULT.pattern_conductance
    conductance_min: Siemens = DEFAULT.conductance_min
    conductance_max: Siemens = DEFAULT.conductance_max
    capacitance: Farads = DEFAULT.capacitance
    capacitances: dict[str, Farads] = Field(default_factory=dict)
    membrane_volts: dict[str, Volts] = Field(default_factory=dict)
    temperature: Kelvins = DEFAULT.temperature
    design_temperature: Kelvins = DEFAULT.design_temperature
    slope_factor: float = Field(DEFAULT.slope_factor, gt=0, le=1)
    tail_current: Amperes = DEFAULT.tail_current
    quiescent_current: Amperes = DEFAULT.quiescent_current
    duration: Seconds | None = Field(None, gt=0)
    cells: dict[str, str] = Field(default_factory=dict)

    def chip(self) -> Chip:
        """Return the chip.

        Raises
        ------
        ValueError
            A value that no chip can have; one line that begins with its key.
        """
        try:
            return Chip(**{f.name: getattr(self, f.name) for f in fields(Chip)})
        except ValueError as error:
            raise ValueError(f"circuit.{error}") from None


def cell_files(own: Mapping[str, str], design: Path) -> Mapping[str, Path]:
    """Return the .cir file of every cell, by name.

    Parameters
    ----------
    own : dict of str
        A designer's own files by the name of the cell whose place they take, relative to the
        design file.
    design : Path
        The design file.

    Raises
    ------
    InputError
        A cell that does not exist, or a file that is not there.
    """
    files = {path.stem: path for path in sorted((circuits_path() / "cells").glob("*.cir"))}
    for name, file in own.items():
        if name not in files:
            raise InputError(
                f"{design}: circuit.cells.{name}: no such cell; known are {', '.join(files)}"
            )
        path = design.parent / file
        if not path.is_file():
            raise InputError(f"{design}: circuit.cells.{name}: {path}: no such file")
        files[name] = path
    return files
