"""``neuroep compare``: whether a gain is one, with its interval over seeds and a paired test."""

import argparse

from neuroep.cli.arguments import Commands, add_command

DESCRIPTION = """\
Compare test accuracies of the seeds of one kind of run with those of another, and with every line
the runs were held against: baselines, and the network before training. Behind each mean and each
difference stands its 95 % interval over seeds (Student's t) and p of a paired t-test. Of two run
folders with the same seed and test data the answers are compared as well (McNemar's exact test)."""

EXAMPLES = """\
examples:
  neuroep compare runs/ep-*                           against their own baselines
  neuroep compare runs/ep-* --with runs/bptt-*        against other runs as well
  neuroep compare docs/results/imdb_best_ep_seed*.json"""


def add_compare(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "say whether runs are better than others, and than their baselines"
    command = add_command(commands, "compare", purpose, DESCRIPTION, EXAMPLES)
    command.add_argument("runs", metavar="RUN", nargs="+", help="run folders or metrics files")
    command.add_argument(
        "--with",
        dest="others",
        metavar="RUN",
        nargs="+",
        default=[],
        help="those of the other kind",
    )
    command.add_argument(
        "--baselines",
        metavar="FILE",
        nargs="+",
        default=[],
        help="what 'neuroep baselines --results FILE' wrote, in place of the runs' own: one for "
        "all seeds, or one of each (--seed)",
    )
    command.add_argument("--markdown", action="store_true", help="as a Markdown table")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from neuroep.report import table
    from neuroep.studies.compare import compare, told

    found = compare(options.runs, options.others, options.baselines)
    own = told(found.accuracy, "%")
    rows: list[list[object]] = [["test accuracy", own, None, None]]
    for gain in found.gains:
        p = "-" if gain.p is None else f"{gain.p:.2g}"
        rows.append([gain.name, told(gain.other, "%"), told(gain.apart, "points", sign="+"), p])
    print(found.heading)
    print(table(rows, ["", "accuracy", "difference", "p"], markdown=options.markdown))
    for answers in found.answers:
        print(
            f"seed {answers.seed}: {answers.first} answers right here alone, {answers.second} "
            f"there alone; McNemar p = {answers.p:.2g}"
        )
    if len(found.accuracy) > 1:
        print("± is half a 95 % interval over seeds; how many test examples there are is not in it")
