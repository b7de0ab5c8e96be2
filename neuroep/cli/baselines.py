"""``neuroep baselines``: every line that a trained network is held against."""

import argparse
from dataclasses import asdict

from neuroep.cli.arguments import Commands, add_command, add_data, add_design, add_set, asked

EXAMPLES = """\
examples:
  neuroep baselines imdb_pooled                    on the built-in reviews
  neuroep baselines imdb_best --data aclImdb_v1.tar.gz --results baselines.json
  neuroep train imdb_best --data aclImdb_v1.tar.gz --baselines baselines.json"""


def add_baselines(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "fit digital models on a design's data, the lines networks are compared with"
    description = (
        f"{purpose[0].upper()}{purpose[1:]}. Penalties and rates are chosen on validation data."
    )
    command = add_command(commands, "baselines", purpose, description, EXAMPLES)
    add_design(command)
    add_data(command, splits=True)
    command.add_argument(
        "--vectors", metavar="FILE", nargs="+", default=[], help="word vectors to start from"
    )
    add_set(command, "an entry of the design, such as images.shift=0")
    command.add_argument("--markdown", action="store_true", help="as a Markdown table")
    command.add_argument(
        "--results", metavar="FILE", help="as a JSON file as well; adds to one that is there"
    )
    command.set_defaults(run=run_baselines)


def run_baselines(options: argparse.Namespace) -> None:
    """Fit, print, write."""
    from pathlib import Path

    from neuroep.cli.progress import Terminal
    from neuroep.errors import InputError
    from neuroep.files import read_json
    from neuroep.runs.options import TrainOptions
    from neuroep.studies.baselines import baselines_table, fit
    from neuroep.tasks.catalogue import TASKS
    from neuroep.traces.files import check_writable, write_json

    known = {}
    check_writable(options.results)
    if options.results and Path(options.results).exists():
        known = read_json(options.results)
        if not isinstance(known, dict):
            raise InputError(f"{options.results}: no baselines to add to: not an object")
    key, found = fit(asked(TrainOptions, options, overrides=options.set), Terminal())
    if options.results:
        write_json(options.results, known | {key: asdict(found)})
    print(baselines_table(found, TASKS[key].unit, options.markdown))
