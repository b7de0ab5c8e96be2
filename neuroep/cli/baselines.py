"""``neuroep baselines``: every line that a trained network is held against."""

import argparse
import json
from dataclasses import asdict

EXAMPLES = """\
examples:
  neuroep baselines                                  on the built-in reviews and pairs
  neuroep baselines --reviews aclImdb_v1.tar.gz --pairs snli_1.0.zip --results baselines.json
  python sims/imdb_spiking.py --data aclImdb_v1.tar.gz --baselines baselines.json"""


def add_baselines(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of all commands."""
    purpose = "fit logistic regression on words, the lines that networks are compared with"
    command = commands.add_parser(
        "baselines",
        help=purpose,
        description=f"{purpose[0].upper()}{purpose[1:]}. The penalty is chosen on validation data.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--reviews", metavar="FILE", help="IMDB archive or unpacked folder")
    command.add_argument("--pairs", metavar="FILE", help="SNLI archive or folder")
    command.add_argument(
        "--design",
        default="imdb_pooled",
        help="whose patterns give the mean vector of reviews (default imdb_pooled)",
    )
    command.add_argument(
        "--vectors", metavar="FILE", nargs="+", default=[], help="word vectors for it instead"
    )
    command.add_argument("--limit", type=int, metavar="N", help="at most N examples of each split")
    command.add_argument("--markdown", action="store_true", help="as Markdown tables")
    command.add_argument("--results", metavar="FILE", help="as a JSON file as well")
    command.set_defaults(run=run_baselines)


def run_baselines(options: argparse.Namespace) -> None:
    """Fit, print, write.

    Raises
    ------
    InputError
        The data, the design or the vectors cannot be used.
    """
    from neuroep.errors import InputError
    from neuroep.studies.baselines import Fitted, baselines_table, fit_pairs, fit_reviews
    from neuroep.traces.files import atomic_write, check_writable

    if options.limit is not None and options.limit < 1:
        raise InputError(f"--limit: must be at least 1, got {options.limit}")
    if options.results:
        check_writable(options.results)
    both = options.reviews is None and options.pairs is None
    found: dict[str, Fitted] = {}
    if both or options.reviews is not None:
        found["reviews"] = fit_reviews(
            options.reviews, options.design, options.vectors, options.limit
        )
    if both or options.pairs is not None:
        found["pairs"] = fit_pairs(options.pairs, options.limit)
    if options.results:
        content = json.dumps({kind: asdict(fitted) for kind, fitted in found.items()}, indent=2)
        atomic_write(options.results, (content + "\n").encode())
    print("\n\n".join(baselines_table(found[k], k, options.markdown) for k in found))
