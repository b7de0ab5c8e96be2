"""Ammeters in the supplies of groups of cells: what each of them takes of a circuit that runs."""

from collections.abc import Callable, Mapping

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.netlist.cells import REFERENCE, SUPPLIES
from neuroep.hardware.netlist.deck import Deck, wrapped


def metered(text: str, deck: Deck, group: Callable[[str, str], str]) -> tuple[str, list[str]]:
    """Return a netlist whose cells have their supplies through ammeters, and the groups' names.

    ``group``: of an element and its cell, such as ``("xpairs_3", "tanh")``. Ammeter k of a rail is
    ``vmeter_vdd_K``, a source of 0 V, K being the place of the group. The subcircuit of the bias
    lines is a group of its own name.
    """
    groups: dict[str, int] = {}
    lines = []
    for line in text.splitlines():
        words = line.split()
        name = words[0] if words else ""
        cell, _ = deck.instances.get(name, (None, {}))
        if name == f"x{REFERENCE}":
            at, of = 1, REFERENCE
        elif cell is not None and cell.supplied:
            at, of = words.index(cell.subckt) - 2, group(name, cell.cell.name)
        else:
            lines.append(line)
            continue
        number = groups.setdefault(of, len(groups))
        words[at : at + 2] = (f"{rail}_{number}" for rail in SUPPLIES)
        lines.append(" ".join(words))
    meters = [
        f"vmeter_{rail}_{number} {rail} {rail}_{number} 0"
        for number in groups.values()
        for rail in SUPPLIES
    ]
    saves = [f"i(vmeter_{rail}_{number})" for number in groups.values() for rail in SUPPLIES]
    end = max(k for k, line in enumerate(lines) if line == ".end")
    lines[end:end] = [*meters, *wrapped(".save", saves)]
    return "\n".join([*lines, ""]), list(groups)


def watts(values: Mapping[str, Reals], group: int) -> Reals:
    """Return what a group takes from both rails, (T,), W, of what a run of the netlist says."""
    return np.asarray(sum(values[rail] * values[f"i(vmeter_{rail}_{group})"] for rail in SUPPLIES))
