"""A coupling before and after training, and the life of one of its synapses."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    WIDTH_INCHES,
    finite,
    log_axis,
    readable,
    say_empty,
    styled,
)


@styled
def weights(
    before: ArrayLike,
    after: ArrayLike,
    *,
    name: str,
    axis_names: tuple[str, str] = ("neuron", "neuron"),
    unit: str = "1",
) -> Figure:
    """One coupling's weights before and after training, as images and as a histogram.

    ``before``, ``after`` (rows, columns): a vector (a bias) counts as one row; ``axis_names``: what
    rows and columns are; ``unit``: ``"1"`` where weights are normalised. A ValueError: the two
    shapes differ or are no matrices.

    Both images share one colour scale, symmetric about zero, that ends at the 99.5th percentile of
    the larger of the two, so that a single large weight does not blank the rest. The longer side of
    the matrix lies horizontally.
    """
    images = [np.atleast_2d(finite(w)) for w in (before, after)]
    if images[0].shape != images[1].shape or images[0].ndim != 2:
        raise ValueError(f"{name}: before {np.shape(before)} and after {np.shape(after)} differ")
    rows, columns = axis_names
    if images[0].shape[0] > images[0].shape[1]:
        images, rows, columns = [image.T for image in images], columns, rows
    end = max((_largest(image) for image in images), default=0.0) or 1.0

    figure = Figure(figsize=(WIDTH_INCHES, 3.4), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(1.35, 1))
    panels = [figure.add_subplot(grid[i, 0]) for i in range(2)]
    for axes, image, title in zip(panels, images, ("before", "after"), strict=True):
        drawn = axes.imshow(
            image, cmap="RdBu_r", vmin=-end, vmax=end, aspect="auto", interpolation="nearest"
        )
        axes.set_title(f"{readable(name)}, {title} training")
        axes.set_ylabel(readable(rows))
        axes.grid(False)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    panels[0].tick_params(labelbottom=False)
    panels[1].set_xlabel(readable(columns))
    bar = figure.colorbar(drawn, ax=panels, label=f"weight ({unit})", extend="both", aspect=30)
    bar.outline.set_visible(False)
    _draw_histogram(figure.add_subplot(grid[:, 1]), images, unit)
    return figure


def _largest(image: NDArray[np.float64]) -> float:
    known = np.abs(image[np.isfinite(image)])
    return float(np.percentile(known, 99.5)) or float(known.max()) if known.size else 0.0


def _draw_histogram(axes: Axes, images: list[NDArray[np.float64]], unit: str) -> None:
    known = [image[np.isfinite(image)] for image in images]
    largest = max((float(np.abs(values).max()) for values in known if values.size), default=0.0)
    bins = np.linspace(-(largest or 1.0), largest or 1.0, 62)
    for values, label, colour, filled in zip(
        known, ("before", "after"), ("#9A9A9A", BLUE), (True, False), strict=True
    ):
        if values.size:
            axes.hist(
                values, bins=bins.tolist(), color=colour, label=label, linewidth=1.6,
                histtype="stepfilled" if filled else "step", alpha=0.55 if filled else 1.0,
            )  # fmt: skip
    axes.set_xlabel(f"weight ({unit})")
    axes.set_ylabel("synapses (1)")
    log_axis(axes)  # the few large weights are the ones that training made
    axes.grid(False, axis="x")
    if any(values.size for values in known):
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=2, borderaxespad=0.2)
    else:
        say_empty(axes, "no finite weights")


@styled
def synapse(
    steps: ArrayLike,
    weight: ArrayLike,
    seen_plus: ArrayLike,
    seen_minus: ArrayLike,
    change_asked: ArrayLike,
    change_applied: ArrayLike,
    *,
    name: str = "one synapse",
    unit: str = "1",
) -> Figure:
    """One synapse over training: its weight, what it asked for and why, and what it got.

    Arrays (records,): ``steps`` of training; ``weight``, in ``unit``; ``seen_plus``,
    ``seen_minus``: what the rule reads there in either nudged phase; ``change_asked``,
    ``change_applied``: what it asked for and what the update granted, in ``unit`` per step.

    Only the difference of what is seen teaches, so it is what is drawn, scaled to the change asked
    for by least squares, as the legend says. Single records are drawn faint, their running mean
    over 1/40 of the record thick.
    """
    x = np.atleast_1d(finite(steps))
    asked = np.atleast_1d(finite(change_asked))
    difference = np.atleast_1d(finite(seen_plus)) - np.atleast_1d(finite(seen_minus))
    scale = _least_squares(difference, asked)
    figure = Figure(figsize=(WIDTH_INCHES, 5.2), layout="constrained")
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=(1, 1, 1))
    top.plot(x, np.atleast_1d(finite(weight)), color=INK, **_marker(x))
    said = f"(+β) − (−β), × {scale:.2g}"
    _draw_smoothed(middle, x, scale * difference, said.replace("× -", "× −"), ORANGE)
    _draw_smoothed(middle, x, asked, "asked for", INK)
    middle.lines[-1].set_linestyle((0, (3, 2)))  # the two coincide where the rate is constant
    _draw_smoothed(bottom, x, change_applied, "applied", GREEN)
    top.set_title(readable(name, longest=80))
    for axes, label in (
        (top, f"weight ({unit})"),
        (middle, f"difference of what\nit saw ({unit})"),
        (bottom, f"change per step\n({unit})"),
    ):
        axes.set_ylabel(label)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        if not any(np.isfinite(line.get_ydata()).any() for line in axes.lines):
            say_empty(axes, "no finite values")
        if axes is not top:
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
            axes.axhline(0, color="#B0B0B0", linewidth=0.8, zorder=1)
    bottom.set_xlabel("training step")
    bottom.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    figure.align_ylabels()
    return figure


def _least_squares(values: NDArray[np.float64], aim: NDArray[np.float64]) -> float:
    """Return the factor that brings ``values`` nearest to ``aim``; 1 where there is none."""
    known = np.isfinite(values) & np.isfinite(aim)
    largest = float(np.abs(values[known]).max(initial=0.0))
    if not largest:
        return 1.0
    unit = values[known] / largest  # squares of tiny values would vanish
    return float(unit @ aim[known] / (unit @ unit)) / largest or 1.0


def _draw_smoothed(
    axes: Axes, x: NDArray[np.float64], y: ArrayLike, label: str, colour: str
) -> None:
    values = np.atleast_1d(finite(y))
    if len(values) >= 40:
        axes.plot(x, values, color=colour, linewidth=0.5, alpha=0.3)
    axes.plot(x, _running_mean(values), color=colour, label=label, **_marker(x))


def _running_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centred mean of what is known; the window shrinks towards the ends."""
    half = len(values) // 80
    known = np.isfinite(values)
    total = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
    count = np.concatenate(([0], np.cumsum(known)))
    index = np.arange(len(values))
    low, high = np.maximum(index - half, 0), np.minimum(index + half + 1, len(values))
    seen = count[high] - count[low]
    return np.where(seen > 0, (total[high] - total[low]) / np.maximum(seen, 1), np.nan)


def _marker(x: NDArray[np.float64]) -> dict[str, Any]:
    return {"marker": "o", "markersize": 4} if len(x) < 2 else {}
