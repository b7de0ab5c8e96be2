"""``neuroep train``: any design, any task; the sims are this command with a default design."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from neuroep.cli.arguments import (
    Commands,
    add_chip,
    add_command,
    add_data,
    add_design,
    add_set,
    asked,
    full,
    refuse_beside,
)
from neuroep.cli.numbers import natural, positive
from neuroep.errors import InputError

if TYPE_CHECKING:
    from neuroep.cli.progress import Terminal
    from neuroep.runs.options import TrainOptions

DESCRIPTION = """\
Train a chip on its task by equilibrium propagation, test it once with the epoch that validation
data chose, and keep everything in one run folder: the resolved design, weights before and after, a
checkpoint after every epoch, traces of the synapses that the design names, metrics and figures."""

EXAMPLES = """\
examples:
  neuroep train imdb_pooled                       the main job, on built-in reviews: a minute
  neuroep train imdb_pooled --data aclImdb_v1.tar.gz --seed 1
  neuroep train resistive_mnist --data mnist/     a chip of conductances and diodes
  neuroep new texts --data questions.csv -o chip.toml
  neuroep train chip.toml --data questions.csv    own data, own chip
  neuroep train imdb_pooled --set solver=sweep --set learning.rule=bptt    the reference gradient
  neuroep train --resume runs/0001-imdb_pooled    go on after Ctrl-C
  neuroep train imdb_paper --set learning.shards=4 --workers 4    batches shared by processes

then: neuroep report RUN, neuroep info RUN, neuroep eval RUN --data FILE, neuroep predict RUN,
neuroep verify DESIGN --weights RUN, neuroep table RUN RUN ..."""


def add_train(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    command = add_command(commands, "train", "train a design on its task", DESCRIPTION, EXAMPLES)
    add_design(command, "?")
    _options(command)
    command.set_defaults(run=lambda given: run_train(command, given))


def _options(command: argparse.ArgumentParser) -> None:
    add_data(command, splits=True)
    command.add_argument(
        "--vectors",
        nargs="+",
        default=[],
        metavar="FILE",
        help="word2vec, GloVe or .npz files, the first that has a word counts; learned without",
    )
    command.add_argument(
        "--epochs", type=positive, metavar="N", help="passes over the training data"
    )
    command.add_argument("--seed", type=natural, help="of everything random")
    command.add_argument(
        "--solver",
        "--engine",
        metavar="SOLVER",
        help="how phases settle; 'neuroep list' says which there are. ngspice: each phase is the "
        "whole circuit, measured: by the curves of this chip's own neurons",
    )
    command.add_argument(
        "--test-by",
        action="append",
        default=[],
        metavar="SOLVER",
        help="test with this solver as well; may be repeated",
    )
    command.add_argument(
        "--baselines",
        metavar="FILE",
        help="what 'neuroep baselines --results FILE' wrote; fitted without it",
    )
    command.add_argument("--no-baselines", action="store_true", help="fit none")
    command.add_argument("--no-figures", action="store_true", help="draw none")
    command.add_argument(
        "--report",
        action="store_true",
        help="write report.html into the run folder after every epoch: the live view",
    )
    command.add_argument(
        "--out", metavar="FOLDER", help="run folder to make; numbered under runs/ without it"
    )
    command.add_argument("--results", metavar="FILE", help="also write the metrics to this file")
    command.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with an interrupted run; --data, --validation and --test say where its data "
        "are by now, if they have moved",
    )
    command.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes that share each batch, as many as learning.shards at most; the result is "
        "the same, bit for bit, whatever their number",
    )
    command.add_argument(
        "--address", metavar="HOST:PORT", help="of the scheduler of a Dask cluster to share with"
    )
    add_chip(command)
    add_set(command, "an entry of the design, such as learning.beta=0.2")


def sim(description: str | None, design: str, published: Sequence[str] = ()) -> int:
    """Run a sim: ``neuroep train`` with a default design and the sim's own docstring.

    Parameters
    ----------
    description : str
        The sim's docstring.
    design : str
        Trained when ``--design`` names no other.
    published : sequence of str
        Overrides that ``--as-published`` stands for; no such option without any.

    Returns
    -------
    int
        The exit code.
    """
    from neuroep.cli.errors import guarded
    from neuroep.cli.parser import Parser

    parser = Parser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--design", metavar="DESIGN", default=design, help="design file or built-in name"
    )
    if published:
        parser.add_argument(
            "--as-published", action="store_true", help="settle as the paper's code"
        )
    _options(parser)

    def command() -> None:
        given = parser.parse_args()
        if published and given.as_published:
            given.set = [*published, *given.set]
        run_train(parser, given)

    return guarded(command)


def run_train(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Train, or go on with a run, and print its table."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.runs.contents import PLACES

    if given.resume:
        goes = ("resume", "results", "report", "workers", "address", *PLACES)
        refuse_beside(parser, given, "--resume", goes, "a run keeps its own options")
    elif not given.design:
        raise InputError("DESIGN: missing; 'neuroep list' shows the built-in ones")
    from neuroep.cli.progress import Terminal
    from neuroep.runs.crew import Workers
    from neuroep.runs.remarks import remarks
    from neuroep.runs.run import resume, train
    from neuroep.runs.summary import summary
    from neuroep.traces.files import write_json

    check_outputs(given, given.results)
    progress, workers = Terminal(), Workers(given.workers, given.address)
    with _live(progress, given.resume) if given.report else nullcontext():
        if given.resume:
            places = {name: full(getattr(given, name)) for name in PLACES}
            folder = resume(given.resume, progress, places, workers)
        else:
            folder = train(_asked(given), given.out, progress, workers)
    metrics = folder.read_metrics()
    assert metrics is not None
    if given.results:
        write_json(given.results, metrics.to_json())
    for line in remarks(metrics):
        print(line)
    print(f"\n{summary([metrics])}\n\nrun folder: {folder.path}")


@contextmanager
def _live(progress: "Terminal", resumed: str | None) -> Iterator[None]:
    """Write a report after every epoch, and once more however the training ends."""
    from neuroep.runs.report.live import LiveReport

    report = LiveReport(progress.say, Path(resumed) if resumed else None)
    progress.listeners.append(report)
    try:
        yield
    finally:
        report.close()


def _asked(given: argparse.Namespace) -> "TrainOptions":
    from neuroep.runs.options import TrainOptions

    overrides = list(given.set)
    for key in ("solver", "learning.epochs", "seed"):
        value = getattr(given, key.split(".")[-1])
        if value is not None:
            overrides.append(f"{key}={value}")
    vectors, baselines = [full(path) for path in given.vectors], full(given.baselines)
    return asked(TrainOptions, given, overrides=overrides, vectors=vectors, baselines=baselines)
