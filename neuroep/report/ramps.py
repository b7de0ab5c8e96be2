"""Measured ramps of a device, the law fitted to them, and what is left over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import BLUE, FAINT_INK, VERMILLION, WIDTH_INCHES, readable, styled

MOST_DRAWN = 40
"""Ramps that are drawn of one direction."""


@dataclass(frozen=True)
class RampCurves:
    """Ramps of one direction and their fit, all in siemens.

    Attributes
    ----------
    reads : sequence of arrays
        Conductance before the first pulse and after each.
    courses : sequence of arrays
        What the law predicts from each ramp's first read on.
    states, steps : arrays
        Conductances, and the law's mean step from each.
    """

    reads: Sequence[NDArray[np.float64]]
    courses: Sequence[NDArray[np.float64]]
    states: ArrayLike
    steps: ArrayLike


@styled
def fitted_ramps(title: str, law: str, curves: Mapping[str, RampCurves]) -> Figure:
    """Draw ramps over pulses with their courses, residuals, and steps over conductance.

    Parameters
    ----------
    title, law : str
        The device, and what was fitted to it.
    curves : mapping of "up" and "down" to RampCurves

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(WIDTH_INCHES, 2.6 * len(curves) + 0.5), layout="constrained")
    grid = figure.subplots(len(curves), 3, squeeze=False)
    figure.suptitle(f"{readable(title)}: {law}", x=0.01, ha="left", fontsize=10)
    for row, (name, side) in zip(grid, curves.items(), strict=True):
        colour = VERMILLION if name == "up" else BLUE
        _ramps(row[0], name, side, colour)
        _residuals(row[1], side, colour)
        _steps(row[2], side, colour)
    return figure


def _ramps(axes: Axes, name: str, side: RampCurves, colour: str) -> None:
    for number, reads in enumerate(side.reads[:MOST_DRAWN]):
        label = "measured" if number == 0 else None
        axes.plot(1e6 * reads, ".", color=FAINT_INK, markersize=1.5, alpha=0.5, label=label)
    longest = max(range(len(side.courses)), key=lambda number: len(side.courses[number]))
    axes.plot(1e6 * side.courses[longest], color=colour, label="law")
    axes.set(xlabel="pulses", ylabel="conductance (µS)", title=f"pulses {name}")
    axes.legend()


def _residuals(axes: Axes, side: RampCurves, colour: str) -> None:
    for reads, course in list(zip(side.reads, side.courses, strict=True))[:MOST_DRAWN]:
        axes.plot(1e6 * (reads - course), color=colour, linewidth=0.5, alpha=0.6)
    axes.axhline(0.0, color=FAINT_INK, linewidth=0.8)
    axes.set(xlabel="pulses", ylabel="read less law (µS)", title="what is left, open loop")


def _steps(axes: Axes, side: RampCurves, colour: str) -> None:
    before = np.concatenate([reads[:-1] for reads in side.reads])
    moved = np.concatenate([np.diff(reads) for reads in side.reads])
    axes.plot(1e6 * before, 1e6 * moved, ".", color=FAINT_INK, markersize=1.5, alpha=0.4)
    axes.plot(1e6 * np.asarray(side.states), 1e6 * np.asarray(side.steps), color=colour)
    axes.set(xlabel="conductance (µS)", ylabel="step (µS)", title="steps: measured and law")
