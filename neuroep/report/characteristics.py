"""Transfer curves of a cell against the ideal one, and how far they are off."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neuroep.report.style import DASHED, FAINT_INK, WIDTH_INCHES, entitle, palette, styled


@styled
def transfer_curves(
    title: str,
    axes_labels: tuple[str, str],
    x: ArrayLike,
    ideal: ArrayLike,
    curves: Mapping[str, ArrayLike],
    drawn: Sequence[ArrayLike] = (),
) -> Figure:
    """Draw curves by condition, and those of drawn chips, beside their distance from the ideal.

    ``x`` (points,), ``ideal`` and all curves (points,), in SI units.
    """
    figure = Figure(figsize=(WIDTH_INCHES, 0.42 * WIDTH_INCHES), layout="constrained")
    left, right = figure.subplots(1, 2)
    wanted = np.asarray(ideal)
    for one in drawn:
        left.plot(x, one, color=FAINT_INK, linewidth=0.5)
        right.plot(x, np.asarray(one) - wanted, color=FAINT_INK, linewidth=0.5)
    for k, (name, one) in enumerate(curves.items()):
        colour = palette(k)
        left.plot(x, one, color=colour, label=name, linewidth=1.0)
        right.plot(x, np.asarray(one) - wanted, color=colour, linewidth=1.0)
    left.plot(x, wanted, color="black", linestyle=DASHED, linewidth=1.0, label="ideal")
    left.set(xlabel=axes_labels[0], ylabel=axes_labels[1])
    right.set(xlabel=axes_labels[0], ylabel=f"less the ideal {axes_labels[1]}")
    left.legend(fontsize="x-small")
    entitle(figure, title)
    return figure
