"""All programs that a circuit can be run in besides neuroep."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroep.hardware.programs.program import Program

PROGRAMS = {
    "scipy": "neuroep.hardware.programs.scipy:Scipy",
    "ngspice": "neuroep.hardware.programs.spice:Ngspice",
    "vacask": "neuroep.hardware.programs.vacask:Vacask",
    "transistors": "neuroep.hardware.programs.transistors:TransistorChip",
    "brian2": "neuroep.hardware.programs.brian.view:Brian2Program",
}
"""Where a program is found, by the name that ``--without`` takes, in the order of running.

By module and class, so that the names can be read without loading what runs them.
"""

OPTIONAL = frozenset({"vacask"})
"""Those that are run where they are, and not missed where they are not."""


def open_program(name: str) -> "Program":
    """Return the program of a name."""
    module, _, found = PROGRAMS[name].partition(":")
    program: Program = getattr(import_module(module), found)()
    return program
