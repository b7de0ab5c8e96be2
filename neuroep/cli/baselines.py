"""``neuroep baselines``: every line that a trained network is held against."""

import argparse
import json
from dataclasses import asdict

from neuroep.cli.data_options import add_data, data_options

EXAMPLES = """\
examples:
  neuroep baselines imdb_pooled                    on the built-in reviews
  neuroep baselines imdb_best --data aclImdb_v1.tar.gz --results baselines.json
  neuroep train imdb_best --data aclImdb_v1.tar.gz --baselines baselines.json"""


def add_baselines(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of all commands."""
    purpose = "fit logistic regression on a design's data, the lines networks are compared with"
    command = commands.add_parser(
        "baselines",
        help=purpose,
        description=f"{purpose[0].upper()}{purpose[1:]}. The penalty is chosen on validation data.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "design", metavar="DESIGN", help="a .toml file, or a name of 'neuroep list'"
    )
    add_data(command, splits=True)
    command.add_argument(
        "--vectors", metavar="FILE", nargs="+", default=[], help="word vectors to start from"
    )
    command.add_argument("--markdown", action="store_true", help="as a Markdown table")
    command.add_argument(
        "--results", metavar="FILE", help="as a JSON file as well; adds to one that is there"
    )
    command.set_defaults(run=run_baselines)


def run_baselines(options: argparse.Namespace) -> None:
    """Fit, print, write.

    Raises
    ------
    InputError
        The data, the design or the vectors cannot be used.
    """
    from pathlib import Path

    from neuroep.cli.progress import Terminal
    from neuroep.errors import InputError
    from neuroep.runs.options import TrainOptions
    from neuroep.studies.baselines import baselines_table, fit
    from neuroep.tasks.catalogue import TASKS
    from neuroep.traces.files import atomic_write, check_writable

    known = {}
    if options.results:
        check_writable(options.results)
        if Path(options.results).exists():
            try:
                known = json.loads(Path(options.results).read_text(encoding="utf-8"))
            except ValueError as error:
                raise InputError(f"{options.results}: not JSON: {error}") from None
    asked = TrainOptions(**data_options(options), vectors=options.vectors, design=options.design)
    key, found = fit(asked, Terminal())
    if options.results:
        content = json.dumps(known | {key: asdict(found)}, indent=2)
        atomic_write(options.results, (content + "\n").encode())
    print(baselines_table(found, TASKS[key].unit, options.markdown))
