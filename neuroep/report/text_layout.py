"""Where the words of an attended text stand on the page, and how much attention each one gets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import QUERY_COLOURS, STYLE, WIDTH_INCHES, readable

# All lengths in points: one unit of the figure's axes is one point of the page.
PAGE = 72 * WIDTH_INCHES
MARGIN = 10.0
HEADER = 22.0
TEXT_HEIGHT = 15.0
FONT_SIZE = 10.0
PAD = 2.0  # between a word and the edge of its background
GAP = 1.5  # between the backgrounds of two words
LANE = 3.0  # one underline
BAR = 8.0  # the tallest bar of a query
BAR_PITCH = 2.8
LEAST_BAR = 0.2  # of the query's largest: below it, bars would only be noise
LEAST_UNDERLINE = 1 / 3  # of the largest weight of any pattern
LANES = 2


@dataclass(frozen=True)
class AttendedText:
    """One text with what the network's attention did on it.

    ``weights`` (queries, patterns) or (patterns,): softmax weight of each stored pattern; ``spans``
    (patterns, 2): first and last word of each (an n-gram spans n words), the first negative where
    it belongs to none (padding); pattern j is word j without them. ``prediction``, ``truth``: the
    class that the network chose and the right one, empty where unknown.
    """

    words: Sequence[str]
    weights: ArrayLike
    spans: ArrayLike | None = None
    prediction: str = ""
    truth: str = ""


@dataclass(frozen=True)
class Underline:
    """An n-gram attended as one pattern: words `first` to `last`, strength relative to the top."""

    first: int
    last: int
    lane: int
    strength: float


@dataclass(frozen=True)
class Line:
    """One line of words, and how far below its top its bars hang and the next line begins."""

    words: list[tuple[int, float, float]]  # (word, left edge, width)
    bars_below: float
    height: float


@dataclass(frozen=True)
class Layout:
    """What is drawn of one text."""

    text: AttendedText
    lines: list[Line]
    first: int  # the excerpt is words[first:last]
    last: int
    share: NDArray[np.float64]  # [words], sums to one
    bars: NDArray[np.float64]  # [queries, words], relative to each query's largest
    underlines: list[Underline]

    @property
    def height(self) -> float:
        """Points that the block takes on the page."""
        return HEADER + sum(line.height for line in self.lines) + 10


@dataclass(frozen=True)
class ShownPart:
    """What of a text is shown, and the attention it gets; of its patterns, those of a word."""

    first: int  # the excerpt is words[first:last]
    last: int
    share: NDArray[np.float64]  # [words], sums to one
    weights: NDArray[np.float64]  # [queries, patterns]
    spans: NDArray[np.int64]  # [patterns, 2]
    underlines: list[Underline]


def shown_part(text: AttendedText, most_words: int) -> ShownPart:
    """Return attention per word, and the excerpt to show.

    A ValueError: the text's weights and spans do not fit each other or its words.
    """
    words = len(text.words)
    weights = np.nan_to_num(np.atleast_2d(np.asarray(text.weights, dtype=np.float64)))
    patterns = weights.shape[1]
    spans = np.arange(patterns)[:, None].repeat(2, 1) if text.spans is None else text.spans
    spans = np.asarray(spans, dtype=np.int64).reshape(-1, 2)
    if len(spans) != patterns:
        raise ValueError(f"weights hold {patterns} patterns, spans {len(spans)}")
    owned = spans[:, 0] >= 0
    if (spans[owned, 1] >= words).any() or (spans[owned, 1] < spans[owned, 0]).any():
        raise ValueError(f"spans must lie within the text's {words} words")
    spans, weights = spans[owned], weights[:, owned]
    chosen = weights.max(axis=0, initial=0.0)
    share = per_word(chosen[None], spans, words)[0]
    share /= share.sum() or 1.0
    first, last = _excerpt(share, most_words)
    return ShownPart(first, last, share, weights, spans, _underline(chosen, spans, first, last))


def lay_out(text: AttendedText, most_words: int) -> Layout:
    """Attention per word, the excerpt to show, and its words in lines.

    A ValueError: the text's weights and spans do not fit each other or its words.
    """
    part = shown_part(text, most_words)
    bars = per_word(part.weights, part.spans, len(text.words))
    bars /= np.maximum(bars.max(axis=1, initial=0.0, keepdims=True), np.finfo(np.float64).tiny)
    bars = bars * (bars > LEAST_BAR) if 1 < len(bars) <= len(QUERY_COLOURS) else bars[:0]
    lines = _wrap(text.words, part.first, part.last, bars, part.underlines)
    return Layout(text, lines, part.first, part.last, part.share, bars, part.underlines)


def text_width(text: str, size: float) -> float:
    """Width of `text` in points, set in the house font."""
    font = FontProperties(family=STYLE["font.family"], size=size)  # type: ignore[arg-type]
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def per_word(
    weights: NDArray[np.float64], spans: NDArray[np.int64], words: int
) -> NDArray[np.float64]:
    """Spread [queries, patterns] evenly over the words of each pattern: [queries, words]."""
    result = np.zeros((len(weights), words))
    for pattern, (first, last) in enumerate(spans):
        result[:, first : last + 1] += weights[:, pattern, None] / (last + 1 - first)
    return result


def _excerpt(share: NDArray[np.float64], most_words: int) -> tuple[int, int]:
    if len(share) <= most_words:
        return 0, len(share)
    total = np.concatenate(([0.0], np.cumsum(share)))
    first = int(np.argmax(total[most_words:] - total[:-most_words]))
    return first, first + most_words


def _underline(
    chosen: NDArray[np.float64], spans: NDArray[np.int64], first: int, last: int
) -> list[Underline]:
    """Choose the strongest n-grams of the excerpt that find a free lane."""
    found: list[Underline] = []
    ngrams = np.flatnonzero((spans[:, 1] > spans[:, 0]) & (chosen > 0))
    for pattern in ngrams[np.argsort(-chosen[ngrams], kind="stable")]:
        start, stop = (int(word) for word in spans[pattern])
        strength = float(chosen[pattern] / chosen.max())
        if strength < LEAST_UNDERLINE:
            break
        taken = {u.lane for u in found if u.first <= stop and start <= u.last}
        free = [lane for lane in range(LANES) if lane not in taken]
        if free and first <= start and stop < last:
            found.append(Underline(start, stop, free[0], strength))
    return found


def _wrap(
    words: Sequence[str],
    first: int,
    last: int,
    bars: NDArray[np.float64],
    underlines: list[Underline],
) -> list[Line]:
    rows: list[list[tuple[int, float, float]]] = [[]]
    x = MARGIN
    for word in range(first, last):
        bars_width = BAR_PITCH * len(bars) if bars[:, word].any() else 0.0
        width = max(text_width(readable(words[word]), FONT_SIZE), bars_width) + 2 * PAD
        if rows[-1] and x + width > PAGE - MARGIN:
            rows.append([])
            x = MARGIN
        rows[-1].append((word, x, width))
        x += width + GAP
    lines = []
    for row in rows:
        on_line = [word for word, _, _ in row]
        lanes = [u.lane for u in underlines if any(u.first <= word <= u.last for word in on_line)]
        bars_below = TEXT_HEIGHT + 1.5 + LANE * (1 + max(lanes, default=-1))
        bars_height = BAR if bars[:, on_line].any() else 0.0
        lines.append(Line(row, bars_below, bars_below + bars_height + 4.5))
    return lines
