"""Wires of a crossbar that reads images: weights learned in place beside transferred ones.

    python -m benchmarks.learning.wires [--json FILE] [--write]     15 minutes on 1 busy core

The design mnist_spiking with 32 hidden neurons, settled by sweeps, on 5,000 images of MNIST (one in
ten of them chooses the epoch), all 10,000 test images: an array of 1,568 lines, two a pixel, by 32.
One seed. MNIST is found by ``NEUROEP_DATA``, the folder with mnist/.
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import run, table
from neuroep.design.load import load_design
from neuroep.learning.evaluation import evaluate
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import train
from neuroep.runs.trained import load_run
from neuroep.tasks.task import DataOptions

IMAGES, HIDDEN, EPOCHS = 5_000, 32, 10


@dataclass(frozen=True)
class Study:
    """What learns, and in arrays of which rows at most (0 for all of ``rows``)."""

    design: str
    overrides: tuple[str, ...]
    rows: int
    lines: tuple[int, ...]


LAYERS = Study(
    "mnist_spiking",
    (
        "solver=sweep",
        f"layers.hidden.size={HIDDEN}",
        f"learning.epochs={EPOCHS}",
        "images.shift=0",
        "traces.synapses.hidden-out=[[0, 32], [0, 10]]",
        "traces.neurons.hidden=[0, 32]",
        "learning.batch=64",
        'learning.rates={"*"=2e-3}',
    ),
    1568,
    (392, 0),
)
DRIVER, RECEIVER = 20.0, 20.0
"""ohm, of every line's."""

OHMS = (1.0, 2.0, 3.0, 10.0)
"""Of a segment."""


def wires(ohms: float, lines: int) -> tuple[str, ...]:
    """Return the overrides of a design for wires of so many ohms a segment."""
    given = {"resistance": ohms, "driver": DRIVER, "receiver": RECEIVER}
    sections = [f"circuit.wires.{name}='{value:g} ohm'" for name, value in given.items()]
    return (*sections, f"circuit.wires.lines={lines}")


def trained(study: Study, folder: str, data: Path, *more: str) -> tuple[Path, dict[str, float]]:
    """Train and test; return the run and its figures."""
    options = TrainOptions(
        design=study.design,
        data=str(data),
        limit=IMAGES,
        overrides=[*study.overrides, *more],
        no_baselines=True,
        no_figures=True,
    )
    done = train(options, folder)
    metrics = done.read_metrics()
    assert metrics is not None
    return done.path, {
        "test_accuracy": metrics.test_accuracy,
        "training_seconds": metrics.seconds["training"],
    }


def transferred(study: Study, path: Path, data: Path, *more: str) -> float:
    """Return the test accuracy of a run's weights, written into another chip."""
    ran = load_run(str(path))
    design = load_design(study.design, (*study.overrides, *more))
    system = ran.moved_to(design, study.design)
    _, examples, _ = ran.test_examples(DataOptions(data=str(data)))
    return evaluate(system, examples).accuracy


def measure(study: Study = LAYERS) -> tuple[dict[str, Any], str]:
    """Train without wires, then transfer and train in place with each of them."""
    os.environ.setdefault("NEUROEP_THREADS", "1")
    folder = os.environ.get("NEUROEP_DATA")
    if not folder:
        raise SystemExit("set NEUROEP_DATA to the folder with mnist/")
    data = Path(folder) / "mnist"
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as runs:
        path, ideal = trained(study, f"{runs}/ideal", data)
        print("no wires", ideal, file=sys.stderr, flush=True)
        for lines in study.lines:
            for ohms in OHMS:
                more = wires(ohms, lines)
                there = transferred(study, path, data, *more)
                _, place = trained(study, f"{runs}/{lines}_{ohms:g}", data, *more)
                rows.append({"ohm": ohms, "lines": lines, "transferred": there, "in_place": place})
                print(rows[-1], file=sys.stderr, flush=True)
    figures = {
        "overrides": study.overrides,
        "images": IMAGES,
        "threads": 1,
        "ideal": ideal,
        "wires": rows,
    }
    header = ["ohm a segment", "lines an array", "transferred, %", "in place, %", "s"]
    cells = [["0", "", "", f"{100 * ideal['test_accuracy']:.2f}", ""]]
    cells += [
        [
            f"{row['ohm']:g}",
            str(row["lines"] or study.rows),
            f"{100 * row['transferred']:.2f}",
            f"{100 * row['in_place']['test_accuracy']:.2f}",
            f"{row['in_place']['training_seconds']:.0f}",
        ]
        for row in rows
    ]
    return figures, table(header, cells)


if __name__ == "__main__":
    run("wires", "Wires of a crossbar that reads images.", measure, headline="test_accuracy")
