"""``neuroep eval`` and ``neuroep predict``: a trained network reads data."""

import argparse
import json
from typing import TYPE_CHECKING

from neuroep.cli.arguments import Commands, add_data, data_options

if TYPE_CHECKING:
    from neuroep.runs.storage import Stored

BATCH = 64


def add_reading(commands: Commands) -> None:
    """Add both commands to the parser of all commands."""
    evaluation = commands.add_parser(
        "eval",
        help="test a trained network on labelled data",
        description="Test trained networks on labelled data of their task: the test split, or all "
        "of a file that has no splits. Several runs are averaged as well.",
    )
    evaluation.add_argument("folders", metavar="RUN", nargs="+", help="run folders")
    add_data(evaluation)
    evaluation.add_argument("--solver", metavar="SOLVER", help="default: the design's")
    evaluation.add_argument(
        "--after",
        metavar="TIME",
        action="append",
        default=[],
        help="test as the devices weigh so long after they were programmed, such as '1 day'; may "
        "be repeated",
    )
    evaluation.add_argument(
        "--read-noise", action="store_true", help="with --after: reads find each device's noise"
    )
    evaluation.set_defaults(run=run_eval)

    predict = commands.add_parser(
        "predict",
        help="ask a trained network: one JSON line an input",
        description="Ask a trained network. Each line of the output names the line of the input, "
        "the label and the score of every class.",
    )
    predict.add_argument("folder", metavar="RUN", help="the run folder")
    predict.add_argument(
        "inputs",
        metavar="FILE",
        nargs="?",
        default="-",
        help="texts: .txt (a text a line), .csv, .tsv, .jsonl; pairs, tables: the same without "
        ".txt; images: a file or a folder; standard input without it",
    )
    add_data(predict)
    predict.add_argument("--solver", metavar="SOLVER", help="default: the design's")
    predict.set_defaults(run=run_predict)


def run_eval(given: argparse.Namespace) -> None:
    """Print accuracy and cost of trained runs.

    Behind several runs stands the accuracy of all together: of the mean of their scores.
    """
    from neuroep.runs.reading import evaluate_run, together
    from neuroep.tasks.task import DataOptions

    options = DataOptions(**data_options(given))
    kept = _kept(given)
    for said, stored in kept.items():
        tested = [evaluate_run(run, options, given.solver or "", stored) for run in given.folders]
        for found in tested:
            print(f"{said}{found.line}")
        if len(tested) > 1:
            print(
                f"{said}{len(tested)} runs, mean of their scores: accuracy {together(tested):.4f}"
            )


def _kept(given: argparse.Namespace) -> "dict[str, Stored | None]":
    """Return how chips are kept before they are tested, by what is printed before the result."""
    from neuroep.errors import InputError
    from neuroep.quantities import in_unit
    from neuroep.runs.storage import Stored

    if not given.after:
        if given.read_noise:
            raise InputError("--read-noise: goes with --after, such as --after '0 s'")
        return {"": None}
    found: dict[str, Stored | None] = {}
    for text in given.after:
        try:
            seconds = in_unit(text, "second", "1 day")
        except ValueError as error:
            raise InputError(f"--after: {error}") from None
        found[f"after {text}: "] = Stored(seconds, given.read_noise)
    return found


def run_predict(given: argparse.Namespace) -> None:
    """Print one JSON line an input."""
    from neuroep.runs.reading import predict
    from neuroep.tasks.task import DataOptions

    options = DataOptions(**data_options(given))
    for line in predict(given.folder, given.inputs, options, given.solver or "", BATCH):
        print(json.dumps(line, ensure_ascii=False))
