"""Exported waveforms, as charts of a page."""

from itertools import islice, pairwise
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.export.reading import READ, read_recording
from neuroep.export.recording import TIME, Signal
from neuroep.export.recording import Section as Recorded
from neuroep.report.html import Block, Chart, Notes, Section, Series
from neuroep.report.style import time_unit

MOST_POINTS = 1000
MOST_NODES = 8
MOST_CHARTS = 24

__all__ = ["READ", "waves"]


def waves(path: Path) -> Section:
    """Return the waveforms of a file that neuroep has exported, a chart for each group of nodes."""
    found = read_recording(path)
    groups = [(section, signal) for section in found.sections for signal in section.signals]
    blocks: list[Block] = [_chart(*group) for group in groups[:MOST_CHARTS]]
    if (left := len(groups) - MOST_CHARTS) > 0:
        blocks.append(Notes([f"{left} more stand in {path}."]))
    if not blocks:
        raise InputError(f"{path}: holds no waveforms")
    return Section(f"Waveforms: {path.name}", blocks)


def _chart(section: Recorded, signal: Signal) -> Chart:
    points, label = section.points.astype(float), section.axis
    if section.axis == TIME:
        factor, unit = time_unit(float(points.max(initial=0.0)))
        points, label = factor * points, f"{TIME} ({unit})"
    columns = list(islice(signal.columns(), MOST_NODES))
    nodes = int(np.prod(signal.values.shape[1:]))
    x, kept = decimated(points, np.stack([values for _, values in columns], axis=1))
    series = [
        Series(f"{' '.join(signal.axes)} {', '.join(labels)}", values)
        for (labels, _), values in zip(columns, kept.T, strict=True)
    ]
    notes = []
    if nodes > MOST_NODES:
        notes.append(f"The first {MOST_NODES} of {nodes} nodes.")
    if len(x) < len(points):
        notes.append(f"Smallest and largest of every {len(points) // len(x) * 2} moments.")
    return Chart(section.full(signal.name), label, f"({signal.unit})", x, series, " ".join(notes))


def decimated(time: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at most :data:`MOST_POINTS` moments of waveforms (T, n) that show every spike.

    Of each stretch of moments the smallest and the largest value of a node, in its order.
    """
    count = len(time)
    if count <= MOST_POINTS:
        return time, values
    edges = np.linspace(0, count, MOST_POINTS // 2 + 1).astype(int)
    kept, moments = [], []
    for begin, end in pairwise(edges):
        part = values[begin:end]
        ends = np.sort([part.argmin(axis=0), part.argmax(axis=0)], axis=0)
        kept.append(np.take_along_axis(part, ends, axis=0))
        moments += [time[begin], time[(begin + end) // 2]]
    return np.append(moments, time[-1]), np.concatenate([*kept, values[-1:]])
