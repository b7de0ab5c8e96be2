"""SPICE3 binary raw: what ngspice's ``load``, gaw, spicelib and KiCad read."""

import numpy as np

from neuroep.export.format import Format
from neuroep.export.names import Names
from neuroep.export.recording import TIME, Recording, Section

KINDS = {"V": ("voltage", "v({})"), "A": ("current", "i({})"), "S": ("admittance", "{}"),
         "W": ("power", "{}"), "C": ("charge", "{}")}  # fmt: skip
"""Type of a vector, and how its name is written, by unit; everything else is ``notype``."""


def write(recording: Recording) -> bytes:
    """Return one plot a section."""
    parts = [
        _plot(recording.title, section)
        for section in recording.sections
        if section.signals and len(section.points)
    ]
    if not parts:
        raise ValueError("no waveforms recorded")
    return b"".join(parts)


def _plot(title: str, section: Section) -> bytes:
    names, columns = Names(section.axis), [np.asarray(section.points, float)]
    rows = [f"\t0\t{section.axis}\t{'time' if section.axis == TIME else 'notype'}"]
    for signal in section.signals:
        kind, form = KINDS.get(signal.unit, ("notype", "{}"))
        for labels, values in signal.columns():
            name = form.format(names.of(signal.name, *labels))
            rows.append(f"\t{len(rows)}\t{name}\t{kind}")
            columns.append(values)
    # ngspice calls a plot tran1 because of the first word.
    plot = "Transient Analysis" if section.axis == TIME else "Training"
    header = [
        f"Title: {_line(title)}",
        "Date: ",
        f"Plotname: {plot}{f', {_line(section.name)}' if section.name else ''}",
        "Flags: real",
        f"No. Variables: {len(columns)}",
        f"No. Points: {len(section.points)}",
        "Variables:",
        *rows,
        "Binary:\n",
    ]
    table = np.stack(columns, axis=1).astype("<f8")
    return "\n".join(header).encode() + table.tobytes()


def _line(text: str) -> str:
    return " ".join(text.encode("ascii", "replace").decode().split())


FORMAT = Format("raw", (".raw",), "ngspice's load, waveform viewers", write)
