"""The table [circuit] of a design: the SI values of the chip."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from pydantic import Field

from neuroep.design.cells import cell_files
from neuroep.hardware.chip import Chip
from neuroep.quantities import Amperes, Farads, Kelvins, Seconds, Siemens, Volts
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

    def cell_files(self, design: Path) -> Mapping[str, Path]:
        """Return the .cir file of every cell, by name; ``design``: the design's own file."""
        return cell_files(self.cells, design)

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
