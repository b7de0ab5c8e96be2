"""``neuroep baselines``: every line that a trained network is held against."""

import argparse
import os
import sys

from neuroep.cli.arguments import (
    Commands,
    add_command,
    add_data,
    add_design,
    add_seed,
    add_set,
    asked,
)

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
    add_seed(command, "of the split, and of networks")
    add_set(command, "an entry of the design, such as images.shift=0")
    command.add_argument("--markdown", action="store_true", help="as a Markdown table")
    command.add_argument(
        "--results", metavar="FILE", help="as a JSON file as well; adds to one that is there"
    )
    command.set_defaults(run=run_baselines)


def run_baselines(options: argparse.Namespace) -> None:
    """Fit, print, write."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.cli.progress import Terminal
    from neuroep.runs.options import TrainOptions
    from neuroep.studies.baselines import add_to, baselines_table, fit
    from neuroep.tasks.baselines import read_fitted
    from neuroep.tasks.catalogue import TASKS

    check_outputs(options, options.results)
    if options.results and os.path.lexists(options.results):
        read_fitted(options.results)  # what cannot be added to is found before the fits
    key, found = fit(asked(TrainOptions, options, overrides=options.set), Terminal())
    if options.results and (note := add_to(options.results, key, found)):
        print(f"neuroep: {note}", file=sys.stderr)
    print(baselines_table(found, TASKS[key].unit, options.markdown))
