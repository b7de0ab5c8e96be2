"""The figures of a run: what every run draws, then its task's and its chip's own."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from neuroep import report
from neuroep.errors import InputError
from neuroep.learning.evaluation import Evaluation
from neuroep.runs.device_figures import draw_devices
from neuroep.runs.folder import START, RunFolder
from neuroep.runs.metrics import Metrics
from neuroep.runs.trained import Saved
from neuroep.tasks.view import TrainedView
from neuroep.traces import open_traces

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


def draw_synapse(folder: RunFolder) -> None:
    """Draw the life of the recorded synapse that moved most."""
    try:
        traces = open_traces(folder.path)
    except InputError:
        return
    with traces:
        for name, recorded in traces.synapses.items():
            weight = recorded.weight
            if len(weight) < 2:
                continue
            moved = np.abs(weight[-1] - weight[0])
            place = np.unravel_index(moved.argmax(), moved.shape)
            sides = zip(weight.axes[1:], place, strict=True)
            labels = [recorded.labels(axis)[i] for axis, i in sides]
            keys = ("weight", "seen_plus", "seen_minus", "change_asked", "change_applied")
            figure = report.synapse(
                recorded.step,
                *(recorded[key][(slice(None), *place)] for key in keys),
                name=f"{name} [{', '.join(map(str, labels))}]",
                unit=weight.unit,
            )
            report.save(figure, folder.figure("synapse.png"))
            return
