"""A first design for a user's own data, sized to them, with defaults that learn.

The text comes from a template in ``circuits/templates``; what stands in it for ``$name`` is
measured on the data, so that a design can be read and edited like any other.
"""

import math
import tomllib
from contextlib import nullcontext
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from neuroep.content import circuits_path
from neuroep.design.load import check_design
from neuroep.errors import InputError
from neuroep.tasks.catalogue import TASKS
from neuroep.tasks.task import DataOptions, Size, Task

STEPS = 30_000
"""Examples that a network sees in training, in all epochs together, at least."""

MOST_EPOCHS = 100

FEW = 5000
"""Examples below which the validation part is soon all right, and its cost tells more."""

OUTPUT = 0.1
"""Standard deviation of a resistive chip's first predictions: larger ones are not unlearned."""

SAMPLE = 200  # training examples on which it is measured

SECTIONS = {
    "images": """[images]
validation = 0.1                   # share of the training images that chooses the epoch
shift = 0                          # pixels that a training image is moved by at most, each way""",
    "table": """[table]
scaling = "standard"               # each column to mean 0 and deviation 1, fitted when trained
limit = 3.0                        # deviations at which values are cut
validation = 0.1                   # share of the training rows that chooses the epoch""",
}


def kinds() -> dict[str, type[Task]]:
    """Return the tasks by what ``neuroep new`` calls them."""
    return {task.kind: task for task in TASKS.values()}


def new_design(kind: str, options: DataOptions, file: str, *, resistive: bool = False) -> str:
    """Return a commented design file for data.

    ``kind``: one of :func:`kinds`; ``options``: the data, built-in ones without a path, where the
    task has some; ``file``: where the design will stand, for the commands in its comments;
    ``resistive``: a chip of conductances and diodes. An InputError: what the readers raise, or a
    resistive chip for data that are no plain vector.
    """
    task = kinds()[kind]
    size = task.measure(options)
    if resistive and "width" not in size.values:
        raise InputError(
            f"new {kind}: a resistive chip takes one vector of values, so no sequences of words; "
            "leave out --resistive"
        )
    name = "resistive" if resistive else "values" if "width" in size.values else kind
    text = (circuits_path() / "templates" / f"{name}.toml").read_text(encoding="utf-8")
    values = _values(task, size, options, file)
    if not resistive:
        return Template(text).substitute(values)
    made = Template(text).substitute(values | {"input_gain": "100 mV"})
    gain = 0.1 * OUTPUT / _first_output(made, options, file)
    return Template(text).substitute(values | {"input_gain": f"{gain * 1e3:.2g} mV"})


def _values(task: type[Task], size: Size, options: DataOptions, file: str) -> dict[str, Any]:
    classes = len(size.labels)
    batch = 8 if size.train < 500 else 16 if size.train < 5000 else 32
    width = int(str(size.values.get("width", 0)))
    hidden = 64 if not width else 2 ** round(math.log2(min(512, max(64, 2 * width))))
    data = Path(options.data).name if options.data else size.name
    shown = ", ".join(size.labels[:6]) + (", ..." if classes > 6 else ".")
    return {
        "headline": f"A chip for {data}: {size.train} {task.unit}s to learn from, classes {shown}",
        "title": f"{task.unit.capitalize()}s of {data}, {classes} classes".replace('"', "'"),
        "file": file,
        "data": options.data or "FILE",
        "section": SECTIONS.get(task.key, f"[{task.key}]"),
        "classes": classes,
        "share": round(1 / classes, 3),
        "hidden": hidden,
        "shown": min(64, hidden),
        "queries": max(4, classes),
        "gain": 1.0,
        "batch": batch,
        "choose": "cost" if size.train < FEW else "accuracy",
        "rate": "3e-3" if size.train < 500 else "1e-3",
        "nudge": f"{0.2 * hidden:.3g} uS",
        "epochs": min(MOST_EPOCHS, max(5, -(-STEPS // max(size.train, 1)))),
        **size.values,
    }


def _first_output(text: str, options: DataOptions, file: str) -> float:
    """Return the standard deviation of the predictions before training."""
    design = check_design(tomllib.loads(text), file)
    task = design.task(file)
    source = task.open(options)
    encoder = task.fit(source, options, lambda _: nullcontext())
    examples = task.material(source, encoder, options, lambda _: nullcontext(), {}).train
    system = design.make_system(encoder.tables)
    inputs, _ = examples.batch(np.arange(min(SAMPLE, len(examples))))
    return float(system.scores(system.settle(system.clamp(inputs))).std())
