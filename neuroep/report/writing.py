"""Devices that pulses write over a training: how many, how worn, and one synapse at work."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from neuroep.report.style import (
    BLUE,
    FAINT_INK,
    INK,
    ORANGE,
    QUERY_COLOURS,
    RULE,
    VERMILLION,
    WIDTH_INCHES,
    finite,
    log_axis,
    readable,
    say_empty,
    styled,
)

MICRO = 1e6


@styled
def written_devices(
    examples: ArrayLike,
    pulses: Mapping[str, ArrayLike],
    most: Mapping[str, ArrayLike],
    conductances: Mapping[str, ArrayLike],
    *,
    limits: tuple[float, float],
    endurance: float = np.inf,
) -> Figure:
    """Draw the pulses of each array over training, and the conductances that they end with.

    ``examples`` (records,): training examples seen at each record; ``pulses`` (records,): by array,
    of a device so far, the mean over the array; ``most``: the same of its most written device, none
    where nobody counted; ``conductances``: of all devices of an array at the end, S; ``limits``:
    nominal range of a device, S; ``endurance``: pulses that a device stands, drawn where finite.
    """
    figure = Figure(figsize=(WIDTH_INCHES, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
    x, drawn = finite(examples), False
    for number, name in enumerate(conductances):
        colour = QUERY_COLOURS[number % len(QUERY_COLOURS)]
        for line, style in ((pulses.get(name), "-"), (most.get(name), ":")):
            if line is not None and np.max(line, initial=0.0) > 0:
                left.plot(x, np.where(np.asarray(line) > 0, line, np.nan), style, color=colour)
                drawn = True
        values = MICRO * finite(conductances[name]).ravel()
        counts, edges = np.histogram(values[np.isfinite(values)], bins=_edges(limits))
        share = counts / max(1, counts.sum())
        right.stairs(share, edges, color=colour, label=readable(name, 22), linewidth=1.4)
    if np.isfinite(endurance):
        left.axhline(endurance, color=FAINT_INK, linewidth=0.9)
        left.text(x.min(initial=0.0), endurance, "endurance", color=FAINT_INK, va="bottom")
        drawn = True
    if drawn:
        log_axis(left)
    else:
        say_empty(left, "no pulses")
    left.set(xlabel="training examples", ylabel="pulses of a device (1)")
    left.set_title("mean of the array, most written (dotted)")
    for limit in limits:
        right.axvline(MICRO * limit, color="#B0B0B0", linewidth=0.9, zorder=1)
    right.set(
        xlabel="conductance (µS)", ylabel="share of devices (1)", title="at the end, and bounds"
    )
    if conductances:
        figure.legend(loc="outside lower center", ncols=min(4, len(conductances)))
    return figure


def _edges(limits: tuple[float, float]) -> np.ndarray:
    """Return bins over the range of a device and a fifth of it beyond, where bounds differ."""
    low, high = (MICRO * limit for limit in limits)
    room = 0.2 * (high - low)
    return np.linspace(max(0.0, low - room), high + room, 71)


@styled
def written_synapse(
    examples: ArrayLike,
    request: ArrayLike,
    up: ArrayLike,
    down: ArrayLike,
    conductances: Mapping[str, ArrayLike],
    *,
    charge: ArrayLike | None = None,
    limits: tuple[float, float],
    name: str = "one synapse",
) -> Figure:
    """Draw one synapse over training: what was asked, what added up, its pulses, its devices.

    Arrays (records,): ``examples`` of training seen at each record; ``request``: what was asked of
    it then, in pulses; ``up``, ``down``: pulses since the record before; ``conductances``: by
    device, S; ``charge``: of its capacitor, as a share of the threshold, without which its panel is
    left out. ``limits``: nominal range of a device, S.
    """
    x = finite(examples)
    count = 3 if charge is None else 4
    figure = Figure(figsize=(WIDTH_INCHES, 1.5 * count), layout="constrained")
    panels = list(figure.subplots(count, 1, sharex=True))
    panels[0].set_title(readable(name, longest=80))
    _line(panels[0], x, request, INK, "asked\n(pulses)")
    if charge is not None:
        _line(panels[1], x, charge, ORANGE, "charge\n(threshold)")
        panels[1].set_ylim(-1.1, 1.1)
        for end in (-1.0, 1.0):
            panels[1].axhline(end, color=RULE, linewidth=1.2, zorder=1)
    pulses = panels[-2]
    for counts, sign, colour, label in ((up, 1, VERMILLION, "up"), (down, -1, BLUE, "down")):
        heights = sign * finite(counts)
        some = np.nan_to_num(heights) != 0
        pulses.vlines(x[some], 0, heights[some], color=colour, linewidth=1.2, label=label)
    pulses.axhline(0, color="#B0B0B0", linewidth=0.8, zorder=1)
    pulses.set_ylabel("pulses since the\nrecord before (1)")
    pulses.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    pulses.legend(loc="upper left", bbox_to_anchor=(1, 1))
    for (device, siemens), colour in zip(conductances.items(), (VERMILLION, BLUE), strict=False):
        panels[-1].plot(x, MICRO * finite(siemens), color=colour, label=readable(device))
    for limit in limits:
        panels[-1].axhline(MICRO * limit, color="#B0B0B0", linewidth=0.8, zorder=1)
    panels[-1].set_ylabel("conductance\n(µS)")
    panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    panels[-1].set_xlabel("training examples")
    figure.align_ylabels()
    return figure


def _line(axes: Axes, x: np.ndarray, y: ArrayLike, colour: str, label: str) -> None:
    axes.plot(x, finite(y), color=colour, linewidth=0.9)
    axes.axhline(0, color="#B0B0B0", linewidth=0.8, zorder=1)
    axes.set_ylabel(label)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
