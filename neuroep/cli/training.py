"""What the sims that train share: their command line, and what they print at the end."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from neuroep.cli.main import positive
from neuroep.runs.folder import RunFolder
from neuroep.runs.summary import summary
from neuroep.traces.files import atomic_write, check_writable


class Train(Protocol):
    """Trains as the command line asked: ``data`` and ``overrides`` are resolved."""

    def __call__(
        self, given: argparse.Namespace, data: str | None, overrides: list[str]
    ) -> RunFolder:
        """Run the whole job in a new folder."""
        ...


def training_parser(
    description: str | None, design: str, data: str, unit: str
) -> argparse.ArgumentParser:
    """Return a parser of the options that all trainings have.

    Parameters
    ----------
    description : str
        The sim's own docstring.
    design : str
        Name of the design that is trained when none is given.
    data : str
        What ``--data`` takes.
    unit : str
        What one example is called, in the plural.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--design", default=design, help="design file or built-in name")
    parser.add_argument("--data", help=data)
    parser.add_argument("--epochs", type=positive, help=f"passes over the training {unit}")
    parser.add_argument("--limit", type=positive, help=f"{unit} of each split")
    parser.add_argument("--seed", type=int, help="of everything random")
    parser.add_argument("--out", help="run folder to make; numbered under runs/ without it")
    parser.add_argument("--results", metavar="FILE", help="also write the metrics to this file")
    parser.add_argument("--resume", metavar="RUN", help="go on with an interrupted run")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a design entry"
    )
    return parser


def text_parser(
    description: str | None, design: str, data: str, unit: str
) -> argparse.ArgumentParser:
    """Return a parser for trainings on text: :func:`training_parser` with what they add."""
    parser = training_parser(description, design, data, unit)
    parser.add_argument(
        "--vectors",
        nargs="+",
        default=[],
        metavar="FILE",
        help="word2vec, GloVe or .npz files, the first that has a word counts; learned without",
    )
    parser.add_argument(
        "--baselines",
        metavar="FILE",
        help="what 'neuroep baselines --results FILE' wrote; fitted without it",
    )
    return parser


def text_files(given: argparse.Namespace) -> tuple[list[str], str | None]:
    """Return the full paths of the word vectors and of the baselines that were asked for."""
    vectors = [str(Path(path).resolve()) for path in given.vectors]
    return vectors, given.baselines and str(Path(given.baselines).resolve())


def run_training(
    parser: argparse.ArgumentParser,
    train: Train,
    resume: Callable[[str], RunFolder],
) -> None:
    """Train, or go on with a run, and print its table.

    Raises
    ------
    InputError
        Whatever of the user's input cannot be used.
    """
    given = parser.parse_args()
    if given.resume:
        for name, value in vars(given).items():
            if name not in ("resume", "results") and value != parser.get_default(name):
                parser.error(f"--{name} does not go with --resume: a run keeps its own options")
    if given.results:
        check_writable(given.results)
    if given.resume:
        folder = resume(given.resume)
    else:
        overrides = list(given.set)
        for key in ("solver", "learning.epochs", "seed"):
            value = getattr(given, key.split(".")[-1], None)
            if value is not None:
                overrides.append(f"{key}={value}")
        folder = train(given, given.data and str(Path(given.data).resolve()), overrides)
    metrics = folder.read_metrics()
    if given.results:
        atomic_write(given.results, (json.dumps(metrics, indent=2) + "\n").encode())
    if metrics["data"] == "built-in digits":
        print("\nThese are the built-in digits; --data FOLDER takes MNIST or Fashion-MNIST.")
    print(f"\n{summary([metrics])}\n\nrun folder: {folder.path}")
