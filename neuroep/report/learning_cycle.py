"""One synapse of a chip that learns, through the whole cycle: free, +beta, -beta, write."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neuroep.report.style import (
    BLUE,
    FAINT_INK,
    GREEN,
    INK,
    PHASE_COLOURS,
    PURPLE,
    VERMILLION,
    WIDTH_INCHES,
    readable,
    styled,
    time_unit,
)

CAPACITOR = ("capacitor (mV)", 1e3, (("acc", GREEN),))
SAMPLERS = (
    "samplers (V)",
    1.0,
    (("pre_plus", BLUE), ("pre_minus", PURPLE), ("post_plus", VERMILLION), ("post_minus", GREEN)),
)

ROWS = (
    ("lines (V)", 1.0, (("pre", BLUE), ("post", VERMILLION))),
    CAPACITOR,
    ("write lines (V)", 1.0, (("up", VERMILLION), ("down", BLUE))),
    ("devices (µS)", 1e6, (("plus", VERMILLION), ("minus", BLUE))),
)
"""Panels: label, factor from SI, and the waveforms with their colours.

Samplers stand in place of a capacitor where there is none.
"""


@styled
def learning_cycle(
    views: Mapping[str, Mapping[str, ArrayLike]],
    phases: Mapping[str, tuple[float, float]],
    *,
    windows: Sequence[tuple[float, float]] = (),
    threshold: float = 0.0,
    title: str = "",
) -> Figure:
    """Waveforms of one synapse, one column a phase, programs laid over each other.

    ``views``: by program, ``time`` (T,), s, ``pre`` and ``post`` lines, ``acc`` or what both
    samplers of both lines keep (``pre_plus`` and so on), ``up`` and ``down`` (T,), V, ``plus`` and
    ``minus`` (T,), S; the first is drawn as thick lines, others dashed on top. ``phases``: begin
    and end of each column, s, by title; one called "+beta" or "-beta" has the colour of its nudge.
    ``windows``: when lines are correlated, s, shaded; ``threshold``: of the comparators, V.
    """
    held = all("acc" in waves for waves in views.values())
    drawn = [row if held or row is not CAPACITOR else SAMPLERS for row in ROWS]
    figure = Figure(figsize=(WIDTH_INCHES, 6.2), layout="constrained")
    panels = figure.subplots(len(ROWS), len(phases), squeeze=False, sharex="col", sharey="row")
    begin = min(first for first, _ in phases.values())
    factor, unit = time_unit(max(last for _, last in phases.values()) - begin)
    for column, (phase, (first, last)) in enumerate(phases.items()):
        for row, (label, scale, names) in enumerate(drawn):
            axes = panels[row, column]
            for number, waves in enumerate(views.values()):
                time = np.asarray(waves["time"], float)
                some = (time >= first) & (time <= last)
                for name, colour in names:
                    values = scale * np.asarray(waves[name], float)[some]
                    axes.plot((time[some] - begin) * factor, values, **_style(number, colour))
            for low, high in windows:
                if first <= low < last:
                    axes.axvspan(
                        (low - begin) * factor, (high - begin) * factor, color="#F3EFD8", zorder=0
                    )
            if column == 0:
                axes.set_ylabel(label)
        _thresholds(panels[1, column], threshold)
        panels[0, column].set_title(
            readable(phase), color=PHASE_COLOURS.get(phase, INK), fontsize=9.5
        )
        panels[-1, column].set_xlabel(f"time ({unit})")
        panels[-1, column].set_xlim((first - begin) * factor, (last - begin) * factor)
    for row, (_, _, names) in enumerate(drawn):
        for name, colour in names:
            panels[row, -1].plot([], [], color=colour, label=name)
        panels[row, -1].legend(
            loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=1.0, fontsize=8
        )
    if title:
        figure.suptitle(readable(title, 80), x=0.01, ha="left", fontsize="medium")
    for number, name in enumerate(views):
        panels[0, 0].plot([], [], label=readable(name), **_style(number, INK))
    handles = panels[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper right", ncols=len(views))
    return figure


def _style(number: int, colour: str) -> dict[str, object]:
    if number == 0:
        return {"color": colour, "linewidth": 2.8, "alpha": 0.35}
    return {"color": (colour, INK, PURPLE)[min(number - 1, 2)], "linewidth": 0.9, "dashes": (5, 3)}


def _thresholds(axes: Axes, threshold: float) -> None:
    for volts in (threshold, -threshold) if threshold else ():
        axes.axhline(1e3 * volts, color=FAINT_INK, linewidth=0.8, dashes=(2, 2))
