"""Node voltages over time, as several programs compute them, laid over each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from neuroep.report.style import (
    INK,
    WIDTH_INCHES,
    name_nodes,
    note_below,
    palette,
    readable,
    styled,
    time_unit,
)

Trace = tuple[ArrayLike, Mapping[str, ArrayLike]]
"""Time (T,), s, and node voltages (T, n) by layer, V."""

_NODES = 4


@styled
def waveforms(
    views: Mapping[str, Sequence[Trace]],
    phases: Sequence[str],
    *,
    longest: float | None = None,
    title: str = "",
    note: str = "",
) -> Figure:
    """Voltages of some nodes of each layer, one column a phase, programs laid over each other.

    The first phase is drawn in volts; the others, which start where it ended, as the change since
    their start, in millivolts. ``views``: by program, a trace a phase; the first is drawn as thick
    lines, the second dashed on top, others as marks. ``longest``: end of the time axis, s; that of
    the trace when absent. ``note``: what the reader has to know, such as that this is a slice of a
    larger chip.
    """
    first = next(iter(views.values()))
    layers = list(first[0][1])
    figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 1.35 * len(layers)), layout="constrained")
    panels = figure.subplots(len(layers), len(phases), squeeze=False, sharex="col")
    end = longest or float(np.asarray(first[0][0])[-1])
    factor, unit = time_unit(end)
    for number, traces in enumerate(views.values()):
        for column, (time, volts) in enumerate(traces):
            for row, layer in enumerate(layers):
                t, v = np.asarray(time, float), np.asarray(volts[layer], float)
                for rank, node in enumerate(_chosen(first[0][1][layer])):
                    x, line = t, 1e3 * (v[:, node] - v[0, node]) if column else v[:, node]
                    look = _look(number)
                    if number > 1:
                        x = np.linspace(0, end, 16 + 3 * number) + end / 50 * (number - 2)
                        line = np.interp(x, t, line)
                        look |= {"markersize": 5, "alpha": 0.9}
                    panels[row, column].plot(x * factor, line, color=palette(rank), **look)
    for column, phase in enumerate(phases):
        panels[0, column].set_title(readable(phase))
        panels[-1, column].set_xlabel(f"time ({unit})")
        panels[-1, column].set_xlim(0, end * factor)
    for row, layer in enumerate(layers):
        name_nodes(panels[row, -1], _chosen(first[0][1][layer]))
        panels[row, 0].set_ylabel(f"{readable(layer, 12)} (V)")
        if len(phases) > 1:
            panels[row, 1].set_ylabel("change (mV)")
    if title:
        figure.suptitle(readable(title, 80), x=0.01, ha="left", fontsize="medium")
    handles = [
        Line2D([], [], color=INK, label=readable(name), **_look(number))
        for number, name in enumerate(views)
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    note_below(figure, note)
    return figure


def _chosen(volts: ArrayLike) -> list[int]:
    """Return the nodes that end farthest apart: they tell most."""
    order = np.argsort(np.asarray(volts, float)[-1], kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, min(_NODES, len(order))).round().astype(int))
    return [int(node) for node in order[places]]


def _look(number: int) -> dict[str, Any]:
    """Return how the lines of a program look."""
    if number == 0:
        return {"linewidth": 2.6, "alpha": 0.35}
    if number == 1:
        return {"linewidth": 0.9, "dashes": (5, 3)}
    return {"linestyle": "", "marker": ".x+1234"[(number - 2) % 7]}
