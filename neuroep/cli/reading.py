"""``neuroep eval`` and ``neuroep predict``: a trained network reads data."""

import argparse
import json

from neuroep.cli.arguments import Commands, add_data, data_options

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
    tested = [evaluate_run(run, options, given.solver or "") for run in given.folders]
    for found in tested:
        print(found.line)
    if len(tested) > 1:
        print(f"{len(tested)} runs, mean of their scores: accuracy {together(tested):.4f}")


def run_predict(given: argparse.Namespace) -> None:
    """Print one JSON line an input."""
    from neuroep.runs.reading import predict
    from neuroep.tasks.task import DataOptions

    options = DataOptions(**data_options(given))
    for line in predict(given.folder, given.inputs, options, given.solver or "", BATCH):
        print(json.dumps(line, ensure_ascii=False))
