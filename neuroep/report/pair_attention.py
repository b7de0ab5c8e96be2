"""Who attends to what between two sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuroep.report.style import (
    ATTENTION_COLOURS,
    FAINT_INK,
    GREEN,
    INK,
    VERMILLION,
    WIDTH_INCHES,
    readable,
    styled,
)

_ROW = 0.19  # inches an asking row takes
_AROUND = 1.25  # inches of title and labels around a panel


@dataclass(frozen=True)
class AttendedPair:
    """One pair as one attention layer sees it.

    ``asking``, ``asked``: what asks (words, or queries), one a row, and the words that are asked,
    one a column; ``weights`` (asking, asked): attention, each row summing to 1; ``prediction``,
    ``truth``: names of the classes.
    """

    layer: str
    asking: Sequence[str]
    asked: Sequence[str]
    weights: NDArray[np.floating]
    prediction: str
    truth: str


@styled
def pair_attention(pairs: Sequence[AttendedPair]) -> Figure:
    """Draw each pair's attention as a matrix: a row for what asks, a column for what is asked.

    A ValueError: weights do not fit their words.
    """
    heights = [_AROUND + _ROW * len(pair.asking) for pair in pairs]
    figure = Figure(figsize=(WIDTH_INCHES, max(sum(heights), 1.0)), layout="constrained")
    if not pairs:
        return figure
    panels = np.atleast_1d(figure.subplots(len(pairs), 1, height_ratios=heights))
    for axes, pair in zip(panels, pairs, strict=True):
        _draw(axes, pair)
    return figure


def _draw(axes: Axes, pair: AttendedPair) -> None:
    if pair.weights.shape != (len(pair.asking), len(pair.asked)):
        raise ValueError(f"{pair.layer}: weights of shape {pair.weights.shape} do not fit")
    axes.imshow(pair.weights, cmap=ATTENTION_COLOURS, vmin=0.0, vmax=1.0, aspect="auto")
    for row, column in zip(*np.nonzero(pair.weights >= 0.1), strict=True):
        share = f"{100 * pair.weights[row, column]:.0f}"
        axes.text(column, row, share, ha="center", va="center", fontsize=7, color=INK)
    asked = [readable(word, longest=14) for word in pair.asked]
    axes.set_xticks(range(len(asked)), asked, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(pair.asking)), [readable(word, longest=14) for word in pair.asking])
    axes.grid(visible=False)
    axes.tick_params(length=0)
    right = pair.prediction == pair.truth
    said = f"{'✓' if right else '✗'} predicted {pair.prediction}"
    axes.set_title(said, color=GREEN if right else VERMILLION, fontweight="bold")
    facts = f"truth {pair.truth}; {readable(pair.layer)}, % of each row"
    axes.set_title(facts, loc="right", color=FAINT_INK, fontsize=9)
