"""The figures of a run: what every run draws, then its task's and its chip's own."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from neuroep import report
from neuroep.errors import InputError
from neuroep.report.html import AttendedRows, AttendedWords
from neuroep.runs.folder import ATTENTION, START, RunFolder
from neuroep.runs.metrics import Metrics
from neuroep.runs.trained import Saved
from neuroep.tasks.view import TrainedView
from neuroep.traces import open_traces
from neuroep.traces.files import write_json
from neuroep.traces.view import Recorded, Traces, Variable

if TYPE_CHECKING:
    from neuroep.runs.run import Job

Save = Callable[[Figure, str], object]
Place = tuple[np.intp, ...]

SIDES = {"plus": "conductance_plus", "minus": "conductance_minus"}


def draw_figures(folder: RunFolder, job: "Job", metrics: Metrics) -> None:
    """Draw every figure of a trained run into its folder."""

    def save(figure: Figure, name: str) -> None:
        report.save(figure, folder.figure(name))

    curves = report.training_curves(
        metrics.history,
        metrics.baselines,
        test=metrics.accuracy,
        controls=metrics.controls,
        example=metrics.unit,
    )
    save(curves, "training.png")
    counts = {solver: np.array(matrix) for solver, matrix in metrics.confusion.items()}
    save(report.confusion(counts, metrics.labels, example=metrics.unit), "confusion.png")
    traces = None
    with suppress(InputError):  # a run may have none
        traces = open_traces(folder.path)
    if traces is not None:
        with traces:
            draw_synapse(traces, save)
            draw_devices(traces, job, save)
    attended: list[AttendedWords | AttendedRows] = []
    view = TrainedView(
        job.system,
        job.design.settled_by,
        Saved.read(folder.path / START).parameters,
        job.source,
        job.encoder,
        job.material.test,
        job.options.limit,
        save,
        attended.extend,
    )
    job.task.figures(view)
    if attended:
        write_json(folder.figure(ATTENTION), [asdict(one) for one in attended])
    job.design.figures(view)


def draw_synapse(traces: Traces, save: Save) -> None:
    """Draw the life of the recorded synapse that moved most."""
    for name, recorded in traces.synapses.items():
        weight = recorded.weight
        if len(weight) < 2:
            continue
        place, labels = _largest(recorded, weight, np.abs(weight[-1] - weight[0]))
        keys = ("weight", "seen_plus", "seen_minus", "change_asked", "change_applied")
        figure = report.synapse(
            recorded.step,
            *(recorded[key][(slice(None), *place)] for key in keys),
            name=f"{name} [{labels}]",
            unit=weight.unit,
        )
        save(figure, "synapse.png")
        return


def _largest(recorded: Recorded, variable: Variable, values: np.ndarray) -> tuple[Place, str]:
    """Return where the largest of some values of a variable stands, and what that is called."""
    place = np.unravel_index(values.argmax(), values.shape)
    sides = zip(variable.axes[1:], place, strict=True)
    return place, ", ".join(str(recorded.labels(axis)[i]) for axis, i in sides)


def draw_devices(traces: Traces, job: "Job", save: Save) -> None:
    """Draw pulses and conductances of all arrays, and the recorded synapse that got most pulses."""
    device = job.design.device
    if not job.trainer.updater.devices or device is None:
        return
    limits = (device.g_min, device.g_max)
    save(_arrays(job, traces, limits, device.endurance), "devices.png")
    recorded = {
        name: int(np.max(one.pulses_total[-1:], initial=0))
        for name, one in traces.synapses.items()
        if "pulses_total" in one
    }
    if any(recorded.values()):
        name = max(recorded, key=lambda one: recorded[one])
        save(_synapse(name, traces.synapses[name], limits), "device_synapse.png")


def _arrays(job: "Job", traces: Traces, limits: tuple[float, float], endurance: float) -> Figure:
    conductances, pulses, most, examples = {}, {}, {}, np.zeros(0)
    for name, devices in job.trainer.updater.devices.items():
        whole = tuple(slice(0, size) for size in job.system.parameters.shapes[name])
        sides = [np.asarray(gauge.read(whole)).ravel() for gauge in devices.before.values()]
        conductances[name] = np.concatenate(sides)
        written = traces.writing[name]
        examples = np.asarray(written.examples_seen)
        pulses[name] = np.asarray(written.pulses_total) / conductances[name].size
        if "most_pulses" in written:
            most[name] = np.asarray(written.most_pulses)
    return report.written_devices(
        examples, pulses, most, conductances, limits=limits, endurance=endurance
    )


def _synapse(name: str, recorded: Recorded, limits: tuple[float, float]) -> Figure:
    total = recorded.pulses_total
    place, labels = _largest(recorded, total, total[-1])
    one = (slice(None), *place)
    return report.written_synapse(
        np.asarray(recorded.examples_seen),
        recorded.request_pulses[one],
        recorded.pulses_up[one],
        recorded.pulses_down[one],
        {side: recorded[key][one] for side, key in SIDES.items() if key in recorded},
        charge=recorded.charge[one] if "charge" in recorded else None,
        limits=limits,
        name=f"{name} [{labels}]",
    )
