"""What pulses do to a device: its card's curves, and measured ramps with the law fitted to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import BLUE, FAINT_INK, VERMILLION, WIDTH_INCHES, readable, styled

MOST_DRAWN = 40
"""Ramps that are drawn of one direction."""


@styled
def pulse_curves(
    title: str, pulses: int, noise_free: Sequence[ArrayLike], drawn: Sequence[ArrayLike]
) -> Figure:
    """Draw conductance over pulses up and then as many down.

    ``noise_free``: conductances (S) of the nominal device, (pulses + 1,) each: up from its
    smallest, down from where that ended; ``drawn`` (2 pulses + 1,): of single devices with their
    noise.
    """
    figure = Figure(figsize=(0.6 * WIDTH_INCHES, 2.9), layout="constrained")
    axes = figure.subplots()
    for number, states in enumerate(drawn):
        label = "fabricated, with noise" if number == 0 else None
        axes.plot(1e6 * np.asarray(states), color=FAINT_INK, linewidth=0.6, alpha=0.7, label=label)
    up, down = (1e6 * np.asarray(states) for states in noise_free)
    axes.plot(up, color=VERMILLION, label="pulses up")
    axes.plot(np.arange(pulses, 2 * pulses + 1), down, color=BLUE, label="pulses down")
    axes.set(xlabel="pulses", ylabel="conductance (µS)", title=readable(title))
    axes.legend()
    return figure


@dataclass(frozen=True)
class RampCurves:
    """Ramps of one direction and their fit, all in siemens.

    ``reads``: conductance before the first pulse and after each; ``courses``: what the law predicts
    from each ramp's first read on; ``states``, ``steps``: conductances, and the law's mean step
    from each.
    """

    reads: Sequence[NDArray[np.float64]]
    courses: Sequence[NDArray[np.float64]]
    states: ArrayLike
    steps: ArrayLike


@styled
def fitted_ramps(title: str, law: str, curves: Mapping[str, RampCurves]) -> Figure:
    """Draw ramps over pulses with their courses, residuals, and steps over conductance.

    ``title``, ``law``: the device, and what was fitted to it; ``curves``: of "up" and "down".
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
