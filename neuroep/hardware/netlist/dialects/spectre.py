"""A deck as Spectre reads it: cells in Verilog-A, and resistors, capacitors and sources besides."""

from collections.abc import Mapping

from neuroep.hardware.netlist.dialects.lines import (
    assignments,
    elements_and_cells,
    grouped,
)
from neuroep.hardware.netlist.statements import Run, Statements
from neuroep.hardware.netlist.verilog import Module

TOLERANCES = {"vntol": "vabstol", "abstol": "iabstol"}
"""What Spectre calls the options that SPICE calls otherwise."""


def spectre(said: Statements, modules: Mapping[str, Module], files: Mapping[str, str]) -> str:
    """Return the netlist; ``files``: where each module is, by the cell it takes the place of."""
    options = {TOLERANCES.get(name, name): value for name, value in said.options.items()}
    lines = [
        *(f"// {words}" for words in said.head),
        "// Run it with   spectre chip.scs",
        "",
        "simulator lang=spectre",
        *(f'ahdl_include "{file}"' for file in dict.fromkeys(files.values())),
        "",
        *grouped([f"{k}={v}" for k, v in said.parameters.items()], "parameters {}".format),
        "",
        *elements_and_cells(said, modules),
        "",
        f"exactly options temp={said.celsius} {assignments(options)}",
        *_states("ic", said.states),
        *_states("nodeset", said.guesses),
        *grouped((_saved(what) for what in said.saved), "save {}".format),
    ]
    if said.point:
        lines.append("point dc")
    if said.run is not None:
        lines.append(f"transient tran {_transient(said.run)}")
    return "\n".join([*lines, ""])


def _saved(what: str) -> str:
    return what.replace("i(", "").replace(")", ":p") if what.startswith("i(") else what


def _states(keyword: str, volts: Mapping[str, str]) -> list[str]:
    return grouped([f"{k}={v}" for k, v in volts.items()], f"{keyword} {{}}".format)


def _transient(run: Run) -> str:
    values = {"step": run.step, "stop": run.stop, "maxstep": run.longest}
    if run.from_states:
        values["skipdc"] = "yes"
    return assignments(values)
