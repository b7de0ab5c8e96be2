"""The lines a network's accuracy is held against, fitted once for many runs."""

from neuroep.design.load import load_design
from neuroep.report import Number, table
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.runs.run import prepare
from neuroep.tasks.baselines import Fitted


def fit(options: TrainOptions, progress: Progress | None = None) -> tuple[str, Fitted]:
    """Fit every baseline of a design's task on its data.

    Returns
    -------
    key : str
        Of the task.
    Fitted

    Raises
    ------
    InputError
        The design, the data or the vectors cannot be used.
    """
    progress = progress or Progress()
    job = prepare(load_design(options.design, options.overrides), options, options.design, progress)
    with progress.stage("fitting baselines"):
        found = job.task.baselines(job.source, job.material, options.limit)
    counts = job.material.counts
    return job.task.key, Fitted(job.source.name, options.limit, counts["test"], found)


def baselines_table(entry: Fitted, unit: str, markdown: bool = False) -> str:
    """Return what was fitted as a table."""
    rows: list[list[object]] = [
        [
            f"logistic regression, {name}",
            Number(line.test_accuracy, unit="%"),
            Number(line.validation_accuracy, unit="%"),
            line.strength,
        ]
        for name, line in entry.baselines.items()
    ]
    heading = [f"{entry.data}, {entry.test} test {unit}s", "test", "validation", "C"]
    return table(rows, heading, markdown=markdown)
