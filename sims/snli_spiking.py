#!/usr/bin/env python3
"""Spiking neurons with Hopfield attention between two sentences learn natural language inference.

What it shows   Every word of a hypothesis asks the premise for a word like itself; a learned memory
                judges what was found; 64 neurons with rails take its verdicts. Every line between
                blocks carries sigma-delta spikes, in the free and in both nudged phases.
Command         python sims/snli_spiking.py                     (built-in pairs, a demonstration)
                python sims/snli_spiking.py --data snli_1.0.zip --vectors GoogleNews.bin
                python sims/snli_spiking.py --solver sweep ...  (the analog twin)
Expected        built-in pairs: well above what the hypothesis alone tells;
                the 21,601-pair train subset: see docs/snli.md
Time            see docs/snli.md
"""

import argparse
import sys
from pathlib import Path

from neuroep.cli.errors import guarded
from neuroep.cli.training import run_training, training_parser
from neuroep.experiment.folder import RunFolder
from neuroep.experiment.pairs import Options, resume_pairs, train_pairs


def train(given: argparse.Namespace, data: str | None, overrides: list[str]) -> RunFolder:
    """Train the network."""
    vectors = [str(Path(path).resolve()) for path in given.vectors]
    baselines = given.baselines and str(Path(given.baselines).resolve())
    options = Options(given.design, data, vectors, given.limit, overrides, baselines)
    return train_pairs(options, given.out)


def main() -> None:
    """Train, or go on with a run, and print its table."""
    data = "SNLI archive, or a folder of its .jsonl or .jsonl.gz files; built-in without it"
    parser = training_parser(__doc__, "snli_pooled", data, "pairs")
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
    parser.add_argument("--solver", choices=["spiking", "sweep", "synchronous"])
    run_training(parser, train, resume_pairs)


if __name__ == "__main__":
    sys.exit(guarded(main))
