"""The lines a network's accuracy is held against, fitted once for many runs."""

from neuroep.design.load import load_design
from neuroep.report import Number, table
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.tasks.baselines import Fitted, title


def fit(options: TrainOptions, progress: Progress | None = None) -> tuple[str, Fitted]:
    """Fit every baseline of a design's task on its data; return the key of the task as well."""
    progress = progress or Progress()
    task = load_design(options.design, options.overrides).task(options.design)
    source = task.open(options)
    encoder = task.fit(source, options, progress.stage)
    material = task.material(source, encoder, options, progress.stage, {})
    with progress.stage("fitting baselines"):
        found = task.baselines(source, material, options.limit)
    return task.key, Fitted(source.name, options.limit, material.counts["test"], found)


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
