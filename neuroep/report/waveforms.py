"""Node voltages over time, as several programs compute them, laid over each other."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neuroep.report.style import (
    INK,
    QUERY_COLOURS,
    WIDTH_INCHES,
    name_nodes,
    note_below,
    readable,
    styled,
)
from neuroep.report.style import time_unit as unit_of

Trace = tuple[ArrayLike, Mapping[str, ArrayLike]]
"""Time (T,), s, and node voltages (T, n) by layer, V."""

_NODES = 4


@styled
def waveforms(
    views: Mapping[str, Sequence[Trace]],
    phases: Sequence[str],
    *,
    longest: float | None = None,
    numbers: Mapping[str, Sequence[int]] | None = None,
    title: str = "",
    note: str = "",
) -> Figure:
    """Voltages of some nodes of each layer, one column a phase, programs laid over each other.

    The first phase is drawn in volts; the others, which start where it ended, as the change since
    their start, in millivolts.

    Parameters
    ----------
    views : mapping of program to its traces, one a phase
        The first is drawn as thick lines, the second dashed on top, others as dots.
    phases : sequence of str
        Titles of the columns.
    longest : float, optional
        End of the time axis, s; the whole trace when absent.
    numbers : mapping of layer to sequence of int, optional
        What the nodes of a layer are called, where they are a part of a larger one.
    title : str
        Of the chip.
    note : str
        What the reader has to know, such as that this is a slice of a larger chip.

    Returns
    -------
    matplotlib.figure.Figure
    """
    first = next(iter(views.values()))
    layers = list(first[0][1])
    figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 1.35 * len(layers)), layout="constrained")
    panels = figure.subplots(len(layers), len(phases), squeeze=False, sharex="col")
    end = longest or float(np.asarray(first[0][0])[-1])
    factor, unit = unit_of(end)
    for number, traces in enumerate(views.values()):
        for column, (time, volts) in enumerate(traces):
            for row, layer in enumerate(layers):
                t, v = np.asarray(time, float), np.asarray(volts[layer], float)
                for node in _chosen(np.asarray(first[0][1][layer], float)):
                    colour = QUERY_COLOURS[node[0] % len(QUERY_COLOURS)]
                    line = 1e3 * (v[:, node[1]] - v[0, node[1]]) if column else v[:, node[1]]
                    if number == 0:
                        style = {"color": colour, "linewidth": 2.6, "alpha": 0.35}
                    elif number == 1:
                        style = {"color": colour, "linewidth": 0.9, "dashes": (5, 3)}
                    else:
                        grid = np.linspace(0, end, 16 + 3 * number) + end / 50 * (number - 2)
                        line = np.interp(grid, t, line)
                        style = {"color": colour, "linestyle": "", "marker": ".x+"[number - 2]}
                        style |= {"markersize": 5, "alpha": 0.9}
                        panels[row, column].plot(grid * factor, line, **style)
                        continue
                    panels[row, column].plot(t * factor, line, **style)
    for column, phase in enumerate(phases):
        panels[0, column].set_title(readable(phase))
        panels[-1, column].set_xlabel(f"time ({unit})")
        panels[-1, column].set_xlim(0, end * factor)
    for row, layer in enumerate(layers):
        called = (numbers or {}).get(layer)
        chosen = _chosen(np.asarray(first[0][1][layer], float))
        name_nodes(panels[row, -1], [called[i] if called is not None else i for _, i in chosen])
        panels[row, 0].set_ylabel(f"{readable(layer, 12)} (V)")
        if len(phases) > 1:
            panels[row, 1].set_ylabel("change (mV)")
    if title:
        figure.suptitle(readable(title, 80), x=0.01, ha="left", fontsize="medium")
    _legend(figure, list(views))
    note_below(figure, note)
    return figure


def _chosen(volts: np.ndarray) -> list[tuple[int, int]]:
    """Return (rank, index) of the nodes that end farthest apart: they tell most."""
    order = np.argsort(volts[-1], kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, min(_NODES, len(order))).round().astype(int))
    return [(rank, int(order[place])) for rank, place in enumerate(places)]


def _legend(figure: Figure, names: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for number, name in enumerate(names):
        if number == 0:
            handle = Line2D([], [], color=INK, linewidth=2.6, alpha=0.35)
        elif number == 1:
            handle = Line2D([], [], color=INK, linewidth=0.9, dashes=(5, 3))
        else:
            handle = Line2D([], [], color=INK, linestyle="", marker=".x+"[number - 2])
        handle.set_label(readable(name))
        handles.append(handle)
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
