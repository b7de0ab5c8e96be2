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
import json
import sys
from pathlib import Path

from neuroep.cli.errors import guarded
from neuroep.cli.main import positive
from neuroep.experiment.images import Options, resume_images, train_images
from neuroep.experiment.summary import summary
from neuroep.traces.files import atomic_write, check_writable


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--design", default="mnist_spiking", help="design file or built-in name")
    parser.add_argument("--data", help="folder of the four IDX files; built-in digits without it")
    parser.add_argument("--solver", choices=["spiking", "sweep", "synchronous"])
    parser.add_argument("--epochs", type=positive, help="passes over the training images")
    parser.add_argument("--limit", type=positive, help="images of each split")
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
        folder = resume_images(given.resume)
    else:
        overrides = list(given.set)
        for key in ("solver", "learning.epochs", "seed"):
            value = getattr(given, key.split(".")[-1])
            if value is not None:
                overrides.append(f"{key}={value}")
        data = given.data and str(Path(given.data).resolve())
        folder = train_images(Options(given.design, data, given.limit, overrides), given.out)
    metrics = folder.read_metrics()
    if given.results:
        atomic_write(given.results, (json.dumps(metrics, indent=2) + "\n").encode())
    print(f"\n{summary([metrics])}\n\nrun folder: {folder.path}")


if __name__ == "__main__":
    sys.exit(guarded(main))
