#!/usr/bin/env python3
"""The seed paper's network for sentence pairs, at full size, learns by equilibrium propagation.

What it shows   Premise and hypothesis of 25 tokens each attend to each other and to themselves;
                400-3 neurons take all that they read (Bal & Sengupta, IJCAI 2023). Sweeps stop when
                nothing moves, padding is masked, word vectors stay as they are. --as-published:
                synchronous steps, T=60 and K=30 of them, and padding by zeros that are attended to.
Command         python sims/snli_paper.py --data snli_1.0.zip --vectors GoogleNews.bin
                python sims/snli_paper.py --epochs 2 --limit 500    (built-in pairs, a try)
Expected        see docs/paper.md
Time            on 2 cores, an epoch of the 21,601-pair subset: about a minute; 50 as published
"""

import argparse
import sys

from neuroep.cli.errors import guarded
from neuroep.cli.training import run_training, text_files, text_parser
from neuroep.runs.folder import RunFolder
from neuroep.tasks.pairs.task import Options, resume_pairs, train_pairs

AS_PUBLISHED = ["solver=synchronous", "pairs.padding=zeros", "settle.residual=0.0"]


def train(given: argparse.Namespace, data: str | None, overrides: list[str]) -> RunFolder:
    """Train the network."""
    vectors, baselines = text_files(given)
    published = AS_PUBLISHED if given.as_published else []
    options = Options(given.design, data, vectors, given.limit, [*published, *overrides], baselines)
    return train_pairs(options, given.out)


def main() -> None:
    """Train, or go on with a run, and print its table."""
    data = "SNLI archive, or a folder of its .jsonl or .jsonl.gz files; built-in without it"
    parser = text_parser(__doc__, "snli_paper", data, "pairs")
    parser.add_argument("--as-published", action="store_true", help="settle as the paper's code")
    run_training(parser, train, resume_pairs)


if __name__ == "__main__":
    sys.exit(guarded(main))
