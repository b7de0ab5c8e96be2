"""``[circuit.wires]``: the wires of a chip's arrays, whatever its family."""

from pydantic import Field

from neuroep.hardware.crossbar import Wires
from neuroep.quantities import Ohms
from neuroep.tasks.section import Section


class WiresSection(Section):
    """Wires of the arrays; see :class:`neuroep.hardware.crossbar.Wires`."""

    resistance: Ohms
    """Of a segment, from one device to the next."""
    column: Ohms | None = None
    """Of a segment of a column line, where it is another one."""
    driver: Ohms = 0.0
    """Of what drives a row line, in series with its first segment."""
    receiver: Ohms = 0.0
    """Of what a column line ends in: a virtual ground, or the node of a resistive network."""
    lines: int = Field(0, ge=0)
    """Row lines of an array at most, pairs counted twice; 0: one array whatever its size."""


def wires_of(section: WiresSection | None) -> Wires | None:
    """Return the wires of a table, none without it; a ValueError begins with the key."""
    if section is None:
        return None
    column = section.resistance if section.column is None else section.column
    try:
        return Wires(section.resistance, column, section.driver, section.receiver, section.lines)
    except ValueError as error:
        raise ValueError(f"circuit.wires.{error}") from None
