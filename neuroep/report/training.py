"""Accuracy and cost over the epochs of a training run, or of the same network's in several ways."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import (
    BLUE,
    DASHED,
    FAINT_INK,
    INK,
    SOLVER_COLOURS,
    SOLVER_LABELS,
    WIDTH_INCHES,
    colour_of,
    entitle,
    finite,
    legend_of,
    palette,
    readable,
    say_empty,
    styled,
)

Histories = Mapping[str, Sequence[Mapping[str, Sequence[float]]]]
_CURVES = (("train", "training (running)", "#9A9A9A"), ("validation", "validation", BLUE))


@styled
def training_curves(
    history: Mapping[str, ArrayLike],
    baselines: Mapping[str, float] | None = None,
    *,
    test: Mapping[str, float] | None = None,
    controls: Mapping[str, float] | None = None,
    example: str = "example",
) -> Figure:
    """Accuracy and cost per epoch, beside test results and baselines where there are any.

    ``history`` (epochs,): ``train_accuracy``, ``validation_accuracy`` (fractions), ``train_cost``,
    ``validation_cost``, and ``epoch`` (1, 2, ... where absent); what is absent is not drawn, NaN
    leaves a gap. Accuracies on test data: ``baselines``, a labelled line each; ``test``: by solver
    (``"spiking"``, ``"sweep"``), a mark each behind the last epoch; ``controls``: on data that were
    spoiled on purpose, such as ``"words shuffled"``. ``example``: what one is called.
    """
    figure = Figure(figsize=(WIDTH_INCHES, 3.5), layout="constrained")
    accuracy, cost = figure.subplots(1, 2, width_ratios=(1.55, 1))
    _draw_curves(accuracy, history, "accuracy", scale=100.0)
    _draw_curves(cost, history, "cost", scale=1.0)
    cost.set_ylabel(f"cost per {readable(example, 20)} (1)")
    accuracy.set_ylabel("accuracy (%)")
    if test or controls:
        _draw_test(accuracy, test or {}, controls or {})
    _draw_baselines(accuracy, baselines or {})
    legend_of(
        figure, accuracy, loc="outside upper left", ncols=5, columnspacing=1.2, handletextpad=0.5
    )
    return figure


def _draw_curves(axes: Axes, history: Mapping[str, ArrayLike], what: str, scale: float) -> None:
    """Draw the curves named ``*_{what}``."""
    last, drawn = 1.0, False
    for name, label, colour in _CURVES:
        if f"{name}_{what}" not in history:
            continue
        values = scale * np.atleast_1d(finite(history[f"{name}_{what}"]))
        epochs = np.atleast_1d(finite(history.get("epoch", np.arange(1, len(values) + 1))))
        axes.plot(epochs, values, "o-", color=colour, markersize=4, label=label)
        if len(epochs):
            last = max(last, float(epochs[-1]))
        drawn |= bool(np.isfinite(values).any())
    if not drawn:
        say_empty(axes, f"no finite {what}")
    axes.set_xlabel("epoch")
    first = min(_first_epoch(history), last)
    ticks = MaxNLocator(nbins=8, integer=True).tick_values(first, last)
    axes.set_xticks([tick for tick in ticks if first <= tick <= last and tick == round(tick)])
    margin = 0.04 * (last - first) + 0.2
    axes.set_xlim(first - margin, last + margin)


def _first_epoch(history: Mapping[str, ArrayLike]) -> float:
    epochs = np.atleast_1d(finite(history.get("epoch", [])))
    return float(epochs[0]) if len(epochs) and np.isfinite(epochs[0]) else 1.0


def _draw_test(axes: Axes, test: Mapping[str, float], controls: Mapping[str, float]) -> None:
    """Draw marks in a strip of their own: they are measured once, not per epoch."""
    left, start = axes.get_xlim()
    step = 0.05 * (start - left)
    axes.axvspan(start, start + (len(test) + 1) * step, color="#F4F4F4", zorder=0, linewidth=0)
    centre = start + (len(test) + 1) * step / 2
    axes.annotate(
        "test", (centre, 1), xycoords=axes.get_xaxis_transform(), ha="center", va="bottom",
        xytext=(0, 2), textcoords="offset points", fontsize=9, color=FAINT_INK,
    )  # fmt: skip
    for i, (solver, value) in enumerate(test.items()):
        axes.plot(
            start + (i + 1) * step, 100 * value, "D", markersize=6.5, markeredgecolor="white",
            color=colour_of(solver, SOLVER_COLOURS, i), linestyle="none",
            label=f"test, {readable(SOLVER_LABELS.get(solver, solver))}",
        )  # fmt: skip
    for i, (name, value) in enumerate(controls.items()):
        axes.plot(
            centre, 100 * value, "XPv^"[i % 4], color=INK, markersize=7, markeredgecolor="white",
            linestyle="none", label=f"test, {readable(name)}",
        )  # fmt: skip
    axes.set_xlim(left, start + (len(test) + 1) * step)


def _draw_baselines(axes: Axes, baselines: Mapping[str, float]) -> None:
    """Lines named outside the panel, the names moved apart where the lines lie close."""
    known = {name: 100 * value for name, value in baselines.items() if np.isfinite(value)}
    if not known:
        return
    names = sorted(known, key=known.__getitem__)
    values = np.array([known[name] for name in names])
    for value in values:
        axes.axhline(value, color=FAINT_INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1.5)
    axes.margins(y=0.08)
    low, high = axes.get_ylim()
    heights = _apart(values, gap=0.075 * (high - low), low=low, high=high)
    for name, value, height in zip(names, values, heights, strict=True):
        beside = axes.get_yaxis_transform()
        axes.plot(
            [1, 1.05], [value, height], color=FAINT_INK, linewidth=0.6, transform=beside,
            clip_on=False,
        )  # fmt: skip
        axes.text(
            1.06, height, f"{readable(name)} {value:.1f}", transform=beside, va="center",
            fontsize=9, color=FAINT_INK,
        )  # fmt: skip
    axes.set_ylim(low, high)


def _apart(values: NDArray[np.float64], gap: float, low: float, high: float) -> NDArray[np.float64]:
    """Positions nearest to the sorted `values` in least squares that keep `gap` between them."""
    from scipy.optimize import isotonic_regression

    ladder = gap * np.arange(len(values))
    heights = isotonic_regression(values - ladder).x + ladder
    shift = min(0.0, high - heights[-1]) or max(0.0, low - heights[0])
    return np.asarray(heights + shift)


@styled
def twin_curves(title: str, histories: Histories) -> Figure:
    """Accuracy and cost over the epochs, one colour for each way of learning.

    ``histories``: by label, those of its runs, one a seed, each with any of ``train_accuracy``,
    ``validation_accuracy`` (fractions), ``train_cost`` and ``validation_cost``, one value an epoch.
    Thick solid: mean over the seeds on validation data; thin: each seed; dashed: mean while
    training.
    """
    figure = Figure(figsize=(WIDTH_INCHES, 3.6), layout="constrained")
    entitle(figure, title)
    left, right = figure.subplots(1, 2)
    for axes, what, scale, label in (
        (left, "accuracy", 100.0, "accuracy (%)"),
        (right, "cost", 1.0, "cost (1)"),
    ):
        drawn = [
            _draw_runs(axes, name, runs, what, scale, palette(i))
            for i, (name, runs) in enumerate(histories.items())
        ]
        if not any(drawn):
            say_empty(axes, f"no {what}")
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    legend_of(figure, left, loc="outside lower center", ncols=4)
    return figure


def _draw_runs(
    axes: Axes,
    name: str,
    runs: Sequence[Mapping[str, Sequence[float]]],
    what: str,
    scale: float,
    colour: str,
) -> bool:
    drawn = False
    for part, style, width, said in (
        ("validation", "-", 2.0, "validation"),
        ("train", DASHED, 1.2, "training"),
    ):
        curves = [finite(run[key]) for run in runs if run.get(key := f"{part}_{what}")]
        if not curves:
            continue
        drawn = True
        longest = max(map(len, curves))
        rows = np.full((len(curves), longest), np.nan)
        for row, curve in zip(rows, curves, strict=True):
            row[: len(curve)] = scale * curve
        epochs = np.arange(1, longest + 1)
        if part == "validation" and len(rows) > 1:
            axes.plot(epochs, rows.T, color=colour, linewidth=0.7, alpha=0.5)
        shared = ~np.isnan(rows).any(axis=0)  # a mean over fewer seeds would jump
        axes.plot(
            epochs[shared], rows[:, shared].mean(axis=0), color=colour, linewidth=width,
            linestyle=style, label=f"{readable(name)}, {said}",
            marker="o" if shared.sum() < 2 else None,
        )  # fmt: skip
    return drawn
