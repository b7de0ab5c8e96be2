"""What a section of a page is made of: plain values, each drawn by the macro of its kind.

Whatever stands in these is text for a reader. Nothing of it is ever taken for markup.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

LEVELS = 20
"""Shades of a word or a cell: a style sheet has a class for each, as no element has a style."""

SIGNIFICANT = 5
"""Digits of a number in a chart."""


class Block(Protocol):
    """One part of a section; ``kind`` names the macro that draws it."""

    kind: ClassVar[str]


@dataclass(frozen=True)
class Headline:
    """The one figure that a reader came for.

    ``value``: such as ``"97.90 %"``; ``about``: what it is, with its interval.
    """

    kind: ClassVar[str] = "headline"
    value: str
    about: str


@dataclass(frozen=True)
class Notes:
    """Lines for people; ``warning``: of what they should not overlook."""

    kind: ClassVar[str] = "notes"
    lines: Sequence[str]
    warning: bool = False


@dataclass(frozen=True)
class Facts:
    """Pairs of what and how."""

    kind: ClassVar[str] = "facts"
    rows: Sequence[tuple[str, object]]


@dataclass(frozen=True)
class Table:
    """Rows under headers; the first column names its row.

    ``shares``: by column, a share of each row, from 0 to 1, drawn as a bar behind its text;
    ``bad``: numbers of rows that say that something is wrong.
    """

    kind: ClassVar[str] = "table"
    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[object]]
    shares: Mapping[int, Sequence[float]] = field(default_factory=dict)
    bad: Sequence[int] = ()


@dataclass(frozen=True)
class Matrix:
    """Numbers over two lists of names, darker where they are larger.

    ``shades``: from 0 to 1, of the form of ``cells``; ``corner``: what rows and columns are.
    """

    kind: ClassVar[str] = "matrix"
    caption: str
    corner: str
    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Sequence[object]]
    shades: Sequence[Sequence[float]]

    def level(self, row: int, column: int) -> int:
        """Return the shade of a cell as the number of its class."""
        return level(self.shades[row][column])


@dataclass(frozen=True)
class Series:
    """One line of a chart; NaN leaves a gap. ``colour``: its number in the palette."""

    label: str
    values: Sequence[float] | np.ndarray
    dashed: bool = False
    points: bool = False
    colour: int | None = None


@dataclass(frozen=True)
class Chart:
    """Lines over one axis that a reader can zoom into; ``note``: what was left out."""

    kind: ClassVar[str] = "chart"
    title: str
    x_label: str
    y_label: str
    x: Sequence[float] | np.ndarray
    series: Sequence[Series]
    note: str = ""

    def content(self) -> dict[str, Any]:
        """Return plain values for the script that draws it."""
        return {
            "title": self.title,
            "x": {"label": self.x_label, "values": _numbers(self.x)},
            "y": self.y_label,
            "series": [
                {
                    "label": one.label,
                    "values": _numbers(one.values),
                    "dashed": one.dashed,
                    "points": one.points or len(self.x) < 2,
                    "colour": number if one.colour is None else one.colour,
                }
                for number, one in enumerate(self.series)
            ],
        }


@dataclass(frozen=True)
class Raster:
    """Spikes of the neurons of one layer, a panel a phase, one behind the other.

    ``panels``: by title, time and neuron of each spike; ``duration``: of a panel, in ``unit``.
    """

    kind: ClassVar[str] = "raster"
    title: str
    neurons: int
    panels: Mapping[str, tuple[np.ndarray, np.ndarray]]
    duration: float
    unit: str
    note: str = ""

    WIDTH: ClassVar[int] = 1000
    """Of a panel, in units of the drawing."""

    def path(self, title: str) -> str:
        """Return the spikes of a panel as the path of an SVG: a stroke each."""
        time, neuron = self.panels[title]
        x = np.rint(self.WIDTH * np.asarray(time) / (self.duration or 1.0)).astype(int)
        return "".join(f"M{a} {10 * int(b) + 1}v8" for a, b in zip(x, neuron, strict=True))


@dataclass(frozen=True)
class Image:
    """A picture whose bytes are part of the page."""

    kind: ClassVar[str] = "image"
    title: str
    data: bytes
    media: str = "image/png"

    @property
    def address(self) -> str:
        """The picture as an address that holds it."""
        return f"data:{self.media};base64,{b64encode(self.data).decode()}"


@dataclass(frozen=True)
class AttendedWords:
    """A text, each word backed by the attention it gets.

    ``share`` of each word, summing to at most 1; ``queries``: what each query gives each word;
    ``marked``: words of the strongest n-grams; ``length``: words of the whole text.
    """

    kind: ClassVar[str] = "words"
    words: Sequence[str]
    share: Sequence[float]
    queries: Sequence[Sequence[float]] = ()
    marked: Sequence[int] = ()
    first: int = 0
    length: int = 0
    prediction: str = ""
    truth: str = ""

    def __post_init__(self) -> None:
        """Refuse weights that are not of the words; a ValueError."""
        if any(len(row) != len(self.words) for row in (self.share, *self.queries)):
            raise ValueError("weights that are not of the words")

    @property
    def weighed(self) -> int:
        """How many words are shown."""
        return len(self.words)

    @property
    def rows(self) -> list[tuple[str, str, int, bool]]:
        """Word, what its weight is, shade, and whether it is marked."""
        # At least four times the even share, so that even attention looks even.
        end = max([*self.share, 4 / max(self.length or len(self.words), 1)])
        told = [
            "".join(f"; query {n}: {100 * row[i]:.2g} %" for n, row in enumerate(self.queries, 1))
            for i in range(len(self.words))
        ]
        return [
            (word, f"{100 * share:.2g} % of the attention{more}", level(share / end), i in marked)
            for marked in [set(self.marked)]
            for i, (word, share, more) in enumerate(zip(self.words, self.share, told, strict=True))
        ]


@dataclass(frozen=True)
class AttendedRows:
    """What the words of one sentence, or queries, attend to in another.

    ``weights`` [asking][asked], each row summing to 1.
    """

    kind: ClassVar[str] = "pair"
    layer: str
    asking: Sequence[str]
    asked: Sequence[str]
    weights: Sequence[Sequence[float]]
    prediction: str = ""
    truth: str = ""

    def __post_init__(self) -> None:
        """Refuse weights that are not of the words; a ValueError."""
        if [len(row) for row in self.weights] != [len(self.asked)] * len(self.asking):
            raise ValueError("weights that are not of the words")

    @property
    def weighed(self) -> int:
        """How many weights are shown."""
        return len(self.asking) * len(self.asked)

    @property
    def matrix(self) -> Matrix:
        """The pair as a table."""
        cells = [[f"{100 * w:.0f}" if w >= 0.01 else "" for w in row] for row in self.weights]
        caption = f"{self.layer}: attention of each row to each word, %"
        return Matrix(caption, "", self.asking, self.asked, cells, self.weights)


@dataclass(frozen=True)
class Code:
    """Text in a monospaced font that unfolds; ``open``: it stands there unfolded."""

    kind: ClassVar[str] = "code"
    title: str
    text: str
    open: bool = False


def level(share: float) -> int:
    """Return a shade from 0 to 1 as the number of its class."""
    return round(LEVELS * min(max(share, 0.0), 1.0)) if np.isfinite(share) else 0


def _numbers(values: Sequence[float] | np.ndarray) -> list[float | None]:
    """Return numbers as JSON holds them, None for what is not finite."""
    array = np.asarray(values, np.float64)
    return [float(f"{v:.{SIGNIFICANT}g}") if np.isfinite(v) else None for v in array]
