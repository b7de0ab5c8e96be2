#!/usr/bin/env python3
"""The seed paper's network for film reviews, at full size, learns by equilibrium propagation.

What it shows   600 tokens of 300 dimensions, every one asking the whole review, and 1000-40-2
                neurons (Bal & Sengupta, IJCAI 2023): 180 million weights, which the published code
                trains on a GPU. Sweeps stop when nothing moves, padding is masked, word vectors
                stay as they are. --as-published: synchronous steps, T=50 and K=25 of them, and
                padding by zeros that are attended to.
Command         python sims/imdb_paper.py --data aclImdb_v1.tar.gz --vectors GoogleNews.bin
                python sims/imdb_paper.py --epochs 2 --limit 500    (built-in reviews, a try)
Expected        see docs/paper.md
Time            on 2 cores, an epoch of IMDB: about a quarter of an hour; 50 as published
"""

import argparse
import sys

from neuroep.cli.errors import guarded
from neuroep.cli.training import run_training, text_files, text_parser
from neuroep.runs.folder import RunFolder
from neuroep.tasks.reviews.task import Options, resume_sentiment, train_sentiment

AS_PUBLISHED = ["solver=synchronous", "text.padding=zeros", "settle.residual=0.0"]


def train(given: argparse.Namespace, data: str | None, overrides: list[str]) -> RunFolder:
    """Train the network."""
    vectors, baselines = text_files(given)
    published = AS_PUBLISHED if given.as_published else []
    every = [*published, *overrides]
    options = Options(given.design, data, vectors, given.limit, every, baselines, spiking=False)
    return train_sentiment(options, given.out)


def main() -> None:
    """Train, or go on with a run, and print its table."""
    data = "IMDB archive or unpacked folder; built-in without it"
    parser = text_parser(__doc__, "imdb_paper", data, "reviews")
    parser.add_argument("--as-published", action="store_true", help="settle as the paper's code")
    run_training(parser, train, resume_sentiment)


if __name__ == "__main__":
    sys.exit(guarded(main))
