"""The life of a synapse in a run's traces."""

import numpy as np

from neuroep import report
from neuroep.errors import InputError
from neuroep.runs.folder import RunFolder
from neuroep.traces import open_traces


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
