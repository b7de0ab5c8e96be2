#!/usr/bin/env python3
"""A passive network of conductances and diodes learns to tell images apart.

What it shows   A deep resistive network: Kirchhoff's laws do the settling, diodes are the only
                nonlinearity. Every conductance learns by equilibrium propagation from the voltage
                drop across itself in two nudged phases, and stays within what its device can hold.
Command         python sims/mnist_resistive.py
                python sims/mnist_resistive.py --data FOLDER          (MNIST, in four IDX files)
                for Fashion-MNIST with --set images.shift=0 --set 'learning.rates."0-1"=3e-3'
Expected        built-in digits, which are easy and say nothing of handwriting: above 98 %;
                MNIST: above 98.4 %; Fashion-MNIST: above 88 %
Time            on 2 cores, built-in: a minute, and another at the first run, to compile;
                MNIST, Fashion-MNIST: about 10 minutes each
"""

import argparse
import json
import sys
from pathlib import Path

from neuroep.cli.errors import guarded
from neuroep.cli.main import positive
from neuroep.experiment.resistive import Options, resume_resistive, train_resistive
from neuroep.experiment.summary import summary
from neuroep.traces.files import atomic_write, check_writable


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--design", default="resistive_mnist", help="design file or built-in name")
    parser.add_argument("--data", help="folder with four IDX files; built-in digits without it")
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
        folder = resume_resistive(given.resume)
    else:
        overrides = list(given.set)
        for key, value in (("learning.epochs", given.epochs), ("seed", given.seed)):
            if value is not None:
                overrides.append(f"{key}={value}")
        data = given.data and str(Path(given.data).resolve())
        folder = train_resistive(Options(given.design, data, given.limit, overrides), given.out)
    metrics = folder.read_metrics()
    if given.results:
        atomic_write(given.results, (json.dumps(metrics, indent=2) + "\n").encode())
    if metrics["data"] == "built-in digits":
        print("\nThese are the built-in digits; --data FOLDER takes MNIST or Fashion-MNIST.")
    print(f"\n{summary([metrics])}\n\nrun folder: {folder.path}")


if __name__ == "__main__":
    sys.exit(guarded(main))
