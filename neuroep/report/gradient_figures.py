"""Gradients held against each other: error over beta, and updates over the steps of a phase."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import ArrayLike

from neuroep.report.style import (
    DASHED,
    FAINT_INK,
    QUERY_COLOURS,
    WIDTH_INCHES,
    distinct,
    entitle,
    finite,
    log_axis,
    palette,
    readable,
    say_empty,
    styled,
)

Look = tuple[str, str]  # colour and marker

STYLES = {"centered": "-", "one-sided": DASHED, "β²": ":"}
MARKERS = "os^"
SHORT_NAME = 18  # characters, so that four stand side by side
COLUMNS = 2
PANELS_AT_MOST = 12
ROUND_OFF = 1e-8  # differences below it are not drawn


@dataclass(frozen=True)
class ErrorPanel:
    """One panel of :func:`error_over_beta`.

    ``errors``: parameter -> relative error of the centered estimate at each beta; ``one_sided``:
    the same of the one-sided one; ``own_beta``: marked by a line.
    """

    title: str
    betas: Sequence[float]
    errors: Mapping[str, ArrayLike]
    one_sided: Mapping[str, ArrayLike]
    own_beta: float | None = None


@styled
def error_over_beta(panels: Sequence[ErrorPanel], reference: str = "BPTT") -> Figure:
    """Relative error of the EP gradient against a reference over beta, both axes logarithmic.

    Solid: centered, dashed: one-sided, one colour a parameter. The grey guide rises with beta
    squared: a centered line parallel to it is a bias of that order.
    """
    rows = -(-len(panels) // COLUMNS)
    columns = min(COLUMNS, len(panels))
    looks = _looks([name for panel in panels for name in panel.errors])
    lines = -(-(len(looks) + len(STYLES)) // _legend_columns(looks))
    height = 0.4 + 2.7 * rows + 0.2 * lines
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    titles = distinct([panel.title for panel in panels], 48)
    for axes, panel, title in zip(grid.flat, panels, titles, strict=False):
        axes.set_title(title)
        _draw_errors(axes, panel, looks)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel(f"|g_EP \N{MINUS SIGN} g_{reference}| / |g_{reference}|")
    _legend(figure, looks)
    return figure


def _draw_errors(axes: Axes, panel: ErrorPanel, looks: Mapping[str, Look]) -> None:
    axes.set_xscale("log")
    log_axis(axes)
    betas = np.asarray(panel.betas, float)
    drawn = []
    for errors, style in ((panel.errors, "-"), (panel.one_sided, DASHED)):
        for name, values in errors.items():
            heights = finite(values)
            heights[~(heights > 0)] = np.nan
            colour, marker = looks[name]
            axes.plot(
                betas, heights, linestyle=style, color=colour, linewidth=1.3,
                marker=marker if style == "-" else None, markersize=3.5,
            )  # fmt: skip
            if style == "-":
                drawn.append(heights)
    if not drawn or not np.isfinite(drawn).any():
        say_empty(axes, "no gradient")
        return
    middle = float(np.exp(np.nanmedian(np.log(drawn)[:, -1:])))
    guide = middle * (betas / betas[-1]) ** 2
    axes.plot(betas, guide, linestyle=":", color=FAINT_INK, linewidth=1.6, zorder=1)
    if panel.own_beta is not None:
        axes.axvline(panel.own_beta, color=FAINT_INK, linewidth=0.9, zorder=0.5)
        axes.annotate(
            "own β", (panel.own_beta, 0), xycoords=axes.get_xaxis_transform(), xytext=(-3, 3),
            textcoords="offset points", ha="right", va="bottom", fontsize=9, color=FAINT_INK,
        )  # fmt: skip
    ticks = [beta for beta in (0.001, 0.01, 0.1, 1.0) if betas[0] <= beta <= betas[-1]]
    axes.xaxis.set_major_locator(FixedLocator(sorted({betas[0], betas[-1], *ticks})))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("nudging strength β")


@dataclass(frozen=True)
class UpdatePanel:
    """One parameter of :func:`descending_updates`.

    ``ep``, ``bptt`` (steps, entries): what has been gathered after each step; ``error`` (steps,):
    norm of the difference by the norm of the last BPTT gradient.
    """

    name: str
    ep: ArrayLike
    bptt: ArrayLike
    error: ArrayLike


@styled
def descending_updates(title: str, steps: ArrayLike, panels: Sequence[UpdatePanel]) -> Figure:
    """Draw what EP has gathered over the nudged steps on what BPTT has, going back.

    ``steps``: into the nudged phase, and back from the end. The first 12 panels are drawn; all
    stand in the last, their errors.
    """
    shown = list(panels[:PANELS_AT_MOST])
    columns = 3
    rows = -(-(len(shown) + 1) // columns)
    figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 1.9 * rows), layout="constrained")
    entitle(figure, title)
    grid = figure.subplots(rows, columns, squeeze=False)
    x = np.asarray(steps, float)
    titles = distinct([panel.name for panel in shown], 24)
    for axes, panel, name in zip(grid.flat, shown, titles, strict=False):
        axes.set_title(name)
        ep, bptt = np.asarray(panel.ep, float), np.asarray(panel.bptt, float)
        for i in range(bptt.shape[1]):
            colour = palette(i)
            axes.plot(x, bptt[:, i], color=colour, linewidth=3.2, alpha=0.35)
            axes.plot(x, ep[:, i], color=colour, linewidth=1.2, linestyle=DASHED)
        axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 2), useMathText=False)
        axes.yaxis.get_offset_text().set_fontsize(8)
    last = grid.flat[len(shown)]
    looks = _looks([panel.name for panel in panels])
    log_axis(last)
    for panel in panels:
        heights = finite(panel.error)
        heights[~(heights > ROUND_OFF)] = np.nan
        last.plot(x, heights, color=looks[panel.name][0], linewidth=1.2)
    last.set_title("relative difference, each")
    low, high = last.get_ylim()
    last.set_ylim(10.0 ** np.floor(np.log10(low)), 10.0 ** np.ceil(np.log10(high)))
    for axes in grid.flat[len(shown) + 1 :]:
        axes.set_axis_off()
    for axes in grid.flat[: len(shown) + 1]:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    for axes in grid[-1]:
        axes.set_xlabel("steps")
    handles = [
        grid.flat[0].plot([], [], color=FAINT_INK, linewidth=3.2, alpha=0.5)[0],
        grid.flat[0].plot([], [], color=FAINT_INK, linewidth=1.2, linestyle=DASHED)[0],
    ]
    labels = ["BPTT, going back", "EP, nudged"]
    figure.legend(handles, labels, loc="outside lower right", ncols=2)
    return figure


def _looks(names: Sequence[str]) -> dict[str, Look]:
    count = len(QUERY_COLOURS)
    return {
        name: (palette(i), MARKERS[i // count % len(MARKERS)])
        for i, name in enumerate(dict.fromkeys(names))
    }


def _legend_columns(looks: Mapping[str, Look]) -> int:
    return 4 if max(map(len, looks), default=0) <= SHORT_NAME else 2


def _legend(figure: Figure, looks: Mapping[str, Look]) -> None:
    handles = [Line2D([], [], color=c, marker=m, markersize=3.5) for c, m in looks.values()]
    handles += [Line2D([], [], color=FAINT_INK, linestyle=style) for style in STYLES.values()]  # type: ignore[arg-type]
    labels = [readable(name) for name in [*looks, *STYLES]]
    columns = _legend_columns(looks)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, columnspacing=1.4)
