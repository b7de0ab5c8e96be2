"""Parameters of a netlist: a file that a SPICE deck includes."""

from collections.abc import Sequence

from neuroep.export.format import Format
from neuroep.export.names import Names
from neuroep.export.weights.learned import Learned


def write(learned: Sequence[Learned]) -> bytes:
    """Return one ``.param`` an entry, called by its array and place: ``heads_hidden_0_3``."""
    names = Names()
    lines = [
        "* Learned values as parameters, in SI units: .include this file, and use {NAME}.",
        "* The weight of a pair is a difference of two conductances, and may be negative.",
    ]
    for one in learned:
        lines.append(f"* {one.name}, {one.unit}")
        for place, row, column, value in one.entries():
            what = " to ".join(filter(None, (row, column)))
            name = names.of(one.name, *map(str, place))
            lines.append(f".param {name} = {value!r} ; {_plain(what)}")
    return "\n".join([*lines, ""]).encode()


def _plain(text: str) -> str:
    """Return a text as SPICE can skip it."""
    return " ".join(text.encode("ascii", "replace").decode().split())


FORMAT = Format("inc", (".inc",), ".param lines that a netlist includes", write)
