"""What Spectre and VACASK write alike: one statement a line, pins in brackets, values by name."""

from collections.abc import Callable, Iterable, Mapping

from neuroep.hardware.netlist.statements import Element, Instance, Remark, Statements
from neuroep.hardware.netlist.verilog import Module

VALUES = {"r": "r", "c": "c", "v": "dc", "i": "dc"}
"""What the value of an element is called, by its kind."""


def elements_and_cells(
    said: Statements, modules: Mapping[str, Module], masters: Mapping[str, str]
) -> list[str]:
    """Return the body of a netlist; ``masters``: what an element is made of, by its kind."""
    lines = []
    for one in said.body:
        if isinstance(one, Remark):
            lines.append(f"// {one.words}" if one.words else "")
        elif isinstance(one, Element):
            value = {VALUES[one.kind]: one.value}
            lines.append(_placed(one.name, one.nodes, masters[one.kind], value))
        else:
            lines.append(_cell(one, modules[one.master].name))
    return lines


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


def _cell(one: Instance, module: str) -> str:
    return _placed(one.name, one.nodes, module, one.given)


def _placed(name: str, nodes: Iterable[str], master: str, values: Mapping[str, str]) -> str:
    return " ".join([name, f"({' '.join(nodes)})", master, assignments(values)]).rstrip()
