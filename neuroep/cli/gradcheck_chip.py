"""``neuroep gradcheck --library``: chips of transistors held against their own gradient."""

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroep.studies.gradcheck.chip import ChipReport

COLUMNS = [
    "chip", "EP β=0.02: cosine", "error", "EP β=0.1: cosine", "error", "ideal: cosine", "error",
    "activities off ideal", "verdict",
]  # fmt: skip


def run_chips(options: argparse.Namespace, overrides: list[str]) -> int:
    """Print the table; 0 when every chip follows its own gradient, 1 when one does not."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.report import table
    from neuroep.studies.gradcheck.chip import check_chips
    from neuroep.traces.files import write_json

    check_outputs(options, options.results)
    report = check_chips(
        options.design,
        tuple(overrides),
        options.library,
        options.draws,
        options.examples,
        lambda line: print(f"  {line}", file=sys.stderr),
    )
    print(report.title)
    print(
        f"  truth: differences of the circuit's own settled cost over {report.synapses} "
        f"conductances, {report.examples} examples, by ngspice alone"
    )
    print(table(_rows(report), COLUMNS, markdown=options.markdown))
    if options.results:
        content = {"title": report.title, "overrides": overrides, "library": options.library}
        content |= {"examples": report.examples, "synapses": report.synapses}
        chips = [asdict(check) | {"passed": check.passed} for check in report.checks]
        write_json(options.results, content | {"chips": chips, "passed": report.passed}, indent=1)
    print(
        "every chip follows the gradient of its own cost"
        if report.passed
        else "NOT every chip follows the gradient of its own cost"
    )
    return 0 if report.passed else 1


def _rows(report: "ChipReport") -> list[list[object]]:
    rows: list[list[object]] = []
    for check in report.checks:
        row: list[object] = ["nominal" if check.chip is None else str(check.chip)]
        for found in (*check.estimates.values(), check.ideal):
            row += [f"{found.cosine:.6f}", f"{found.error:.2g}"]
        word = "yes" if check.passed else "NO"
        rows.append([*row, f"{check.activity:.2g}", word if check.settled else "NOT settled"])
    return rows
