"""The last spikes that a run has recorded, layer by layer, and how many its neurons send."""

import numpy as np

from neuroep.report.html import Block, Facts, Notes, Raster
from neuroep.report.style import time_unit
from neuroep.runs.metrics import Metrics
from neuroep.traces.record import PHASES
from neuroep.traces.view import RecordedSpikes, Traces

MOST_SPIKES = 1500
"""Of one layer in one phase."""

MOST_LAYERS = 6


def counted(metrics: Metrics) -> list[Block]:
    """Return spikes per neuron and test example."""
    if not metrics.spikes:
        return []
    rows: list[tuple[str, object]] = [
        (f"{name}: spikes per neuron and {metrics.unit}", f"{count:.4g}")
        for name, count in metrics.spikes.items()
    ]
    return [Facts(rows)]


def rasters(traces: Traces) -> list[Block]:
    """Return the spikes of the first recorded example at the last recorded step."""
    found = [_raster(name, one) for name, one in list(traces.spikes.items())[:MOST_LAYERS]]
    return [raster for raster in found if raster is not None]


def _raster(name: str, spikes: RecordedSpikes) -> Block | None:
    step = _last(spikes)
    if step is None:
        return None
    found = {phase: spikes.at(step, phase, 0)[:2] for phase in PHASES}
    end = max((float(time.max(initial=0.0)) for time, _ in found.values()), default=0.0)
    if not end:
        return Notes([f"{name}: no spikes at step {step}."])
    factor, unit = time_unit(end)
    neurons = 1 + max(int(neuron.max(initial=0)) for _, neuron in found.values())
    most = max(len(time) for time, _ in found.values())
    panels = {
        phase: (factor * np.asarray(time, float)[:MOST_SPIKES], np.asarray(neuron)[:MOST_SPIKES])
        for phase, (time, neuron) in found.items()
    }
    note = (
        f"Only the first {MOST_SPIKES} spikes of a phase are drawn." if most > MOST_SPIKES else ""
    )
    title = f"{name}: spikes of one example at training step {step}, a row a neuron"
    return Raster(title, neurons, panels, factor * end, unit, note)


def _last(spikes: RecordedSpikes) -> int | None:
    """Return the last step whose spikes are all there."""
    for step in reversed(spikes.labels("step")[: len(spikes["count"])].tolist()):
        try:
            spikes.at(step)
        except KeyError:
            continue
        return int(step)
    return None
