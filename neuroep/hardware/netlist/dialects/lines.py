"""What Spectre and VACASK write alike: one statement a line, pins in brackets, values by name."""

from collections.abc import Callable, Iterable, Mapping

from neuroep.hardware.netlist.statements import Statement, Statements
from neuroep.hardware.netlist.verilog import Module

MASTERS = {"r": "resistor", "c": "capacitor", "v": "vsource", "i": "isource"}
"""What an element is made of, by its kind."""

VALUES = {"r": "r", "c": "c", "v": "dc", "i": "dc"}
"""What the value of an element is called, by its kind."""

PULSE = ("val0", "val1", "delay", "rise", "fall", "width", "period")
"""Numbers of a pulse, in the order of SPICE."""


def elements_and_cells(
    said: Statements, modules: Mapping[str, Module], quote: str = "", between: str = " "
) -> list[str]:
    """Return the body of a netlist.

    ``quote``: what stands around words among values; ``between``: numbers of a list.
    """
    lines = []
    for one in said.body:
        if one.kind == "*":
            lines.append(f"// {one.name}" if one.name else "")
        elif one.kind == "x":
            module = modules[one.what]
            given = {module.called(symbol): value for symbol, value in one.given.items()}
            lines.append(_placed(one, module.name, given))
        else:
            lines.append(_placed(one, MASTERS[one.kind], _values(one, quote, between)))
    return lines


def _values(one: Statement, quote: str, between: str) -> dict[str, str]:
    if not one.numbers:
        return {VALUES[one.kind]: one.what}
    shape = {"type": f"{quote}{one.what}{quote}"}
    if one.what == "pulse":
        return shape | dict(zip(PULSE, one.numbers, strict=False))
    return shape | {"wave": f"[{between.join(one.numbers)}]"}


def kinds(said: Statements) -> set[str]:
    """Return the kinds of elements that stand beside the cells."""
    return {one.kind for one in said.body} & MASTERS.keys()


def assignments(values: Mapping[str, str]) -> str:
    """Return values by name."""
    return " ".join(f"{name}={value}" for name, value in values.items())


def grouped(
    entries: Iterable[str], line: Callable[[str], str], most: int = 8, between: str = " "
) -> list[str]:
    """Return lines of a few entries each."""
    every = list(entries)
    return [line(between.join(every[k : k + most])) for k in range(0, len(every), most)]


def _placed(one: Statement, master: str, values: Mapping[str, str]) -> str:
    return f"{one.name} ({' '.join(one.nodes)}) {master} {assignments(values)}".rstrip()
