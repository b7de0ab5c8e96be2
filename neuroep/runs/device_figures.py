"""What pulses did to the devices of a run."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from neuroep import report
from neuroep.errors import InputError
from neuroep.runs.folder import RunFolder
from neuroep.traces import open_traces
from neuroep.traces.view import Recorded, Traces

if TYPE_CHECKING:
    from neuroep.runs.run import Job

SIDES = {"plus": "conductance_plus", "minus": "conductance_minus"}


def draw_devices(folder: RunFolder, job: "Job") -> None:
    """Draw pulses and conductances of all arrays, and the recorded synapse that got most pulses."""
    if not job.trainer.updater.devices or job.design.devices is None:
        return
    try:
        traces = open_traces(folder.path)
    except InputError:
        return
    device = job.design.devices.device()
    limits = (device.g_min, device.g_max)
    with traces:
        figure = _arrays(job, traces, limits, device.endurance)
        report.save(figure, folder.figure("devices.png"))
        recorded = {
            name: int(np.max(one.pulses_total[-1:], initial=0))
            for name, one in traces.synapses.items()
            if "pulses_total" in one
        }
        if any(recorded.values()):
            name = max(recorded, key=lambda one: recorded[one])
            figure = _synapse(name, traces.synapses[name], limits)
            report.save(figure, folder.figure("device_synapse.png"))


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
    place = np.unravel_index(total[-1].argmax(), total[-1].shape)
    sides = zip(total.axes[1:], place, strict=True)
    labels = ", ".join(str(recorded.labels(axis)[i]) for axis, i in sides)
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
