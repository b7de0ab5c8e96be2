"""The figures of a run: what every run draws, then its task's and its chip's own."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from neuroep import report
from neuroep.learning.evaluation import Evaluation
from neuroep.runs.figures.devices import draw_devices
from neuroep.runs.figures.synapse import draw_synapse
from neuroep.runs.folder import START, RunFolder
from neuroep.runs.metrics import Metrics
from neuroep.runs.trained import Saved
from neuroep.tasks.view import TrainedView

if TYPE_CHECKING:
    from neuroep.runs.run import Job


def draw_figures(folder: RunFolder, job: "Job", metrics: Metrics, tested: Evaluation) -> None:
    """Draw every figure of a trained run into its folder."""
    report.save(
        report.training_curves(
            metrics.history,
            metrics.baselines,
            test=metrics.accuracy,
            controls=metrics.controls,
            example=metrics.unit,
        ),
        folder.figure("training.png"),
    )
    counts = {solver: np.array(matrix) for solver, matrix in metrics.confusion.items()}
    figure = report.confusion(counts, metrics.labels, example=metrics.unit)
    report.save(figure, folder.figure("confusion.png"))
    draw_synapse(folder)
    draw_devices(folder, job)

    def save(figure: Figure, name: str) -> None:
        report.save(figure, folder.figure(name))

    view = TrainedView(
        job.system,
        job.design.settled_by,
        Saved.read(folder.path / START).parameters,
        job.source,
        job.encoder,
        job.material.test,
        job.options.limit,
        save,
    )
    job.task.figures(view)
    job.design.figures(view)
