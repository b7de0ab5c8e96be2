#!/usr/bin/env python3
"""A network of spiking neurons with Hopfield attention learns sentiment by equilibrium propagation.

What it shows   A few learned queries attend over a review held as stored patterns; 64 neurons with
                rails take what they read. Every line between blocks carries sigma-delta spikes, in
                the free and in both nudged phases, and every synapse learns from what stands at it.
Command         python sims/imdb_spiking.py
                python sims/imdb_spiking.py --data aclImdb_v1.tar.gz
                python sims/imdb_spiking.py --data aclImdb_v1.tar.gz --design imdb_best
Expected        built-in reviews: above 92 % on the test set, bag of words below 80 %;
                IMDB: above 87.5 %, within a point of the analog network;
                with imdb_best 91 %, within half a point
Time            on 2 cores, built-in: a minute, and another at the first run, to compile;
                IMDB: about 10 minutes, imdb_best 5
"""

import argparse
import sys

from neuroep.cli.errors import guarded
from neuroep.cli.training import run_training, text_files, text_parser
from neuroep.runs.folder import RunFolder
from neuroep.tasks.reviews.task import Options, resume_sentiment, train_sentiment


def train(given: argparse.Namespace, data: str | None, overrides: list[str]) -> RunFolder:
    """Train the network."""
    vectors, baselines = text_files(given)
    options = Options(given.design, data, vectors, given.limit, overrides, baselines)
    return train_sentiment(options, given.out)


def main() -> None:
    """Train, or go on with a run, and print its table."""
    data = "IMDB archive or unpacked folder; built-in without it"
    parser = text_parser(__doc__, "imdb_pooled", data, "reviews")
    parser.add_argument("--solver", choices=["spiking", "sweep", "synchronous"])
    run_training(parser, train, resume_sentiment)


if __name__ == "__main__":
    sys.exit(guarded(main))
