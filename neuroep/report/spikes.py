"""Spike rasters of one example, and how many spikes the neurons send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy
from numpy.typing import ArrayLike

from neuroep.report.style import (
    FAINT_INK,
    GREEN,
    INK,
    ORANGE,
    PHASE_COLOURS,
    PHASE_LABELS,
    PURPLE,
    SKY,
    SOLVER_COLOURS,
    WIDTH_INCHES,
    YELLOW,
    colour_of,
    finite,
    readable,
    say_empty,
    styled,
    time_unit,
)

# Neither these nor the outputs' colours are those of a phase.
SIGN_COLOURS = {1: INK, -1: "#D0288C"}
OUTPUT_COLOURS = (GREEN, ORANGE, SKY, PURPLE, "#882255", YELLOW)


@dataclass(frozen=True)
class Spikes:
    """The spikes of one layer in one phase.

    ``time``: seconds since the phase began; ``neuron``: index within the layer; ``sign``: +1 or -1,
    all positive where absent.
    """

    time: ArrayLike
    neuron: ArrayLike
    sign: ArrayLike | None = None


@styled
def raster(
    spikes: Mapping[str, Mapping[str, Spikes]],
    *,
    sizes: Mapping[str, int],
    duration: Mapping[str, float],
    output: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    output_names: Sequence[str] = (),
    output_label: str = "activity (1)",
) -> Figure:
    """Spike raster of one example: phases side by side, layers stacked.

    ``spikes``: by phase (``"free"``, ``"+beta"``, ``"-beta"``, in the order to draw) and layer; a
    layer without an entry is silent. ``sizes``: neurons per layer, from the top of the figure down;
    ``duration``: seconds per phase. ``output``: by phase, time (steps,), s, and potential or
    activity of the output neurons (steps, neurons), drawn under the raster; ``output_label``:
    which, with its unit.
    """
    phases, layers = list(spikes), list(sizes)
    longest = max([duration[phase] for phase in phases], default=1.0) or 1.0
    factor, unit = time_unit(longest)
    # Small layers stay legible beside large ones, and two neurons do not fill half a page.
    heights = [max(0.35, (size / 64) ** 0.5) for size in sizes.values()]
    if output:
        heights.append(0.8)
    figure = Figure(
        figsize=(WIDTH_INCHES, 1.2 + 1.35 * sum(heights)),
        layout=ConstrainedLayoutEngine(wspace=0.02, hspace=0.03),
    )
    panels = figure.subplots(
        max(len(heights), 1), max(len(phases), 1), squeeze=False, sharex="col", sharey="row",
        height_ratios=heights or None,
        width_ratios=[max(duration[phase], 0.2 * longest) for phase in phases] or None,
    )  # fmt: skip
    for column, phase in enumerate(phases):
        colour = colour_of(phase, PHASE_COLOURS, column)
        for row, layer in enumerate(layers):
            axes = panels[row, column]
            mark_points = max(1.5, 72 * 1.35 * heights[row] / max(sizes[layer], 1) * 0.8)
            _draw_spikes(axes, spikes[phase].get(layer), factor, min(mark_points, 9.0))
            axes.set_ylim(max(sizes[layer], 1) - 0.5, -0.5)
            axes.grid(False, axis="y")
        if output and phase in output:
            _draw_output(panels[-1, column], output[phase], factor, output_names)
        for axes in panels[:, column]:
            axes.set_xlim(0, factor * (duration[phase] or longest))
        _head(panels[0, column], PHASE_LABELS.get(phase, phase), colour)
        panels[-1, column].set_xlabel(f"time ({unit})")
        panels[-1, column].xaxis.set_major_locator(MaxNLocator(nbins=5, prune="upper"))
    for row, layer in enumerate(layers):
        _name(panels[row, 0], f"{readable(layer, longest=18)}\n({sizes[layer]})")
        panels[row, 0].yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    if output:
        _name(panels[-1, 0], output_label.replace(" (", "\n("))
    _legend(figure, output_names if output else (), _is_signed(spikes))
    return figure


def _draw_spikes(axes: Axes, spikes: Spikes | None, factor: float, mark_points: float) -> None:
    time = factor * finite(() if spikes is None else spikes.time)
    neuron = np.asarray(() if spikes is None else spikes.neuron)
    signs = np.ones(len(time)) if spikes is None or spikes.sign is None else np.sign(spikes.sign)
    for sign, colour in SIGN_COLOURS.items():
        axes.plot(
            time[signs == sign], neuron[signs == sign], linestyle="none", marker="|",
            markersize=mark_points, markeredgewidth=0.7, color=colour,
            rasterized=len(time) > 2000,  # keeps an SVG of a big layer small
        )  # fmt: skip
    if len(time) == 0:
        say_empty(axes, "no spikes")


def _draw_output(
    axes: Axes, output: tuple[ArrayLike, ArrayLike], factor: float, names: Sequence[str]
) -> None:
    time, values = factor * finite(output[0]), finite(output[1])
    values = values.reshape(len(time), -1)
    for neuron in range(values.shape[1]):
        axes.plot(
            time, values[:, neuron], color=OUTPUT_COLOURS[neuron % len(OUTPUT_COLOURS)],
            linewidth=1.4, marker="o" if len(time) < 2 else None, markersize=3,
        )  # fmt: skip


def _head(axes: Axes, title: str, colour: str) -> None:
    """Name the phase over a bar in its colour: where one ends, the next begins."""
    axes.set_title(readable(title), color=colour, fontweight="bold", pad=9)
    axes.plot(
        [0, 1], [1, 1], color=colour, linewidth=4, solid_capstyle="butt", clip_on=False,
        transform=offset_copy(axes.transAxes, axes.get_figure(root=True), y=4, units="points"),
    )  # fmt: skip


def _name(axes: Axes, text: str) -> None:
    axes.set_ylabel(text, rotation=0, ha="right", va="center", labelpad=8)


def _is_signed(spikes: Mapping[str, Mapping[str, Spikes]]) -> bool:
    return any(
        layer.sign is not None and bool((np.asarray(layer.sign) < 0).any())
        for layers in spikes.values()
        for layer in layers.values()
    )


def _legend(figure: Figure, output_names: Sequence[str], signed: bool) -> None:
    def mark(sign: int) -> Line2D:
        return Line2D(
            [], [], color=SIGN_COLOURS[sign], marker="|", linestyle="none", markersize=9,
            markeredgewidth=1.5,
        )  # fmt: skip

    entries: dict[str, Line2D] = {"spike" if not signed else "spike, +": mark(1)}
    if signed:
        entries["spike, \N{MINUS SIGN}"] = mark(-1)
    for i, name in enumerate(output_names):
        entries[f"output: {readable(name)}"] = Line2D(
            [], [], color=OUTPUT_COLOURS[i % len(OUTPUT_COLOURS)], linewidth=1.6
        )
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower right", ncols=min(len(entries), 5)
    )


@styled
def spike_histogram(counts: Mapping[str, ArrayLike], *, most: float | None = None) -> Figure:
    """How many spikes the neurons of each layer send per example.

    ``counts`` (examples, neurons): of one phase, both signs together; ``most``: what a neuron can
    send in the phase (its steps), where it saturates, drawn as a line.
    """
    values = {layer: finite(array).ravel() for layer, array in counts.items()}
    values = {layer: array[np.isfinite(array)] for layer, array in values.items()}
    largest = max([float(a.max()) for a in values.values() if a.size] + [1.0])
    right = max(largest, most or 0.0)
    width = np.ceil((right + 1) / 70)  # whole spikes per bin, or the bins alias with the counts
    bins = np.arange(-0.5, right + width + 0.5, width)
    rows = max(len(values), 1)
    figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 0.95 * rows), layout="constrained")
    panels = figure.subplots(rows, 1, squeeze=False, sharex=True)[:, 0]
    for axes, (layer, array) in zip(panels, values.items(), strict=False):
        if array.size:
            share = np.full(array.size, 100 / array.size)
            axes.hist(array, bins=bins.tolist(), weights=share, color=SOLVER_COLOURS["spiking"],
                      alpha=0.75)  # fmt: skip
            axes.axvline(array.mean(), color=INK, linewidth=1.3)
            # Away from the line, on the side with more room.
            on_left = array.mean() > 0.6 * right
            axes.annotate(
                f"mean {array.mean():.3g}", (array.mean(), 1), textcoords="offset points",
                xycoords=axes.get_xaxis_transform(), xytext=(-5 if on_left else 5, -3), va="top",
                ha="right" if on_left else "left", fontsize=9,
                bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1},
            )  # fmt: skip
        else:
            say_empty(axes, "no neurons")
        if most is not None:
            axes.axvline(most, color=FAINT_INK, linewidth=0.9, linestyle=(0, (4, 3)))
        _name(axes, readable(layer, longest=18))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=2))
    panels[-1].set_xlabel("spikes per neuron and example (1)")
    panels[0].set_title("share of neurons (%)")
    if most is not None:
        panels[0].annotate(
            "saturated", (most, 1), xycoords=panels[0].get_xaxis_transform(), ha="center",
            xytext=(0, 2), textcoords="offset points", va="bottom", fontsize=9, color=FAINT_INK,
        )  # fmt: skip
    return figure
