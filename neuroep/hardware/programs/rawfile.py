"""Read the binary raw files of SPICE programs: any number of plots of float64 or complex values."""

from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.errors import InputError

MOST_VARIABLES = 1_000_000
"""More than any circuit that such a program can solve; a header that claims more is hostile."""


@dataclass(frozen=True)
class Plot:
    """One analysis.

    ``name``: such as "Operating Point" or "Transient Analysis"; ``time`` (points,), s,
    None where the analysis has no time; ``values`` (points,): node voltages by the node's name
    (``hidden_3_mem``, V), everything else by the name in the file (``i(vdd)``, A), lower-case;
    complex amplitudes where it is one of small signals, but for its real ``frequency``, Hz;
    ``shockley``: whether its diodes follow Shockley's law far in reverse, not ngspice's own.
    """

    name: str
    time: Reals | None
    values: dict[str, Reals]
    shockley: bool = False


def read_raw(content: bytes, program: str = "ngspice") -> list[Plot]:
    """Return the plots of a raw file, given as its bytes.

    ``program``: who wrote it. An InputError that names it: the file is truncated, not binary, not
    real, or its header makes no sense.
    """
    plots: list[Plot] = []
    begin = 0
    try:
        while begin < len(content):
            plot, begin = _read_plot(content, begin)
            plots.append(plot)
    except InputError as error:
        raise InputError(f"{program}: {error}") from None
    return plots


def _read_plot(content: bytes, begin: int) -> tuple[Plot, int]:
    marker = content.find(b"\nBinary:\n", begin)
    if marker < 0:
        raise InputError("the raw file is truncated or not binary: no data section")
    lines = content[begin:marker].decode("ascii", "replace").splitlines()
    header, names = _read_header(lines)
    flags = header.get("flags", "")
    kind = flags.split()
    if not {"real", "complex"} & set(kind):
        raise InputError(f"raw file: flags {flags[:40]!r} are not known")
    each = "<c16" if "complex" in kind else "<f8"
    points, variables = _count(header, "no. points"), _count(header, "no. variables")
    if len(names) != variables or len(set(names)) != variables or variables == 0:
        raise InputError(f"raw file: {variables} variables announced, {len(names)} named")
    first = marker + len(b"\nBinary:\n")
    last = first + int(each[2:]) * points * variables
    if points == 0 or last > len(content):
        raise InputError(
            f"the raw file is truncated: {points} points of {variables} variables "
            f"announced, {len(content) - first} bytes there"
        )
    table = np.frombuffer(content[first:last], each).reshape(points, variables)
    columns = {name: np.ascontiguousarray(table[:, k]) for k, name in enumerate(names)}
    if each == "<c16" and "frequency" in columns:
        columns["frequency"] = columns["frequency"].real
    time = columns.pop("time", None)
    return Plot(header.get("plotname", ""), time, columns), last


def _read_header(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    header: dict[str, str] = {}
    names: list[str] = []
    for number, line in enumerate(lines):
        key, colon, value = line.partition(":")
        if not colon:
            raise InputError(f"raw file: header line {line[:40]!r} makes no sense")
        if key.strip().lower() == "variables":
            for row in lines[number + 1 :]:
                parts = row.split()
                if len(parts) < 3:
                    raise InputError(f"raw file: variable {row[:40]!r} makes no sense")
                names.append(_node(parts[1].lower()))
            break
        header[key.strip().lower()] = value.strip()
    return header, names


def _node(name: str) -> str:
    return name[2:-1] if name.startswith("v(") and name.endswith(")") else name


def _count(header: dict[str, str], key: str) -> int:
    text = header.get(key, "")
    if not text.isdecimal() or len(text) > 15:
        raise InputError(f"the raw file is truncated: {key} is {text[:20]!r}")
    count = int(text)
    if key == "no. variables" and count > MOST_VARIABLES:
        raise InputError(f"raw file: {count} variables announced")
    return count
