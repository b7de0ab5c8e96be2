"""Exported waveforms, as charts of a page."""

from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.report.html import Block, Chart, Notes, Section, Series
from neuroep.report.style import time_unit
from neuroep.traces.importing import SUFFIXES, read_waveforms

MOST_POINTS = 1000
MOST_NODES = 8
MOST_CHARTS = 24

__all__ = ["SUFFIXES", "waves"]


def waves(path: Path) -> Section:
    """Return the waveforms of a file that neuroep has exported, a chart for each group of nodes."""
    found = read_waveforms(path)
    factor, unit = time_unit(float(found.time.max(initial=0.0)))
    blocks: list[Block] = []
    for name, values in list(found.waveforms.items())[:MOST_CHARTS]:
        x, kept = decimated(factor * found.time, values[:, :MOST_NODES])
        series = [Series(f"node {i}", column) for i, column in enumerate(kept.T)]
        notes = []
        if values.shape[1] > MOST_NODES:
            notes.append(f"The first {MOST_NODES} of {values.shape[1]} nodes.")
        if len(x) < len(found.time):
            notes.append(f"Smallest and largest of every {len(found.time) // len(x) * 2} moments.")
        label = f"({found.unit})"
        blocks.append(Chart(name, f"time ({unit})", label, x, series, " ".join(notes)))
    if (left := len(found.waveforms) - MOST_CHARTS) > 0:
        blocks.append(Notes([f"{left} more stand in {path}."]))
    if not blocks:
        raise InputError(f"{path}: holds no waveforms")
    return Section(f"Waveforms: {path.name}", blocks)


def decimated(time: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at most :data:`MOST_POINTS` moments of waveforms (T, n) that show every spike.

    Of each stretch of moments the smallest and the largest value of a node, in its order.
    """
    count = len(time)
    if count <= MOST_POINTS:
        return time, values
    stretch = -(-2 * count // MOST_POINTS)
    whole = count // stretch * stretch
    parts = values[:whole].reshape(-1, stretch, values.shape[1])
    low, high = parts.argmin(axis=1), parts.argmax(axis=1)
    first, last = np.minimum(low, high)[:, None], np.maximum(low, high)[:, None]
    ends = np.concatenate([first, last], axis=1)
    kept = np.take_along_axis(parts, ends, axis=1).reshape(-1, values.shape[1])
    moments = time[:whole].reshape(-1, stretch)[:, [0, stretch // 2]].ravel()
    return np.append(moments, time[-1]), np.append(kept, values[-1:], axis=0)
