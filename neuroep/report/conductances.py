"""Conductances of a chip before and after training, and what they make nodes see."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neuroep.report.style import (
    BLUE,
    VERMILLION,
    WIDTH_INCHES,
    distinct,
    finite,
    legend_of,
    log_axis,
    readable,
    say_empty,
    styled,
)

MICRO = 1e6
COLUMNS = 3


@styled
def conductance_histograms(
    before: Mapping[str, ArrayLike],
    after: Mapping[str, ArrayLike],
    *,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw how many synapses of each array have which conductance.

    ``before``, ``after``: the same arrays at two times, S; ``limits``: what the device can hold, S,
    drawn as lines where the arrays come near. A ValueError: the two do not hold the same arrays.
    """
    if before.keys() != after.keys():
        raise ValueError(f"before holds {', '.join(before)}, after {', '.join(after)}")
    columns = max(1, min(COLUMNS, len(after)))
    rows = max(1, -(-len(after) // columns))
    figure = Figure(figsize=(WIDTH_INCHES, 0.4 + 2.4 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat[len(after) :]:
        axes.set_axis_off()
    titles = distinct([f"synapses {name}" for name in after], 30)
    for axes, name, title in zip(panels.flat, after, titles, strict=False):
        axes.set_title(title)
        values = [MICRO * finite(each[name]).ravel() for each in (before, after)]
        known = [v[np.isfinite(v)] for v in values]
        every = np.concatenate(known)
        if not every.size:
            say_empty(axes, "no finite conductances")
            continue
        low, high = float(every.min()), float(every.max())
        edges = np.linspace(low, high if high > low else low + 1.0, 60)
        for part, label, colour in zip(known, ("before", "after"), (VERMILLION, BLUE), strict=True):
            axes.hist(
                part, edges.tolist(), histtype="step", color=colour, linewidth=1.6,
                label=f"{label} training",
            )  # fmt: skip
        for limit in limits or ():
            if low <= MICRO * limit <= high:
                axes.axvline(MICRO * limit, color="#B0B0B0", linewidth=0.8, zorder=1)
        log_axis(axes)
        axes.set_xlabel("conductance (µS)")
        axes.set_ylabel("synapses (1)")
    legend_of(figure, panels.flat[0], loc="outside lower right", ncols=2)
    return figure


@styled
def receptive_fields(fields: Mapping[str, ArrayLike], *, title: str = "") -> Figure:
    """Draw what nodes see of an image, one row a group of nodes.

    ``fields`` (nodes, height, width): weight of each pixel at each node, S; where a pixel comes as
    a pair of inputs, the difference of their conductances.
    """
    images = {name: MICRO * finite(each) for name, each in fields.items()}
    columns = max([1, *(len(each) for each in images.values())])
    every = np.concatenate([np.abs(each).ravel() for each in images.values()] or [np.zeros(0)])
    every = every[np.isfinite(every)]
    end = (float(np.percentile(every, 99.5)) if every.size else 0.0) or 1.0
    figure = Figure(figsize=(WIDTH_INCHES, 0.5 + 0.65 * max(len(images), 1)), layout="constrained")
    panels = figure.subplots(max(len(images), 1), columns, squeeze=False)
    drawn = None
    for axes in panels.flat:
        axes.set_axis_off()
    for row, (name, each) in zip(panels, images.items(), strict=False):
        for axes, image in zip(row, each, strict=False):
            drawn = axes.imshow(image, cmap="RdBu_r", vmin=-end, vmax=end, interpolation="nearest")
        row[0].annotate(
            readable(name, 12), (-0.15, 0.5), xycoords="axes fraction", ha="right", va="center"
        )
    if title:
        figure.suptitle(readable(title, 90), x=0.01, ha="left", size=10)
    if drawn is not None:
        bar = figure.colorbar(drawn, ax=panels, label="difference (µS)", aspect=12)
        bar.outline.set_visible(False)
    return figure
