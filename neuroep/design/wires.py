"""``[circuit.wires]``: the wires of a chip's arrays, whatever its family."""

from pydantic import Field

from neuroep.hardware.crossbar import Wires
from neuroep.quantities import Ohms
from neuroep.tasks.section import Section


class WiresSection(Section):
    """Wires of the arrays; see :class:`neuroep.hardware.crossbar.Wires`.

    ``resistance``: of a segment, from one device to the next; ``column``: of a segment of a column
    line where it is another one; ``lines``: rows of an array at most, pairs
    counted twice.
    """

    resistance: Ohms
    column: Ohms | None = None
    driver: Ohms = 0.0
    receiver: Ohms = 0.0
    lines: int = Field(0, ge=0)


def wires_of(section: WiresSection | None) -> Wires | None:
    """Return the wires of a table, none without it; a ValueError begins with the key."""
    if section is None:
        return None
    column = section.resistance if section.column is None else section.column
    try:
        return Wires(section.resistance, column, section.driver, section.receiver, section.lines)
    except ValueError as error:
        raise ValueError(f"circuit.wires.{error}") from None
