"""Figures of each epoch as charts, of one run or of several over each other."""

from collections.abc import Mapping, Sequence

import numpy as np

from neuroep.report.html import Block, Chart, Notes, Section, Series
from neuroep.runs.report.record import RunRecord

MOST_POINTS = 600
"""Epochs of a chart; of more, every so many."""

MOST_RUNS = 16
"""Runs whose curves are drawn over each other."""

GREY = 6
"""Colour of what a network is held against."""

SHOWN = {"accuracy": ("accuracy (%)", 100.0), "cost": ("cost (1)", 1.0)}


def curves(run: RunRecord) -> Section:
    """Return accuracy, cost and the rest over the epochs of a run."""
    if not run.done:
        return Section("Curves", [])
    epochs = np.arange(1, run.done + 1)
    blocks: list[Block] = []
    for what, (label, scale) in SHOWN.items():
        series = [
            Series(said, scale * np.array(run.history[f"{part}_{what}"]), colour=colour)
            for part, said, colour in (("train", "training", 2), ("validation", "validation", 0))
            if f"{part}_{what}" in run.history
        ]
        if what == "accuracy" and run.metrics:
            held = {"test": run.metrics.test_accuracy, **run.metrics.baselines}
            series += [
                Series(name, np.full(run.done, scale * share), True, colour=1 if not i else GREY)
                for i, (name, share) in enumerate(held.items())
            ]
        if series:
            blocks.append(_chart(what, label, epochs, series))
    for name, values in run.history.items():
        if name.rpartition("_")[2] not in SHOWN and any(values):
            said = name.replace("_", " ")
            blocks.append(_chart(said, f"{said} (1)", epochs, [Series(said, np.array(values))]))
    return Section("Curves", blocks)


def curves_of(runs: Mapping[str, RunRecord]) -> Section:
    """Return validation accuracy and cost of several runs, by what each is called."""
    shown = {name: run for name, run in list(runs.items())[:MOST_RUNS] if run.done}
    if not shown:
        return Section("Curves", [])
    longest = max(run.done for run in shown.values())
    blocks: list[Block] = []
    for what, (label, scale) in SHOWN.items():
        series = []
        for number, (name, run) in enumerate(shown.items()):
            values = np.full(longest, np.nan)
            known = run.history.get(f"validation_{what}", [])
            values[: len(known)] = scale * np.array(known, float)
            series.append(Series(name, values, colour=number))
        title = f"{what} on validation data"
        blocks.append(_chart(title, label, np.arange(1, longest + 1), series))
    if left := len(runs) - len(shown):
        blocks.append(Notes([f"{left} of {len(runs)} runs are not drawn."]))
    return Section("Curves", blocks)


def _chart(title: str, label: str, epochs: np.ndarray, series: Sequence[Series]) -> Chart:
    every = -(-len(epochs) // MOST_POINTS)
    kept = [
        Series(s.label, np.asarray(s.values)[::every], s.dashed, s.points, s.colour) for s in series
    ]
    note = f"Every {every}th epoch is drawn." if every > 1 else ""
    return Chart(title, "epoch", label, epochs[::every], kept, note)
