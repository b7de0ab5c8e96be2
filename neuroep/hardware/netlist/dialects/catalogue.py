"""All dialects that a netlist can be written in besides SPICE as ngspice reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from neuroep.hardware.netlist.statements import Statements
    from neuroep.hardware.netlist.verilog import Module

    Write = Callable[[Statements, Mapping[str, Module], Mapping[str, str]], str]


@dataclass(frozen=True)
class Dialect:
    """How netlists are written.

    ``function``: by module and name, so that dialects can be named without loading them;
    ``suffix``: what file names end in; ``program``: what runs them.
    """

    function: str
    suffix: str
    program: str

    def open(self) -> "Write":
        """Return the function: what a deck says, its modules, and where each is, to a netlist."""
        module, _, found = self.function.partition(":")
        return cast("Write", getattr(import_module(module), found))


DIALECTS = {
    "spectre": Dialect("neuroep.hardware.netlist.dialects.spectre:spectre", ".scs", "spectre"),
    "vacask": Dialect("neuroep.hardware.netlist.dialects.vacask:vacask", ".sim", "vacask"),
}
"""By the name that ``--dialect`` takes."""
