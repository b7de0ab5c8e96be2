"""How a network settles: energy and residual over sweeps or time."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import (
    FAINT_INK,
    PHASE_COLOURS,
    PHASE_LABELS,
    SOLVER_LABELS,
    WIDTH_INCHES,
    colour_of,
    finite,
    log_axis,
    readable,
    say_empty,
    styled,
    time_unit,
)

Curves = Mapping[str, Mapping[str, ArrayLike]]
_EXAMPLES_DRAWN = 12


@styled
def settling(
    energy: Curves,
    residual: Curves,
    *,
    step_time: Mapping[str, float] | None = None,
    tolerance: Mapping[str, float] | None = None,
) -> Figure:
    """Energy and residual while the network settles: one column per solver, one colour per phase.

    ``energy``, ``residual``: by solver (``"sweep"``, ...) and phase (``"free"``, ``"+beta"``,
    ``"-beta"``), (steps,) or (examples, steps), NaN behind the end of a shorter one; dimensionless.
    ``step_time``: seconds per step, of solvers that run in time; others are drawn over steps.
    ``tolerance``: the residual that each solver has to meet; solvers that run in time meet theirs
    with averages, and the line says so.

    The excess energy is the distance from the last value, ``|E - E_end|``, in a nudged phase of E +
    beta C. Of several examples the thick line is the median and up to 12 are drawn thin.
    """
    solvers = list(dict.fromkeys([*energy, *residual]))
    figure = Figure(figsize=(WIDTH_INCHES, 4.6), layout="constrained")
    panels = figure.subplots(2, max(len(solvers), 1), squeeze=False, sharex="col", sharey="row")
    for axes in panels.flat:
        log_axis(axes)
    for column, solver in enumerate(solvers):
        top, bottom = panels[:, column]
        per_step, unit = _time_axis(solver, energy, residual, step_time or {})
        _draw(top, {p: _excess(e) for p, e in energy.get(solver, {}).items()}, per_step)
        _draw(bottom, {p: _rows(r) for p, r in residual.get(solver, {}).items()}, per_step)
        top.set_title(readable(SOLVER_LABELS.get(solver, solver)))
        bottom.set_xlabel(unit)
        bottom.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        if tolerance and solver in tolerance:
            height = tolerance[solver]
            bottom.axhline(height, color=FAINT_INK, linewidth=0.9, linestyle=(0, (4, 3)))
            bottom.annotate(
                "tolerance of averages" if solver in (step_time or {}) else "tolerance",
                (1, height), xycoords=bottom.get_yaxis_transform(), ha="right", va="bottom",
                fontsize=9, color=FAINT_INK,
            )  # fmt: skip
    panels[0, 0].set_ylabel("excess energy (1)")
    panels[1, 0].set_ylabel("residual (1)")
    handles = {
        label: handle
        for axes in panels.flat
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if handles:
        figure.legend(
            list(handles.values()), list(handles), loc="outside upper right", ncols=len(handles)
        )
    return figure


def _time_axis(
    solver: str, energy: Curves, residual: Curves, step_time: Mapping[str, float]
) -> tuple[float, str]:
    if solver not in step_time:
        return 1.0, "sweeps" if solver == "sweep" else "steps"
    arrays = [*energy.get(solver, {}).values(), *residual.get(solver, {}).values()]
    steps = max((np.shape(array)[-1] for array in arrays), default=1)
    factor, unit = time_unit(step_time[solver] * steps)
    return step_time[solver] * factor, f"time ({unit})"


def _rows(values: ArrayLike) -> NDArray[np.float64]:
    """[examples, steps], with NaN where a logarithmic axis has no place."""
    rows = np.atleast_2d(finite(values))
    rows[~(rows > 0)] = np.nan
    return rows


def _excess(energy: ArrayLike) -> NDArray[np.float64]:
    rows = np.atleast_2d(finite(energy))
    known = np.isfinite(rows)
    last = rows.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return _rows(np.abs(rows - rows[np.arange(len(rows)), last][:, None]))


def _draw(axes: Axes, phases: Mapping[str, NDArray[np.float64]], per_step: float) -> None:
    drawn = False
    for i, (phase, rows) in enumerate(phases.items()):
        colour = colour_of(phase, PHASE_COLOURS, i)
        x = per_step * np.arange(rows.shape[1])
        if len(rows) > 1:
            axes.plot(x, rows[:_EXAMPLES_DRAWN].T, color=colour, linewidth=0.6, alpha=0.3)
        middle = np.full(rows.shape[1], np.nan)
        known = np.isfinite(rows).any(axis=0)
        middle[known] = np.nanmedian(rows[:, known], axis=0)
        axes.plot(
            x, middle, color=colour, linewidth=1.9, label=readable(PHASE_LABELS.get(phase, phase)),
            marker="o" if known.sum() < 2 else None, markersize=4,
        )  # fmt: skip
        drawn |= bool(known.any())
    if not drawn:
        say_empty(axes, "nothing above zero")
