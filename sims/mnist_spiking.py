#!/usr/bin/env python3
"""Spiking neurons learn to read digits by equilibrium propagation.

What it shows   Pixels drive constant currents into 512 neurons with rails; these and ten outputs
                send each other sigma-delta spikes, in the free and in both nudged phases. What is
                learned works as well without spikes, settled by sweeps. Pixels do not spike.
Command         python sims/mnist_spiking.py --data FOLDER    (of the four IDX files of MNIST)
                python sims/mnist_spiking.py --data FASHION --set images.shift=0
                python sims/mnist_spiking.py                  (built-in digits, a demonstration)
Expected        MNIST: above 98 % on the test set, within 0.3 points of the analog network;
                Fashion-MNIST: above 88 %; built-in digits: above 97 %
Time            on 2 cores, MNIST: about 10 minutes, twice that on a busy machine; built-in digits:
                a minute, and another at the first run, to compile
"""

import argparse
import sys

from neuroep.cli.errors import guarded
from neuroep.cli.training import run_training, training_parser
from neuroep.runs.folder import RunFolder
from neuroep.tasks.images.options import ImageOptions
from neuroep.tasks.images.task import resume_images, train_images


def train(given: argparse.Namespace, data: str | None, overrides: list[str]) -> RunFolder:
    """Train the network."""
    return train_images(ImageOptions(given.design, data, given.limit, overrides), given.out)


def main() -> None:
    """Train, or go on with a run, and print its table."""
    data = "folder of the four IDX files; built-in digits without it"
    parser = training_parser(__doc__, "mnist_spiking", data, "images")
    parser.add_argument("--solver", choices=["spiking", "sweep", "synchronous"])
    run_training(parser, train, resume_images)


if __name__ == "__main__":
    sys.exit(guarded(main))
