"""``neuroep budget``: where the joules, the time and the area of a design's chip go."""

import argparse
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from neuroep.cli.arguments import Commands, add_command, add_design, add_set
from neuroep.runs.units import engineering

if TYPE_CHECKING:
    from neuroep.hardware.account import Account, Part
    from neuroep.studies.budget.budget import Budget, Ran

DESCRIPTION = """\
Account for one example on a design's chip, cell by cell and array by array: what each draws and
turns into heat in a free phase (an inference) and in all three phases of a learning step, what a
programming pulse takes, how long phases settle, and the area. Of any size: the network is settled
by sweeps. A chip small enough also runs, and the estimate stands beside what it took."""

EXAMPLES = """\
examples:
  neuroep budget mnist_spiking
  neuroep budget attention_small --by ngspice        metered, cell by cell
  neuroep budget transistors_small --by ngspice      measured cells of transistors, and areas
  neuroep budget imdb_pooled --set devices.card=soft_64 --set circuit.duration='5 us' -o budget.json
what a chip needs and no cell of the library is stands below the table as not counted"""

PHASES = ("free", "nudged, +beta", "nudged, -beta")


def add_budget(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "energy, delay and area of a design, cell by cell"
    command = add_command(commands, "budget", purpose, DESCRIPTION, EXAMPLES)
    add_design(command)
    add_set(command, "an entry, such as circuit.quiescent_current='200 nA'")
    command.add_argument(
        "--by",
        default="transient",
        metavar="HOW",
        help="what runs a chip small enough: transient (its equations, default) or ngspice, with "
        "ammeters in the supplies of each kind of cell",
    )
    command.add_argument("--markdown", action="store_true", help="as Markdown tables")
    command.add_argument("-o", "--out", metavar="FILE", help="everything as a JSON file as well")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    """Print the tables; write the file."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.studies.budget.budget import budget
    from neuroep.traces.files import write_json

    check_outputs(options, options.out)
    found = budget(options.design, options.set, options.by)
    print("\n\n".join(page(found, options.markdown)))
    if options.out:
        write_json(options.out, found.to_json(), indent=1)


def page(found: "Budget", markdown: bool) -> list[str]:
    """Return what is printed: heading, tables and what is not counted."""
    account, ran = found.account, found.ran
    metered = ran is not None and bool(ran.parts)
    return [
        found.title,
        _parts(account, ran if metered else None, markdown),
        _phases(account, ran, markdown),
        "\n".join(_totals(account)),
        "\n".join([account.how, *found.notes, *(f"not counted: {x}" for x in account.uncounted)]),
    ]


def _parts(account: "Account", ran: "Ran | None", markdown: bool) -> str:
    from neuroep.report import Number, table
    from neuroep.studies.budget.budget import ran_of

    whole = float(account.phases.sum())
    rows: list[list[object]] = []
    for part in _largest_first(account):
        joules = account.of(part)
        drawn = float(part.drawn[0])
        row: list[object] = [
            part.name,
            f"{part.count:,.0f}",
            engineering(drawn, "W") if not part.passive else "-",
            engineering(float(joules[0]), "J"),
            engineering(float(joules.sum()), "J"),
            Number(float(joules.sum()) / whole, unit="%") if whole else None,
            f"{part.area * part.count:,.0f}" if part.area is not None else "-",
        ]
        if ran is not None:
            ratio = ran_of(part, ran, account)
            row.append(None if ratio is None else f"{ratio:.3f}")
        rows.append(row)
    total: list[object] = [
        "all",
        "",
        engineering(float(account.power[0]), "W"),
        engineering(account.inference, "J"),
        engineering(whole, "J"),
        Number(1.0 if whole else math.nan, unit="%"),
        f"{account.area:,.0f}" if account.area else "-",
    ]
    heads = [
        "cell or array", "how many", "drawn", "heat, inference", "heat, learning step",
        "share", "area (um²)",
    ]  # fmt: skip
    if ran is not None:
        total.append(f"{ran.ratio[0]:.3f}")
        heads.append("estimate / ran")
    return table([*rows, total], heads, markdown=markdown)


def _largest_first(account: "Account") -> Sequence["Part"]:
    return sorted(account.parts, key=lambda part: -abs(float(account.of(part).sum())))


def _phases(account: "Account", ran: "Ran | None", markdown: bool) -> str:
    from neuroep.report import table

    heads = ["phase", "length", "settled to 1 %", "energy"]
    if ran is not None:
        heads += [
            f"settled, {ran.by}",
            f"energy in {engineering(float(ran.seconds[0]), 's')}, {ran.by}",
        ]
        heads += ["estimate / ran"]
    rows: list[list[object]] = []
    for k, name in enumerate(PHASES):
        row: list[object] = [
            name,
            engineering(float(account.seconds[k]), "s"),
            engineering(float(account.settling[k]), "s"),
            engineering(float(account.phases[k]), "J"),
        ]
        if ran is not None:
            row += [
                engineering(float(ran.settling[k]), "s"),
                engineering(float(ran.joules[k]), "J"),
                f"{ran.ratio[k]:.3f}",
            ]
        rows.append(row)
    return table(rows, heads, markdown=markdown)


def _totals(account: "Account") -> list[str]:
    free, step = float(account.seconds[0]), float(account.seconds.sum())
    lines = [
        f"inference: {engineering(account.inference, 'J')} in {engineering(free, 's')}, "
        f"{1.0 / free:,.0f} a second",
        f"learning step: {engineering(account.step, 'J')} in {engineering(step, 's')}, "
        f"{1.0 / step:,.0f} a second; {engineering(account.sampled, 'J')} of it onto samplers",
    ]
    if account.pulse:
        joules, seconds = account.pulse["joules"], account.pulse["seconds"]
        lines.append(
            f"pulse: {engineering(joules, 'J')} in {engineering(seconds, 's')} (devices at the "
            "middle of their range)"
        )
    return lines
