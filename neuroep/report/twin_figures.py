"""The same network trained in two ways, epoch by epoch."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from neuroep.report.style import (
    QUERY_COLOURS,
    WIDTH_INCHES,
    distinct,
    finite,
    readable,
    say_empty,
    styled,
)

Histories = Mapping[str, Sequence[Mapping[str, Sequence[float]]]]
DASHED = (0, (4, 2))


@styled
def twin_curves(title: str, histories: Histories) -> Figure:
    """Accuracy and cost over the epochs, one colour for each way of learning.

    Parameters
    ----------
    title : str
    histories : mapping of label to the histories of its runs, one a seed
        Each with any of ``train_accuracy``, ``validation_accuracy`` (fractions), ``train_cost`` and
        ``validation_cost``, one value an epoch.

    Returns
    -------
    matplotlib.figure.Figure

    Notes
    -----
    Thick solid: mean over the seeds on validation data; thin: each seed; dashed: mean while
    training.
    """
    figure = Figure(figsize=(WIDTH_INCHES, 3.6), layout="constrained")
    figure.suptitle(distinct([title], 90)[0], fontsize=10, x=0.01, ha="left")
    left, right = figure.subplots(1, 2)
    for axes, what, scale, label in (
        (left, "accuracy", 100.0, "accuracy (%)"),
        (right, "cost", 1.0, "cost (1)"),
    ):
        drawn = [
            _draw(axes, name, runs, what, scale, QUERY_COLOURS[i % len(QUERY_COLOURS)])
            for i, (name, runs) in enumerate(histories.items())
        ]
        if not any(drawn):
            say_empty(axes, f"no {what}")
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    handles, labels = left.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _draw(
    axes: Axes,
    name: str,
    runs: Sequence[Mapping[str, Sequence[float]]],
    what: str,
    scale: float,
    colour: str,
) -> bool:
    drawn = False
    for part, style, width, said in (
        ("validation", "-", 2.0, "validation"),
        ("train", DASHED, 1.2, "training"),
    ):
        curves = [finite(run[key]) for run in runs if run.get(key := f"{part}_{what}")]
        if not curves:
            continue
        drawn = True
        longest = max(map(len, curves))
        rows = np.full((len(curves), longest), np.nan)
        for row, curve in zip(rows, curves, strict=True):
            row[: len(curve)] = scale * curve
        epochs = np.arange(1, longest + 1)
        if part == "validation" and len(rows) > 1:
            axes.plot(epochs, rows.T, color=colour, linewidth=0.7, alpha=0.5)
        shared = ~np.isnan(rows).any(axis=0)  # a mean over fewer seeds would jump
        axes.plot(
            epochs[shared], rows[:, shared].mean(axis=0), color=colour, linewidth=width,
            linestyle=style, label=f"{readable(name)}, {said}",
            marker="o" if shared.sum() < 2 else None,
        )  # fmt: skip
    return drawn
