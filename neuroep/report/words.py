"""The attention of a network, laid over the text it read."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from numpy.typing import NDArray

from neuroep.report import text_layout as page
from neuroep.report.style import (
    ATTENTION_COLOURS,
    BLUE,
    FAINT_INK,
    GREEN,
    INK,
    QUERY_COLOURS,
    RULE,
    VERMILLION,
    WIDTH_INCHES,
    readable,
    styled,
)
from neuroep.report.text_layout import AttendedText, Layout, Line, lay_out, text_width


@styled
def attention(texts: Sequence[AttendedText], *, most_words: int = 110) -> Figure:
    """Set the texts as running text, each word backed by the attention it gets.

    Each pattern takes the largest weight that any query gives it; small bars under the words show
    the queries one by one, relative to each one's largest word, where there are at most eight. Of a
    text of more than ``most_words`` the excerpt is shown that gets the most attention. A
    ValueError: a text's weights and spans do not fit each other or its words.

    A word's attention is the sum over the patterns that cover it of the pattern's weight divided by
    its number of words, as a share of the text's total; the strongest n-grams are underlined
    besides. The colour runs from zero to the text's most attended word, but at least to four times
    the even share, so that even attention looks even.
    """
    layouts = [lay_out(text, most_words) for text in texts]
    queries = max((len(layout.bars) for layout in layouts), default=0)
    height = sum(layout.height for layout in layouts) + page.MARGIN + 26
    figure = Figure(figsize=(WIDTH_INCHES, height / 72))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, page.PAGE), ylim=(height, 0))
    axes.set_axis_off()
    top = page.MARGIN
    for layout in layouts:
        _draw_text(axes, layout, top)
        top += layout.height
        axes.plot(
            [page.MARGIN, page.PAGE - page.MARGIN], [top - 4, top - 4], color=RULE, linewidth=0.8
        )
    _draw_key(axes, top + 12, queries, any(layout.underlines for layout in layouts))
    return figure


def _draw_text(axes: Axes, layout: Layout, top: float) -> None:
    _draw_header(axes, layout, top + 8)
    even = 1 / max(len(layout.share), 1)
    end = max(float(layout.share.max(initial=0.0)), 4 * even)
    y = top + page.HEADER
    for line in layout.lines:
        for word, x, width in line.words:
            axes.add_patch(
                FancyBboxPatch(
                    (x, y), width, page.TEXT_HEIGHT, boxstyle="round,pad=0,rounding_size=2.5",
                    facecolor=ATTENTION_COLOURS(layout.share[word] / end), linewidth=0,
                )
            )  # fmt: skip
            axes.text(
                x + page.PAD, y + 11, readable(layout.text.words[word]), color=INK,
                fontsize=page.FONT_SIZE, va="baseline", parse_math=False,
            )  # fmt: skip
            _draw_bars(axes, layout.bars[:, word], x + page.PAD, y + line.bars_below)
        _draw_underlines(axes, layout, line, y + page.TEXT_HEIGHT + 2)
        y += line.height


def _draw_bars(axes: Axes, shares: NDArray[np.float64], x: float, top: float) -> None:
    for query in np.flatnonzero(shares):
        axes.add_patch(
            Rectangle(
                (x + page.BAR_PITCH * query, top), page.BAR_PITCH - 0.7,
                page.BAR * shares[query], facecolor=QUERY_COLOURS[query], linewidth=0,
            )
        )  # fmt: skip


def _draw_underlines(axes: Axes, layout: Layout, line: Line, top: float) -> None:
    """Underline the n-grams, as far as they lie on this line."""
    for mark in layout.underlines:
        edges = [(x, x + width) for w, x, width in line.words if mark.first <= w <= mark.last]
        if edges:
            y = top + page.LANE * mark.lane
            axes.plot(
                [edges[0][0] + 1, edges[-1][1] - 1], [y, y], color=INK, linewidth=1.7,
                alpha=0.25 + 0.65 * mark.strength, solid_capstyle="butt", gid="n-gram",
            )  # fmt: skip


def _draw_header(axes: Axes, layout: Layout, y: float) -> None:
    text, words = layout.text, len(layout.share)
    x = page.MARGIN + page.PAD
    if text.prediction:
        is_known, is_right = bool(text.truth), text.prediction == text.truth
        colour = (GREEN if is_right else VERMILLION) if is_known else BLUE
        mark = ("✓ " if is_right else "✗ ") if is_known else ""
        said = f"{mark}predicted {readable(text.prediction, longest=16)}"
        axes.text(x, y, said, color=colour, fontweight="bold", va="center")
        x += 1.16 * text_width(said, 9.5) + 8  # bold runs wider
    if text.truth:
        truth = f"truth {readable(text.truth, longest=16)}"
        axes.text(x, y, truth, color=FAINT_INK, va="center")
    darkest = f"{100 * layout.share.max(initial=0.0):.2g} %"
    facts = f"the darkest word holds {darkest}"
    if layout.last - layout.first < words:
        within = 100 * layout.share[layout.first : layout.last].sum()
        facts = f"words {layout.first + 1} to {layout.last} of {words} hold {within:.0f} %, "
        facts += f"the darkest {darkest}"
    axes.text(
        page.PAGE - page.MARGIN, y, facts, ha="right", va="center", color=FAINT_INK, fontsize=9
    )


def _draw_key(axes: Axes, y: float, queries: int, has_ngrams: bool) -> None:
    x = page.MARGIN + page.PAD

    def label(text: str, x: float) -> float:
        axes.text(x, y, text, fontsize=9, color=FAINT_INK, va="center")
        return x + text_width(text, 9) + 12

    for i in range(30):
        axes.add_patch(
            Rectangle(
                (x + 1.5 * i, y - 4), 1.6, 8, facecolor=ATTENTION_COLOURS(i / 29), linewidth=0
            )
        )
    axes.add_patch(Rectangle((x, y - 4), 45, 8, fill=False, edgecolor=RULE, linewidth=0.7))
    x = label("share of the attention", x + 49)
    if has_ngrams:
        axes.plot([x, x + 16], [y, y], color=INK, linewidth=1.7, alpha=0.7)
        x = label("n-gram", x + 20)
    for number, colour in enumerate(QUERY_COLOURS[:queries], 1):
        axes.add_patch(Rectangle((x, y - 4), 2.8, 8, facecolor=colour, linewidth=0))
        x = label(f"query {number}", x + 6)
