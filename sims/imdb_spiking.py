#!/usr/bin/env python3
"""A network of spiking neurons with Hopfield attention learns sentiment by equilibrium propagation.

What it shows   A few learned queries attend over a review held as stored patterns; 64 neurons with
                rails take what they read. Every line between blocks carries sigma-delta spikes, in
                the free and in both nudged phases, and every synapse learns from what stands at it.
Command         python sims/imdb_spiking.py
                python sims/imdb_spiking.py --data aclImdb_v1.tar.gz
Expected        built-in reviews: above 92 % on the test set, bag of words below 80 %;
                IMDB: above 87.5 %, within a point of the analog network
Time            on 2 cores, built-in: a minute, and another at the first run, to compile;
                IMDB: about 10 minutes
"""

import argparse
import json
import sys
from pathlib import Path

from neuroep.cli.errors import guarded
from neuroep.cli.main import positive
from neuroep.experiment.sentiment import Options, resume_sentiment, train_sentiment
from neuroep.experiment.summary import summary
from neuroep.traces.files import atomic_write, check_writable


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--design", default="imdb_pooled", help="design file or built-in name")
    parser.add_argument("--data", help="IMDB archive or unpacked folder; built-in without it")
    parser.add_argument("--vectors", help="word2vec, GloVe or .npz file; learned without it")
    parser.add_argument("--solver", choices=["spiking", "sweep", "synchronous"])
    parser.add_argument("--epochs", type=positive, help="passes over the training reviews")
    parser.add_argument("--limit", type=positive, help="reviews of each split")
    parser.add_argument("--seed", type=int, help="of everything random")
    parser.add_argument("--out", help="run folder to make; numbered under runs/ without it")
    parser.add_argument("--results", metavar="FILE", help="also write the metrics to this file")
    parser.add_argument("--resume", metavar="RUN", help="go on with an interrupted run")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a design entry"
    )
    given = parser.parse_args()
    if given.resume:
        for name, value in vars(given).items():
            if name not in ("resume", "results") and value != parser.get_default(name):
                parser.error(f"--{name} does not go with --resume: a run keeps its own options")
    return given


def main() -> None:
    """Train, or go on with a run, and print its table."""
    given = arguments()
    if given.results:
        check_writable(given.results)
    if given.resume:
        folder = resume_sentiment(given.resume)
    else:
        overrides = list(given.set)
        for key in ("solver", "learning.epochs", "seed"):
            value = getattr(given, key.split(".")[-1])
            if value is not None:
                overrides.append(f"{key}={value}")
        files = [name and str(Path(name).resolve()) for name in (given.data, given.vectors)]
        options = Options(given.design, *files, given.limit, overrides)
        folder = train_sentiment(options, given.out)
    metrics = folder.read_metrics()
    if given.results:
        atomic_write(given.results, (json.dumps(metrics, indent=2) + "\n").encode())
    print(f"\n{summary([metrics])}\n\nrun folder: {folder.path}")


if __name__ == "__main__":
    sys.exit(guarded(main))
