"""Which class was taken for which."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neuroep.report.style import INK, SOLVER_LABELS, WIDTH_INCHES, readable, styled


@styled
def confusion_matrix(counts: Mapping[str, ArrayLike], classes: Sequence[str]) -> Figure:
    """Draw one matrix a solver: rows are true classes, columns what they were taken for.

    Parameters
    ----------
    counts : mapping of solver to array [classes, classes]
        Numbers of examples.
    classes : sequence of str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a matrix does not fit the classes.
    """
    figure = Figure(figsize=(WIDTH_INCHES, 3.2), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, max(len(counts), 1)))
    names = [readable(name, longest=16) for name in classes]
    for axes, (solver, given) in zip(panels, counts.items(), strict=True):
        matrix = np.asarray(given, float)
        if matrix.shape != (len(names), len(names)):
            raise ValueError(f"{solver}: counts of shape {matrix.shape}, {len(names)} classes")
        shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1.0)
        axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
        for row in range(len(names)):
            for column in range(len(names)):
                share = shares[row, column]
                axes.text(
                    column, row, f"{100 * share:.1f} %\n{matrix[row, column]:.0f}",
                    ha="center", va="center", color="white" if share > 0.6 else INK,
                )  # fmt: skip
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks(range(len(names)), names, rotation=90, va="center")
        axes.set_xlabel("predicted")
        axes.set_ylabel("truth")
        axes.set_title(SOLVER_LABELS.get(solver, solver))
        axes.grid(visible=False)
        axes.tick_params(length=0)
    return figure
