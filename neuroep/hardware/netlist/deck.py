"""A netlist in the making: lines, the cells they use, and the nodes worth saving."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from neuroep.errors import InputError
from neuroep.hardware.netlist.cells import REFERENCE, SUPPLIES, CellFile
from neuroep.hardware.pdk.transistors import offsets


def layer_names(layers: Iterable[str]) -> dict[str, str]:
    """Return names of layers that SPICE can carry: lower-case, of letters, digits and "_".

    Names that would fall together get a number. Row r of an attention layer ``heads`` has nodes
    ``heads_r0_...``, so a layer ``heads_r0`` may not stand beside it either.
    """
    names: dict[str, str] = {}
    for layer in layers:
        plain = re.sub(r"[^a-z0-9_]", "_", layer.lower())
        name, number = plain, 1
        while _taken(name, names.values()):
            number += 1
            name = f"{plain}_{number}"
        names[layer] = name
    return names


def _taken(name: str, others: Iterable[str]) -> bool:
    if name in ("target", "readout", "bias", *SUPPLIES):
        return True
    stem = re.sub(r"_r\d+$", "", name)
    return any(stem == re.sub(r"_r\d+$", "", other) for other in others)


def number(value: float) -> str:
    """Return a value with all its digits, as SPICE reads it."""
    return repr(float(value))


def seconds(value: float) -> str:
    """Return a time to 12 digits: what a float adds behind them is no time that anybody set."""
    return f"{value:.12g}"


def scaled(siemens: float) -> str:
    """Return a programmed conductance, to be scaled with all others by ``.param gscale``."""
    return f"{{gscale*{number(siemens)}}}"


def changed(written: str, by: float) -> str:
    """Return what :func:`scaled` has written, of a conductance that is so many siemens larger."""
    return scaled(float(written.removeprefix("{gscale*").removesuffix("}")) + by)


def remarks(text: str) -> list[str]:
    """Return a text as comment lines."""
    return [f"* {line}" for line in textwrap.wrap(text, 96)]


def wrapped(keyword: str, entries: Sequence[str], most: int = 6) -> list[str]:
    """Return lines that give a keyword its entries, a few a line."""
    return [f"{keyword} " + " ".join(entries[k : k + most]) for k in range(0, len(entries), most)]


def measures(
    source: str,
    charges: Mapping[str, tuple[str, str]],
    outputs: Mapping[str, str],
    duration: float,
) -> list[str]:
    """Return what a run without -r measures: energy from each source, final voltages of outputs.

    ``source``: what a source is called; ``charges``: (current, volts) of each; ``outputs``: the
    node of each.
    """
    found = [f"* Measured in a run without -r: J drawn from each {source}, final V of the outputs."]
    for name, (current, volts) in charges.items():
        found.append(f".meas tran charge_{name} INTEG i({current})")
        found.append(f".meas tran energy_{name} PARAM='{volts}*charge_{name}'")
    # A hair before the end, which the last step may miss by rounding.
    end = seconds(duration * (1.0 - 1e-9))
    return found + [f".meas tran final_{name} FIND v({n}) AT={end}" for name, n in outputs.items()]


MODELS = (
    "* Transistor models: the SkyWater PDK Authors, Apache License 2.0; cut to these geometries."
)

Given = Mapping[str, str | float]
"""What an instance is given, by parameter: a number, or an expression in braces."""


class Deck:
    """Lines of a netlist, cell by cell; of ``cells``, by name, only those that are used.

    ``chip``: which chip of a process its transistors are of; none is the nominal one.
    ``instances``: cell and parameters of each element, by its name.
    """

    def __init__(self, cells: Mapping[str, CellFile], chip: int | None = None) -> None:
        self.cells = cells
        self.chip = chip
        self.lines: list[str] = []
        self.used: dict[str, CellFile] = {}
        self.instances: dict[str, tuple[CellFile, Given]] = {}
        self.saved: list[str] = []

    def comment(self, text: str) -> None:
        """Add a comment after an empty line."""
        self.lines += ["", "* " + " ".join(text.split())]

    def add(self, instance: str, cell: str, *nodes: str, **values: str | float) -> None:
        """Add an instance of a cell; the two supplies are wired by themselves.

        Raises
        ------
        InputError
            Two elements have the same name, or the cell's file lacks a parameter.
        """
        self.add_on(SUPPLIES, instance, cell, *nodes, **values)

    def add_on(
        self,
        rails: tuple[str, str],
        instance: str,
        cell: str,
        *nodes: str,
        **values: str | float,
    ) -> None:
        """Add an instance of a cell that has its two supplies from rails of its own."""
        found = self.cells[cell]
        self.used |= {part: self.cells[part] for part in (*found.cell.parts, cell)}
        name = f"x{instance}"
        if name in self.instances:
            raise InputError(f"netlist: two elements called {name}; rename a layer")
        found.check_takes(values)
        self.instances[name] = found, values
        wires = nodes + (rails if found.supplied else ())
        least = {"vmin": "{vmin}"} if found.least_supply else {}
        off = offsets(found.transistors.get(found.subckt, ()), name, self.chip)
        given = _given({**values, **least, **off})
        self.lines.append(" ".join([name, *wires, found.subckt, *given]))

    def save(self, *nodes: str) -> None:
        """Ask for the voltages of nodes."""
        self.saved += [f"v({node})" for node in nodes]

    @property
    def of_process(self) -> bool:
        """Whether any cell in use is made of transistors of a process."""
        return any(cell.models for cell in self.used.values())

    def text(self) -> str:
        """Return the cells in use, each once, and the lines."""
        saves = wrapped(".save", self.saved, 8)
        return "\n".join([self.subcircuits(), *self.lines, "", *saves])

    def subcircuits(self) -> str:
        """Return the cells in use with what they are made of, and a library's bias lines."""
        used = self.used.values()
        models = {name: text for cell in used for name, text in cell.models.items()}
        parts = {name: text for cell in used for name, text in cell.parts.items()}
        texts = [*models.values(), *parts.values(), *(cell.text for cell in used)]
        origin = [MODELS] if models else []
        return "\n\n".join([*origin, *texts, *self._reference()])

    def line(self, instance: str) -> str:
        """Return the line of an element."""
        return next(line for line in self.lines if line.startswith(f"{instance} "))

    def _reference(self) -> list[str]:
        """Return the line that makes the bias lines of a library of transistors."""
        cell = next((cell for cell in self.used.values() if REFERENCE in cell.parts), None)
        if cell is None:
            return []
        off = offsets(cell.transistors[REFERENCE], REFERENCE, self.chip)
        return [" ".join([f"x{REFERENCE}", *SUPPLIES, REFERENCE, *_given(off)])]


def _given(values: Given) -> list[str]:
    return [f"{k}={v if isinstance(v, str) else number(v)}" for k, v in values.items()]
