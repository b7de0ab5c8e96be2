"""Parse the command line and call the command."""

import argparse
from collections.abc import Sequence

from neuroep.cli.errors import guarded


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="neuroep",
        description="Simulate neuromorphic hardware that learns by equilibrium propagation.",
        epilog="Start with: python sims/imdb_spiking.py (trains on the built-in reviews)",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, purpose: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=purpose, description=f"{purpose.capitalize()}.")

    listing = command("list", "show designs, layer types, costs, solvers and data sets")
    listing.set_defaults(run=_list)

    info = command("info", "say what a trace, checkpoint or run folder holds")
    info.add_argument("file", metavar="FILE", help="a .h5 file, a .part of a run, or a run folder")
    info.add_argument(
        "--configuration", action="store_true", help="print the resolved design as well"
    )
    info.set_defaults(run=_info)

    table = command("table", "the closing table of runs, with their spread")
    table.add_argument("runs", metavar="RUN", nargs="+", help="run folders or metrics files")
    table.add_argument("--markdown", action="store_true", help="as a Markdown table")
    table.set_defaults(run=_table)

    evaluation = command("eval", "test a trained network on labelled reviews")
    evaluation.add_argument("folder", metavar="RUN", help="the run folder")
    evaluation.add_argument(
        "--data",
        metavar="FILE",
        help="IMDB archive or folder, or .csv/.jsonl with text and label; built-in without it",
    )
    _solver_and_limit(evaluation)
    evaluation.set_defaults(run=_eval)

    predict = command(
        "predict", "tell the sentiment of texts with a trained network: one JSON line a text"
    )
    predict.add_argument("folder", metavar="RUN", help="the run folder")
    predict.add_argument(
        "texts",
        metavar="FILE",
        nargs="?",
        default="-",
        help=".txt (a text a line), .csv or .jsonl with a field 'text'; standard input without it",
    )
    _solver_and_limit(predict)
    predict.set_defaults(run=_predict)
    return top


def _solver_and_limit(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--solver", choices=["spiking", "sweep", "synchronous"], help="default: the design's"
    )
    command.add_argument("--limit", type=positive, metavar="N", help="at most N texts")


def positive(text: str) -> int:
    """Parse a number of at least 1, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return number


def _list(options: argparse.Namespace) -> None:
    from neuroep.cli.listing import print_listing

    print_listing()


def _info(options: argparse.Namespace) -> None:
    from neuroep.cli.info import print_info

    print_info(options.file, options.configuration)


def _table(options: argparse.Namespace) -> None:
    from neuroep.experiment.summary import read_results, summary

    print(summary(read_results(options.runs), options.markdown))


def _eval(options: argparse.Namespace) -> None:
    from neuroep.cli.reading import evaluate_run

    evaluate_run(options.folder, options.data, options.solver, options.limit)


def _predict(options: argparse.Namespace) -> None:
    from neuroep.cli.reading import predict_texts

    predict_texts(options.folder, options.texts, options.solver, options.limit)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0, 2 for input that cannot be used, 130 for Ctrl-C."""
    options = parser().parse_args(arguments)
    return guarded(lambda: options.run(options))
