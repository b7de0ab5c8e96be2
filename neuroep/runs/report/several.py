"""Several runs on one page: their table with its spread, their curves over each other."""

from collections.abc import Sequence

from neuroep.report.html import Block, Notes, Section, Table
from neuroep.runs.intervals import wilson
from neuroep.runs.report.curves import curves_of
from neuroep.runs.report.quantities import interval, percent
from neuroep.runs.report.record import RunRecord
from neuroep.runs.summary import closing

MOST_ROWS = 200


def sections_of_several(runs: Sequence[RunRecord]) -> list[Section]:
    """Return the sections of several runs, unfinished ones among them."""
    return [
        Section("Table", _table(runs)),
        curves_of({_called(run, number): run for number, run in enumerate(runs, 1)}),
        Section("Runs", [_each(runs)]),
    ]


def _called(run: RunRecord, number: int) -> str:
    seed = run.metrics.seed if run.metrics else run.design.get("seed", "-")
    return f"{number}: {run.title}, seed {seed}"


def _table(runs: Sequence[RunRecord]) -> list[Block]:
    finished = [run.metrics for run in runs if run.metrics]
    blocks: list[Block] = []
    if finished:
        found = closing(finished)
        rows = [["-" if cell is None else str(cell) for cell in row] for row in found.rows]
        headers = ["", *(header or found.headers[0] for header in found.headers[1:])]
        blocks.append(Table("Means, with one standard deviation over runs", headers, rows))
        blocks.append(Notes(found.below))
    if left := len(runs) - len(finished):
        blocks.append(Notes([f"{left} of {len(runs)} runs are not finished: not in this table."]))
    return blocks


def _each(runs: Sequence[RunRecord]) -> Table:
    rows: list[list[object]] = []
    for number, run in enumerate(runs[:MOST_ROWS], 1):
        row: list[object] = [_called(run, number), str(run.path), run.state, "-", "-"]
        if run.metrics:
            share, tested = run.metrics.test_accuracy, run.metrics.examples["test"]
            row[3:] = [percent(share), interval(wilson(round(share * tested), tested))]
        rows.append(row)
    caption = f"{len(runs)} runs" + (f", the first {MOST_ROWS}" if len(runs) > MOST_ROWS else "")
    return Table(caption, ["run", "where", "state", "test accuracy", "95 % interval"], rows)
