"""The chip that a library of cells is made for."""

from neuroep.design.hopfield.sections import CircuitSection
from neuroep.hardware.chip import Chip


def chip_of(library: str) -> Chip:
    """Return the nominal chip of a library of cells."""
    return CircuitSection(library=library).made()
