"""Figures of a sweep: cells against specifications, histograms, quantiles, parallel coordinates."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import (
    BLUE,
    DASHED,
    FAINT_INK,
    INK,
    VERMILLION,
    WIDTH_INCHES,
    distinct,
    entitle,
    finite,
    note_below,
    palette,
    readable,
    say_empty,
    styled,
)

YIELD_COLOURS = LinearSegmentedColormap.from_list("yield", ["#E8A07A", "#F7F3E8", "#8CC5B2"])
MOST_CELLS = 40
"""Rows that a figure shows; what is left out is said below it."""

Limits = tuple[float, float]


@styled
def yield_matrix(
    shares: ArrayLike, texts: Sequence[Sequence[str]], rows: Sequence[str], columns: Sequence[str]
) -> Figure:
    """Draw which cell keeps to which specification.

    ``shares`` (rows, columns): from 0 to 1, NaN where nothing was measured; ``texts``: what stands
    in each place; ``rows``: the cells; ``columns``: the specifications.
    """
    values = np.atleast_2d(finite(shares))
    shown = values[:MOST_CELLS]
    figure = Figure(figsize=(WIDTH_INCHES, 1.3 + 0.42 * len(shown)), layout="constrained")
    axes = figure.subplots()
    drawn = axes.imshow(shown, cmap=YIELD_COLOURS, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(shown.shape[1]), distinct(columns, 26))
    axes.set_yticks(range(len(shown)), distinct(rows[:MOST_CELLS], 34))
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.grid(False)
    for (i, j), value in np.ndenumerate(shown):
        text = texts[i][j] if np.isfinite(value) else "not measured"
        axes.text(j, i, text, ha="center", va="center", color=INK, fontsize=8)
    bar = figure.colorbar(drawn, ax=axes, label="yield (1)", aspect=25)
    bar.outline.set_visible(False)
    note_below(figure, _left_out(len(values)))
    return figure


def _left_out(count: int) -> str:
    return f"the first {MOST_CELLS} of {count} rows" if count > MOST_CELLS else ""


@styled
def sample_histogram(
    samples: Mapping[str, ArrayLike], limits: Limits, *, name: str, unit: str = "1"
) -> Figure:
    """Draw how a figure is distributed over samples, by cell, with its limits.

    ``samples``: values by the cell's name; ``limits``: infinite where there is none.
    """
    figure = Figure(figsize=(WIDTH_INCHES, 3.4), layout="constrained")
    axes = figure.subplots()
    known = {cell: values[np.isfinite(values)] for cell, values in _arrays(samples).items()}
    every = np.concatenate([np.zeros(0), *known.values()])
    if not every.size:
        say_empty(axes, "nothing was measured")
        return figure
    low, high = float(every.min()), float(every.max())
    room = 0.02 * (high - low) or 0.02 * abs(high) or 0.02
    bins = np.linspace(low - room, high + room, 31).tolist()
    titles = distinct(list(known), 34)
    for number, values in enumerate(list(known.values())[: len(_COLOURED)]):
        colour = palette(number)
        axes.hist(values, bins=bins, histtype="stepfilled", color=colour, alpha=0.18)
        axes.hist(values, bins=bins, histtype="step", color=colour, label=titles[number])
    for limit, which in zip(limits, ("min", "max"), strict=True):
        if np.isfinite(limit):
            axes.axvline(limit, color=INK, linestyle=DASHED, linewidth=1.2)
            axes.annotate(
                which, (limit, 1), xycoords=("data", "axes fraction"), xytext=(3, -2),
                textcoords="offset points", va="top", color=FAINT_INK, fontsize=8,
            )  # fmt: skip
    axes.set_xlabel(f"{readable(name)} ({unit})")
    axes.set_ylabel("samples (1)")
    axes.grid(False, axis="x")
    if len(known) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    left = len(known) - len(_COLOURED)
    note_below(figure, f"the first {len(_COLOURED)} of {len(known)} cells" if left > 0 else "")
    return figure


_COLOURED = range(8)
"""Cells that one panel can tell apart."""


def _arrays(samples: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    return {name: np.atleast_1d(finite(values)) for name, values in samples.items()}


@styled
def sample_quantiles(
    samples: Mapping[str, ArrayLike], limits: Limits, *, name: str, unit: str = "1"
) -> Figure:
    """Draw, of each cell, the median of a figure, its quartiles, and its 5 and 95 % quantiles.

    ``samples``: values by the cell's name; ``limits``: infinite where there is none.
    """
    shown = dict(list(_arrays(samples).items())[:MOST_CELLS])
    figure = Figure(figsize=(WIDTH_INCHES, 1.1 + 0.3 * max(len(shown), 1)), layout="constrained")
    axes = figure.subplots()
    for place, values in enumerate(shown.values()):
        known = values[np.isfinite(values)]
        if not known.size:
            continue
        far_low, low, middle, high, far_high = np.quantile(known, (0.05, 0.25, 0.5, 0.75, 0.95))
        axes.plot([far_low, far_high], [place, place], color=BLUE, linewidth=1.2)
        axes.plot([low, high], [place, place], color=BLUE, linewidth=6, alpha=0.55)
        axes.plot(middle, place, "o", color=INK, markersize=4)
    for limit in limits:
        if np.isfinite(limit):
            axes.axvline(limit, color=VERMILLION, linestyle=DASHED, linewidth=1.2)
    axes.set_yticks(range(len(shown)), distinct(list(shown), 34))
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlabel(f"{readable(name)} ({unit}): median, quartiles, 5 to 95 %")
    axes.grid(False, axis="y")
    note_below(figure, _left_out(len(samples)))
    return figure


@styled
def parallel_coordinates(
    columns: Mapping[str, ArrayLike],
    kept: ArrayLike,
    labels: Mapping[str, Sequence[str]],
    *,
    title: str = "",
) -> Figure:
    """Draw every point of a sweep as a line through what was set and what came out.

    ``columns``: values (points,) by name, NaN where unknown; ``kept`` (points,): which points keep
    to the specification; ``labels``: names of the values 0, 1, 2, ... of columns that are no
    numbers.
    """
    figure = Figure(figsize=(WIDTH_INCHES, 3.8), layout="constrained")
    axes = figure.subplots()
    names = list(columns)
    scaled, ends = [], []
    for name in names:
        values = np.atleast_1d(finite(columns[name]))
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        span = high - low
        scaled.append((values - low) / span if span else np.where(np.isfinite(values), 0.5, np.nan))
        ends.append((low, high))
    lines, good = np.array(scaled), np.atleast_1d(np.asarray(kept, bool))
    x = np.arange(len(names))
    faint = max(0.08, min(0.8, 40 / max(lines.shape[1], 1)))
    for which, colour, said in (
        (good, BLUE, "keeps to the specification"),
        (~good, VERMILLION, "does not"),
    ):
        for number, line in enumerate(lines[:, which].T):
            label = said if not number and not good.all() else None
            axes.plot(x, line, color=colour, alpha=faint, linewidth=0.9, label=label)
    for place, (name, (low, high)) in enumerate(zip(names, ends, strict=True)):
        axes.axvline(place, color="#8A8A8A", linewidth=0.8)
        _name_ends(axes, place, low, high, labels.get(name))
    axes.set_xticks(x, distinct(names, 18), rotation=20, ha="right")
    axes.set_yticks([])
    axes.set_xlim(-0.4, len(names) - 0.6)
    axes.set_ylim(-0.08, 1.12)
    axes.grid(False)
    axes.spines["left"].set_visible(False)
    if not good.all():
        for handle in axes.legend(loc="upper left", bbox_to_anchor=(1, 1)).get_lines():
            handle.set_alpha(1.0)
    entitle(figure, title)
    return figure


def _name_ends(
    axes: Axes, place: int, low: float, high: float, names: Sequence[str] | None
) -> None:
    if names is not None:
        heights = np.linspace(0, 1, len(names)) if len(names) > 1 else [0.5]
        marks = [(float(y), readable(n, 14)) for y, n in zip(heights, names, strict=True)]
        marks = marks[:: max(1, len(names) // 12)]
    else:
        marks = [(0.0, f"{low:.3g}"), (1.0, f"{high:.3g}")] if high > low else [(0.5, f"{low:.3g}")]
    for height, text in marks:
        axes.annotate(
            text, (place, height), xytext=(3, 2), textcoords="offset points", fontsize=7.5,
            color=FAINT_INK,
        )  # fmt: skip
