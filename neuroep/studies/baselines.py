"""The lines a network's accuracy is held against, fitted once for many runs."""

import os
from dataclasses import asdict

from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.report import Number, table
from neuroep.runs.contents import contents_of
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.tasks.baselines import Fitted, read_fitted, title
from neuroep.traces.files import alone_with, write_json


def fit(options: TrainOptions, progress: Progress | None = None) -> tuple[str, Fitted]:
    """Fit every baseline of a design's task on its data; return the key of the task as well."""
    progress = progress or Progress()
    design = load_design(options.design, options.overrides)
    task = design.task(options.design)
    source = task.open(options)
    splits = source.note  # before anything else is noted
    encoder = task.fit(source, options, progress.stage)
    material = task.material(source, encoder, options, progress.stage, {})
    with progress.stage("fitting baselines"):
        try:
            found = task.baselines(source, material, options.limit)
        except InputError as error:
            raise InputError(f"{source.name}: {error}") from None
    tests = material.counts["test"]
    about = splits, design.title, list(source.labels), contents_of(options), design.seed
    return task.key, Fitted(source.name, options.limit, tests, found, *about)


def add_to(path: str, key: str, entry: Fitted) -> str:
    """Add what was fitted for a task to a file, or begin it; return a note for people.

    It says which entry was replaced, where that was of other data or another design's rows. An
    InputError: something else is there, which is left as it is.
    """
    with alone_with(path):
        known = read_fitted(path) if os.path.lexists(path) else {}
        write_json(path, {name: asdict(one) for name, one in (known | {key: entry}).items()})
    before = known.get(key, entry)
    if about(before) == about(entry):
        return ""
    return f"{path}: {key}: was of {about(before)}, is of {about(entry)} now"


def about(entry: Fitted) -> str:
    """Return what an entry is of, for people."""
    limited = "" if entry.limit is None else f" limited to {entry.limit}"
    rows = f", rows of {entry.design!r}" if entry.design else ""
    return f"{entry.data}{limited}, {entry.test} test examples{rows}"


def baselines_table(entry: Fitted, unit: str, markdown: bool = False) -> str:
    """Return what was fitted as a table."""
    rows: list[list[object]] = [
        [
            title(name),
            Number(line.test_accuracy, unit="%"),
            Number(line.validation_accuracy, unit="%"),
            line.strength,
        ]
        for name, line in entry.baselines.items()
    ]
    heading = [f"{entry.data}, {entry.test} test {unit}s", "test", "validation", "C or rate"]
    return table(rows, heading, markdown=markdown)
