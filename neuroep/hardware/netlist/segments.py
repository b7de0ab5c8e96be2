"""The wires of one array as resistors of a netlist, whatever its lines are tied to.

The nodes of row line a are STEM_wA_0, STEM_wA_1, ... from the driver on, those of column line j
STEM_b0_J, STEM_b1_J, ... down to its end.
"""

from itertools import pairwise

from neuroep.hardware.crossbar import Wires
from neuroep.hardware.netlist.deck import Deck, number


def crossing(stem: str, row: int, column: int) -> tuple[str, str]:
    """Return the nodes of a row and a column line that a device leads between."""
    return f"{stem}_w{row}_{column}", f"{stem}_b{row}_{column}"


def add_segments(deck: Deck, stem: str, wires: Wires, first: int, last: int, columns: int) -> None:
    """Add the segments between the devices of rows first..last."""
    for a in range(first, last):
        for j, after in pairwise(range(columns)):
            word, further = crossing(stem, a, j)[0], crossing(stem, a, after)[0]
            add_resistor(deck, word, word, further, wires.row)
    for a, after in pairwise(range(first, last)):
        for j in range(columns):
            bit, further = crossing(stem, a, j)[1], crossing(stem, after, j)[1]
            add_resistor(deck, bit, bit, further, wires.column)


def add_resistor(deck: Deck, name: str, one: str, other: str, ohms: float) -> None:
    """Add a resistor."""
    deck.lines.append(f"r_{name} {one} {other} {number(ohms)}")
