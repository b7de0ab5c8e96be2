"""The figure of a parity run: what every view answers, and how far each is from the kernel."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuroep.hardware.cells import Parity
from neuroep.hardware.cells.cell import BRIAN, KERNEL, ODE, SPICE
from neuroep.report.style import (
    BLUE,
    FAINT_INK,
    GREEN,
    INK,
    VERMILLION,
    WIDTH_INCHES,
    log_axis,
    styled,
)

MARKS = {ODE: ("o", BLUE), BRIAN: ("s", GREEN), SPICE: ("x", VERMILLION)}
PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M"}
FLOOR = 1e-17
"""Deviations of zero are drawn here, in units of the largest value of the panel."""


def scaled(largest: float, unit: str) -> tuple[float, str]:
    """Return the factor, and the unit with its prefix, in which values up to ``largest`` read."""
    if not unit or largest == 0:
        return 1.0, unit
    power = int(np.clip(3 * np.floor(np.log10(largest * 1.0001) / 3), -15, 6))
    return 10.0**-power, PREFIXES[power] + unit


@styled
def parity_figure(results: list[Parity]) -> Figure:
    """Return one column a result: the answers above, distances from the kernel's below."""
    n = len(results)
    width = WIDTH_INCHES if n > 1 else 0.62 * WIDTH_INCHES
    figure, axes = plt.subplots(
        2, n, figsize=(width, 4.1), height_ratios=(2, 1), squeeze=False, sharex="col"
    )
    for (above, below), result in zip(axes.T, results, strict=True):
        _answers(above, result)
        _distances(below, result)
    views = [view for view in MARKS if any(view in r.curves for r in results)]
    handles = [plt.Line2D([], [], color=INK, label=KERNEL)]
    for view in views:
        mark, colour = MARKS[view]
        handles.append(
            plt.Line2D([], [], ls="", marker=mark, color=colour, mfc="none", ms=5, label=view)
        )
    handles.append(plt.Line2D([], [], color=FAINT_INK, ls="--", lw=1.0, label="tolerance"))
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), handlelength=1.4)
    figure.tight_layout(rect=(0, 0.07, 1, 1), w_pad=1.2)
    figure.align_ylabels(axes[:, 0])
    return figure


def _answers(axes: Axes, result: Parity) -> None:
    experiment = result.experiment
    fx = scaled(float(np.abs(result.x).max()), experiment.x.unit)[0]
    wanted = result.curves[KERNEL]
    fy, uy = scaled(float(np.abs(wanted).max()), experiment.y.unit)
    views = [view for view in MARKS if view in result.curves]
    stride = 1 if result.x.size <= 12 else max(len(views), result.x.size // 16)
    for k, line in enumerate(wanted):
        axes.plot(result.x * fx, line * fy, color=INK, lw=1.2, zorder=2)
        for i, view in enumerate(views):
            mark, colour = MARKS[view]
            some = slice(i * stride // len(views), None, stride)
            y = result.curves[view][k]
            axes.plot(
                result.x[some] * fx, y[some] * fy, mark, color=colour, mfc="none", ms=5, zorder=3
            )
    axes.margins(x=0.03, y=0.12)
    ends = [
        (float(line[-1]) * fy, name) for name, line in zip(experiment.lines, wanted, strict=True)
    ]
    _name_lines(axes, float(result.x[-1]) * fx, ends)
    axes.set_title(experiment.name, fontsize=9.5)
    axes.set_ylabel(_label(experiment.y.label, uy), fontsize=9)


def _name_lines(axes: Axes, x: float, ends: list[tuple[float, str]]) -> None:
    """Write the names beside the ends of the lines, pushed apart where they would overlap."""
    low, high = axes.get_ylim()
    last = -np.inf
    for y, name in sorted(ends):
        last = max(y, last + 0.075 * (high - low))
        axes.annotate(
            name, (x, last), (4, 0), textcoords="offset points", va="center", fontsize=7.5,
            color=FAINT_INK, annotation_clip=False,
        )  # fmt: skip


def _distances(axes: Axes, result: Parity) -> None:
    experiment = result.experiment
    fx, ux = scaled(float(np.abs(result.x).max()), experiment.x.unit)
    wanted = result.curves[KERNEL]
    floor = FLOOR * float(np.abs(wanted).max())
    for view, (mark, colour) in MARKS.items():
        if view in result.curves:
            far = np.abs(result.curves[view] - wanted).max(axis=0)
            axes.plot(result.x * fx, np.maximum(far, floor), mark, color=colour, mfc="none", ms=3)
            axes.axhline(result.tolerances[view], color=colour, ls="--", lw=1.0)
    log_axis(axes)
    axes.set_ylim(0.2 * floor, 20 * max(result.tolerances[view] for view in result.deviations))
    axes.set_xlabel(_label(experiment.x.label, ux), fontsize=9)
    unit = f" ({experiment.y.unit})" if experiment.y.unit else ""
    axes.set_ylabel(f"distance{unit}", fontsize=9)


def _label(words: str, unit: str) -> str:
    return f"{words} ({unit})" if unit else words
