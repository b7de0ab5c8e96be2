"""Which class was taken for which."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import INK, SOLVER_LABELS, WIDTH_INCHES, distinct, readable, styled

_SHARES_UP_TO = 5  # classes whose cells have room for a share and a count
_SIDE_BY_SIDE = 12
_COUNTS_UP_TO = 20
_NAMES_UP_TO = 40


@styled
def confusion(
    counts: Mapping[str, ArrayLike], classes: Sequence[str], *, example: str = "example"
) -> Figure:
    """Draw one matrix a test: rows are true classes, columns what they were taken for.

    ``counts``: by test, numbers of examples (classes, classes); a test is named by its solver
    (``"sweep"``) or in words. ``example``: what one example is called. A ValueError: a matrix does
    not fit the classes.

    Colour is the share of the true class. With more than five classes the diagonal is left white,
    so that the errors can be seen, and cells hold counts; beyond twenty, colour alone.
    """
    stacked = len(classes) > _SIDE_BY_SIDE
    width = WIDTH_INCHES if len(counts) > 1 or stacked else 0.62 * WIDTH_INCHES
    height = 0.8 * WIDTH_INCHES * max(len(counts), 1) if stacked else 3.4
    grid = (max(len(counts), 1), 1) if stacked else (1, max(len(counts), 1))
    figure = Figure(figsize=(width, height), layout="constrained")
    panels = np.atleast_1d(figure.subplots(*grid))
    longest = 14 if len(classes) <= _SHARES_UP_TO else 10
    names = distinct(classes, longest)
    for axes, (test, given) in zip(panels, counts.items(), strict=False):
        matrix = np.asarray(given, float)
        if matrix.shape != (len(names), len(names)):
            raise ValueError(f"{test}: counts of shape {matrix.shape}, {len(names)} classes")
        _draw(axes, matrix, names)
        wrong = matrix.sum() - np.trace(matrix)
        title = SOLVER_LABELS.get(test, readable(test))
        axes.set_title(f"{title}: {wrong:.0f} errors in {matrix.sum():.0f} {readable(example)}s")
    return figure


def _draw(axes: Axes, matrix: NDArray[np.float64], names: Sequence[str]) -> None:
    count = len(names)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1.0)
    shown, numbers = shares, matrix
    if count > _SHARES_UP_TO:
        shown = shares - np.diag(np.diag(shares))
        numbers = matrix - np.diag(np.diag(matrix))
    end = 1.0 if count <= _SHARES_UP_TO else float(shown.max(initial=0.0)) or 1.0
    axes.imshow(shown, cmap="Blues", vmin=0.0, vmax=end, interpolation="nearest")
    for (row, column), number in np.ndenumerate(numbers):
        if count > _COUNTS_UP_TO or (count > _SHARES_UP_TO and not number):
            continue
        share = f"{100 * shares[row, column]:.1f} %\n" if count <= _SHARES_UP_TO else ""
        axes.text(
            column, row, f"{share}{number:.0f}", ha="center", va="center",
            fontsize=9 if count <= 10 else 7,
            color="white" if shown[row, column] > 0.6 * end else INK,
        )  # fmt: skip
    step = -(-count // _NAMES_UP_TO)
    ticks, shown_names = range(0, count, step), names[::step]
    axes.set_xticks(ticks, shown_names)
    axes.set_yticks(ticks, shown_names)
    if count > _SIDE_BY_SIDE:
        axes.tick_params(labelsize=7)
    if count > 3 and max(map(len, names), default=0) > 2:
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
    axes.set_xlabel("predicted")
    axes.set_ylabel("truth")
    axes.grid(visible=False)
    axes.tick_params(length=0)
