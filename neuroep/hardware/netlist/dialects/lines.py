"""What Spectre and VACASK write alike: one statement a line, pins in brackets, values by name."""

from collections.abc import Callable, Iterable, Mapping

from neuroep.hardware.netlist.statements import Element, Remark, Statements
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
        if isinstance(one, Remark):
            lines.append(f"// {one.words}" if one.words else "")
        elif isinstance(one, Element):
            values = _values(one, quote, between)
            lines.append(_placed(one.name, one.nodes, MASTERS[one.kind], values))
        else:
            module = modules[one.master]
            given = {module.called(symbol): value for symbol, value in one.given.items()}
            lines.append(_placed(one.name, one.nodes, module.name, given))
    return lines


def _values(one: Element, quote: str, between: str) -> dict[str, str]:
    if isinstance(one.value, str):
        return {VALUES[one.kind]: one.value}
    shape = {"type": f"{quote}{one.value.shape}{quote}"}
    if one.value.shape == "pulse":
        return shape | dict(zip(PULSE, one.value.numbers, strict=False))
    return shape | {"wave": f"[{between.join(one.value.numbers)}]"}


def kinds(said: Statements) -> set[str]:
    """Return the kinds of elements that stand beside the cells."""
    return {one.kind for one in said.body if isinstance(one, Element)}


def assignments(values: Mapping[str, str]) -> str:
    """Return values by name."""
    return " ".join(f"{name}={value}" for name, value in values.items())


def grouped(
    entries: Iterable[str], line: Callable[[str], str], most: int = 8, between: str = " "
) -> list[str]:
    """Return lines of a few entries each."""
    every = list(entries)
    return [line(between.join(every[k : k + most])) for k in range(0, len(every), most)]


def _placed(name: str, nodes: Iterable[str], master: str, values: Mapping[str, str]) -> str:
    return " ".join([name, f"({' '.join(nodes)})", master, assignments(values)]).rstrip()
