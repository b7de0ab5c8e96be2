"""``neuroep verify DESIGN --learn N``: print what was learned, draw one synapse, write the JSON."""

import argparse
import json
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from neuroep.cli.outputs import check_outputs
from neuroep.design.files import design_path
from neuroep.files import as_json
from neuroep.hardware.cells.schedule import PHASES
from neuroep.studies.verify.case import VerifyOptions
from neuroep.studies.verify.learning import LearningReport, verify_learning
from neuroep.traces.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = ("free phase", "+beta", "-beta", "write")


def run_learning(options: argparse.Namespace, wanted: VerifyOptions) -> int:
    """Print both tables, write the figure; return 0 when all views agree, 1 when one does not."""
    from neuroep.report import check_figure, save, table

    figure = Path(options.figure or f"{design_path(options.design).stem}-learn.png")
    check_figure(figure)
    check_outputs(options, figure, options.results)
    report = verify_learning(
        wanted, options.learn, lambda name: print(f"  {name}", file=sys.stderr)
    )
    print(report.title)
    for note in report.notes:
        print(f"  {note}")
    for rows in (report.rows(), report.side_by_side()):
        print()
        cells = [list(row.values()) for row in rows]
        print(table(cells, list(rows[0]), markdown=options.markdown))
    print()
    for line in report.remarks:
        print(line)
    for line in report.failures:
        print(f"FAILS: {line}")
    if options.results:
        text = json.dumps(as_json(report.content()), indent=1)
        # Each row of numbers on one line.
        text = re.sub(r"\[[^][{}]*\]", lambda row: " ".join(row[0].split()), text)
        atomic_write(Path(options.results), f"{text}\n".encode())
    save(_drawn(report), figure)
    print(f"one synapse through the cycle: {figure}")
    agree = all(a.passed for a in report.agreements)
    verdict = "every view agrees" if agree else "NOT every view agrees"
    print(verdict if agree == report.passed else f"{verdict}, but: {report.failures[0]}")
    return 0 if report.passed else 1


def _drawn(report: LearningReport) -> "Figure":
    from neuroep.report import learning_cycle

    schedule, (example, synapse) = report.bench.schedule, report.shown
    moments = [float(schedule.starts(phase)[example]) for phase in PHASES]
    moments.append(float(schedule.ends[example]))
    return learning_cycle(
        {
            a.name: {"time": a.time, **{k: v[:, synapse] for k, v in a.waves.items()}}
            for a in report.accounts
            if a.waves
        },
        dict(zip(TITLES, pairwise(moments), strict=True)),
        windows=[(end - schedule.window, end) for end in moments[2:4]],
        threshold=report.bench.circuits.threshold,
        title=f"{report.timed.synapses[synapse]}, example {example}",
    )
