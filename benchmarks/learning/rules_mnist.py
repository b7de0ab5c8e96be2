"""Handwritten digits by every learning rule: 784 pixels, 128 hidden and ten output neurons.

    python -m benchmarks.learning.rules_mnist [--json FILE] [--write]   10 minutes on 2 idle cores

The design mnist_spiking with 128 hidden neurons on 20,000 images of MNIST (one in ten of them
chooses the epoch), three epochs, all 10,000 test images; settled by sweeps, by spikes where the
rule learns from spikes. One seed each. MNIST is found by ``NEUROEP_DATA``, the folder with mnist/.
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import limit_threads, run, table
from neuroep.learning.rules import RULES
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import train

IMAGES, EPOCHS, HIDDEN = 20_000, 3, 128
SWEEPS = ("solver=sweep",)
FASTER = (*SWEEPS, 'learning.rates={"*"=2e-3}')
LONG = ('spiking.free_duration="60 us"', 'spiking.nudged_duration="60 us"')
"""Phases long enough for traces of a few microseconds behind them."""


@dataclass(frozen=True)
class Trial:
    """One training: a rule, and what differs from the design's own recipe."""

    rule: str
    overrides: tuple[str, ...] = SWEEPS
    note: str = ""


TRIALS = (
    Trial("centered"),
    Trial("oscillating", note="4 points, 2 harmonics"),
    Trial("one_bit", note="no dead zone"),
    # What centered grants once is granted in some ten parts, and Adam makes each of them large.
    Trial("continual", (*SWEEPS, 'learning.rates={"*"=3e-4}'), "a pair, rate 3e-4"),
    Trial("centered", FASTER, "rate 2e-3"),
    Trial("one_bit", FASTER, "no dead zone, rate 2e-3"),
    Trial("centered", (), "spikes, 24 us nudged"),
    Trial("spike_driven", LONG, "spikes, 60 us nudged"),
)


def trained(trial: Trial, data: Path) -> dict[str, Any]:
    """Train and test; return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        options = TrainOptions(
            design="mnist_spiking",
            data=str(data),
            limit=IMAGES,
            overrides=[
                f"layers.hidden.size={HIDDEN}",
                f"learning.epochs={EPOCHS}",
                f"learning.rule={trial.rule}",
                *trial.overrides,
            ],
            no_baselines=True,
            no_figures=True,
        )
        metrics = train(options, str(Path(folder) / "run")).read_metrics()
    assert metrics is not None
    return {
        "rule": trial.rule,
        "note": trial.note,
        "overrides": options.overrides,
        "test_accuracy": metrics.test_accuracy,
        "validation_accuracy": metrics.history["validation_accuracy"],
        "training_seconds": metrics.seconds["training"],
    }


def measure() -> tuple[dict[str, Any], str]:
    """Train by every rule."""
    limit_threads()
    data = Path(os.environ.get("NEUROEP_DATA", "../shared/data")) / "mnist"
    if not data.is_dir():
        sys.exit(f"{data}: no MNIST; set NEUROEP_DATA to the folder that holds it")
    found = []
    for trial in TRIALS:
        found.append(trained(trial, data))
        print(trial.rule, found[-1]["test_accuracy"], file=sys.stderr, flush=True)
    rows, centered = [], 0.0
    for each in found:
        accuracy = each["test_accuracy"]
        if each["rule"] == "centered":
            centered = accuracy
        rows.append(
            [
                RULES[each["rule"]].title,
                each["note"],
                f"{accuracy:.2%}",
                f"{100 * (accuracy - centered):+.2f}",
                f"{each['training_seconds']:.0f}",
            ]
        )
    header = ["rule", "", "test accuracy", "points from the centered one above", "training, s"]
    return {"trials": found}, table(header, rows)


if __name__ == "__main__":
    run("rules_mnist", "Digits by every learning rule.", measure, headline="test_accuracy")
