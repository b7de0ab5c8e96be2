"""``neuroep twins``: runs that differ in how they learned, in one figure and one table."""

import argparse
from typing import TYPE_CHECKING

from neuroep.cli.arguments import Commands, add_command

if TYPE_CHECKING:
    from neuroep.studies.twins import Twin

DESCRIPTION = """\
Draw the same network, trained by equilibrium propagation and by backpropagation from the same
seed, epoch by epoch, and tell the final difference in points. The runs are ordinary ones; they must
agree in data and design but for learning.rule, learning.beta and the seed."""

EXAMPLES = """\
examples:
  neuroep train imdb_pooled --set solver=sweep --out runs/ep
  neuroep train imdb_pooled --set solver=sweep --set learning.rule=bptt --out runs/bptt
  neuroep twins runs/ep runs/bptt -o twins.png
  neuroep twins runs/ep-* runs/bptt-* --results twins.json       several seeds of each"""


def add_twins(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "compare runs of the same network by EP and by backpropagation"
    command = add_command(commands, "twins", purpose, DESCRIPTION, EXAMPLES)
    command.add_argument("runs", metavar="RUN", nargs="+", help="folders of finished runs")
    command.add_argument(
        "-o",
        "--out",
        metavar="FILE",
        default="twins.png",
        help="the figure, as .png, .svg or .pdf (default twins.png)",
    )
    command.add_argument("--markdown", action="store_true", help="as Markdown tables")
    command.add_argument("--results", metavar="FILE", help="everything as a JSON file as well")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    """Print the tables and write the figure."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.learning.rules import RULES
    from neuroep.report import check_figure, save
    from neuroep.report.training import twin_curves
    from neuroep.studies.twins import by_rule, read_twins, results_of
    from neuroep.traces.files import write_json

    check_figure(options.out)
    check_outputs(options, options.out, options.results)
    twins = read_twins(options.runs)
    _print(twins, options.markdown)
    histories = {
        RULES[rule].title: [twin.history for twin in group]
        for rule, group in by_rule(twins).items()
    }
    if options.results:
        write_json(options.results, results_of(twins), indent=1)
    save(twin_curves(twins[0].data, histories), options.out)
    print(f"figure: {options.out}")


def _print(twins: "list[Twin]", markdown: bool) -> None:
    import numpy as np

    from neuroep.learning.rules import RULES
    from neuroep.report import Number, table
    from neuroep.studies.twins import VALIDATION, by_rule, differences

    groups = by_rule(twins)
    apart = {(d.rule, d.reference, d.figure): d for d in differences(twins)}
    pairs = list(dict.fromkeys((d.rule, d.reference) for d in apart.values()))
    headers = ["", *(RULES[rule].title for rule in groups)]
    headers += [f"{RULES[a].title} - {RULES[b].title}" for a, b in pairs]
    rows: list[list[object]] = []
    for figure in dict.fromkeys(name for twin in twins for name in twin.accuracies):
        row: list[object] = [figure]
        for group in groups.values():
            values = [t.accuracies[figure] for t in group if figure in t.accuracies]
            spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
            row.append(Number(float(np.mean(values)), spread, "%") if values else None)
        if all(cell is None for cell in row[1:]):
            continue
        for pair in pairs:
            found = apart.get((*pair, figure))
            row.append(
                Number(100.0 * found.mean, found.spread and 100.0 * found.spread, "points")
                if found
                else None
            )
        rows.append(row)
    rows.append(["seeds", *(", ".join(str(t.seed) for t in group) for group in groups.values())])
    rows[-1] += [", ".join(map(str, apart[(*pair, VALIDATION)].seeds)) for pair in pairs]
    print(twins[0].data)
    print(table(rows, headers, markdown=markdown))
