"""``neuroep eval`` and ``neuroep predict``: a trained network reads data."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from neuroep.cli.arguments import Commands, add_columns, add_data, data_options
from neuroep.cli.terminal import speaks_unicode

if TYPE_CHECKING:
    from neuroep.tasks.task import DataOptions

BATCH = 64


def add_reading(commands: Commands) -> None:
    """Add both commands to the parser of all commands."""
    evaluation = commands.add_parser(
        "eval",
        help="test a trained network on labelled data",
        description="Test trained networks on labelled data of their task: the test split, or all "
        "of a file that has no splits. Without --data, or with what it was trained on, a run is "
        "tested on what its training held out. Several runs are averaged as well.",
    )
    evaluation.add_argument("folders", metavar="RUN", nargs="+", help="run folders")
    add_data(evaluation, splits=True, without="The run's own")
    evaluation.add_argument("--solver", metavar="SOLVER", help="default: the design's")
    group = evaluation.add_argument_group("a chip whose weights are devices")
    group.add_argument(
        "--after",
        metavar="TIMES",
        help='test it so long after its last write: "0 s, 1 h, 1 day, 1 year"',
    )
    group.add_argument(
        "--read-noise", action="store_true", help="read devices with the noise of their card"
    )
    group.add_argument("--figure", metavar="FILE", help="draw accuracy against time")
    evaluation.set_defaults(run=run_eval)

    predict = commands.add_parser(
        "predict",
        help="ask a trained network: one JSON line an input",
        description="Ask a trained network. Each line of the output names the line of the input, "
        "its id where the file has one, the label and the score of every class.",
    )
    predict.add_argument("folder", metavar="RUN", help="the run folder")
    predict.add_argument(
        "inputs",
        metavar="FILE",
        nargs="?",
        default="-",
        help="texts: .txt (a text a line), .csv, .tsv, .json, .jsonl; pairs, tables: the same but "
        ".txt; images: a file or a folder; standard input without it",
    )
    add_columns(predict.add_argument_group("data"))
    predict.add_argument("--solver", metavar="SOLVER", help="default: the design's")
    predict.set_defaults(run=run_predict)


def run_eval(given: argparse.Namespace) -> None:
    """Print accuracy and cost of trained runs.

    Behind several runs stands the accuracy of all together: of the mean of their scores, where they
    were tested on the same examples.
    """
    from neuroep.runs.reading import evaluate_run, together
    from neuroep.tasks.task import DataOptions

    options = DataOptions(**data_options(given))
    if given.after or given.read_noise or given.figure:
        _eval_after(given, options)
        return
    tested = [evaluate_run(run, options, given.solver or "") for run in given.folders]
    for found in tested:
        print(found.line)
    if len(tested) > 1:
        mean = together(tested)
        said = "none, as they were tested on different examples"
        said = said if mean is None else f"accuracy {mean:.4f}"
        print(f"{len(tested)} runs, mean of their scores: {said}")


def _eval_after(given: argparse.Namespace, options: "DataOptions") -> None:
    """Print accuracy and cost of trained runs at some times after their last write."""
    from neuroep.runs.storage import evaluate_after

    if given.figure:
        from neuroep import report
        from neuroep.cli.outputs import check_outputs

        report.check_figure(given.figure)
        check_outputs(given, given.figure)
    times = _times(given.after or "0 s")
    accuracies: dict[str, list[float]] = {}
    for run in given.folders:
        tested = evaluate_after(
            run, list(times), options, given.solver or "", read_noise=given.read_noise
        )
        for text, found in zip(times.values(), tested, strict=True):
            print(f"{text} after the last write: {found.line}", flush=True)
            accuracies.setdefault(run, []).append(found.found.accuracy)
    if given.figure:
        report.save(report.retention(list(times), accuracies), Path(given.figure))


def _times(given: str) -> dict[float, str]:
    """Return times in seconds, ascending, and what each was called."""
    from neuroep.errors import InputError
    from neuroep.quantities import in_unit

    found = {}
    for text in map(str.strip, given.split(",")):
        try:
            seconds = in_unit(text, "second", "1 day")
        except ValueError as error:
            raise InputError(f"--after: {error}") from None
        if not 0 <= seconds < math.inf:
            raise InputError(f"--after: {text!r} is not after the last write")
        found[seconds] = text
    return dict(sorted(found.items()))


def run_predict(given: argparse.Namespace) -> None:
    """Print one JSON line an input, and at the end how much was not read."""
    from neuroep.files import as_json
    from neuroep.runs.reading import predict, said_of_unread
    from neuroep.tasks.task import DataOptions

    options = DataOptions(**data_options(given))
    cut = unread = 0
    for line in predict(given.folder, given.inputs, options, given.solver or "", BATCH):
        print(json.dumps(as_json(line), ensure_ascii=not speaks_unicode(sys.stdout)))
        cut += "unread" in line
        unread += line.get("unread", 0)
    if cut:
        print("neuroep:", said_of_unread(cut, "inputs", unread), file=sys.stderr)
