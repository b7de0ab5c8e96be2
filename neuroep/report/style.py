"""One look for every figure: fonts, colours, and the small helpers they share."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from itertools import count
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

Arguments = ParamSpec("Arguments")
_FOLDERS = re.compile(r"(?:(?<=\s)|^|(?<=['\"(]))(?:~|\.{1,2})?/(?:[^/\s]+/)*(?=[^/\s])")

WIDTH_INCHES = 7.4
DASHED = (0, (4, 2))
INK = "#222222"
FAINT_INK = "#6B6B6B"
RULE = "#DDDDDD"

# Okabe & Ito's palette, "Color Universal Design" (2008): told apart by every common colour vision.
BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE, YELLOW = (
    "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#F0E442",
)  # fmt: skip
PHASE_COLOURS = {"free": "#4D4D4D", "+beta": VERMILLION, "-beta": BLUE}
SOLVER_COLOURS = {"spiking": "#AA3377", "sweep": GREEN, "synchronous": ORANGE}
QUERY_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, SKY, ORANGE, INK, "#882255")
ATTENTION_COLOURS = LinearSegmentedColormap.from_list(
    "attention", ["#FFFFFF", "#FFE3AE", "#F5A31A"]
)

PHASE_LABELS = {"free": "free phase", "+beta": "nudged, +β", "-beta": "nudged, \N{MINUS SIGN}β"}
SOLVER_LABELS = {
    "spiking": "spiking", "sweep": "analog (sweeps)", "synchronous": "synchronous steps",
}  # fmt: skip

STYLE = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so figures look alike everywhere
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "text.usetex": False,
    "text.parse_math": False,  # a "$" in a word or a layer's name is a dollar
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#8A8A8A",
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E8E8E8",
    "grid.linewidth": 0.7,
    "xtick.color": "#8A8A8A",
    "ytick.color": "#8A8A8A",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": 160,
    "svg.fonttype": "path",
    "svg.hashsalt": "neuroep",  # the same figure gives the same bytes
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with matplotlib's own defaults and the house's style, whatever a matplotlibrc says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)  # type: ignore[arg-type]
        yield


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Run a drawing function under the house style, whatever the caller's own settings are."""

    @wraps(draw)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with house_style():
            return draw(*args, **kwargs)

    return wrapper


def colour_of(key: str, known: dict[str, str], position: int) -> str:
    """Return the fixed colour of a known phase or solver, otherwise the palette's at `position`."""
    return known.get(key, palette(position))


@cache
def _has_glyph(character: str) -> bool:
    font = get_font(findfont(FontProperties(family=STYLE["font.family"])))  # type: ignore[arg-type]
    return font.get_char_index(ord(character)) != 0


def readable(text: str, longest: int = 40) -> str:
    """`text` on one line, cut to `longest` characters, glyphs the font lacks shown as a box."""
    text = " ".join(str(text).split())
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return "".join(c if _has_glyph(c) else "□" for c in text)


def distinct(texts: Sequence[str], longest: int) -> list[str]:
    """`texts` as titles of panels beside each other: short, without folders, and all different.

    What is too long loses its middle; what is equal then is numbered.
    """
    titles = []
    for text in texts:
        text = readable(_FOLDERS.sub("", text), 1000)
        if len(text) > longest:
            half = (longest - 1) // 2
            text = f"{text[: longest - 1 - half]}…{text[-half:]}"
        titles.append(text)
    if len(set(titles)) == len(titles):
        return titles
    number = {title: count(1) for title in titles}
    return [
        f"{title} ({next(number[title])})" if titles.count(title) > 1 else title for title in titles
    ]


def palette(position: int) -> str:
    """Return the palette's colour at a position; after the last it begins again."""
    return QUERY_COLOURS[position % len(QUERY_COLOURS)]


def name_nodes(axes: Axes, numbers: Sequence[int]) -> None:
    """Say at the right of a panel which node each colour is: the palette's, in this order."""
    handles = [
        Line2D([], [], color=palette(i), label=str(number)) for i, number in enumerate(numbers)
    ]
    axes.legend(
        handles=handles, title="node", title_fontsize=8, fontsize=8, loc="center left",
        bbox_to_anchor=(1.0, 0.5), handlelength=1.0, labelspacing=0.2, borderaxespad=0.3,
    )  # fmt: skip


def entitle(figure: Figure, title: str) -> None:
    """Write a title at the upper left of a figure, in the size of the panels' titles."""
    figure.suptitle(distinct([title], 90)[0], fontsize=10, x=0.01, ha="left")


def legend_of(figure: Figure, axes: Axes, **options: Any) -> None:
    """Set the legend of a panel, if it has one, outside all of them."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, **options)


def note_below(figure: Figure, note: str) -> None:
    """Write under a figure what its reader has to know, such as that it shows a part."""
    if note:
        figure.supxlabel(readable(note, 110), x=0.01, ha="left", fontsize=9, color=FAINT_INK)


def time_unit(longest: float) -> tuple[float, str]:
    """Factor from seconds, and the name of the unit in which `longest` seconds read well."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if longest * factor >= 1:
            return factor, unit
    return 1e9, "ns"


def finite(values: ArrayLike) -> NDArray[np.float64]:
    """`values` as float64 with every infinity made NaN, which a line plot leaves out."""
    array = np.array(values, dtype=np.float64)
    array[~np.isfinite(array)] = np.nan
    return array


def log_axis(axes: Axes) -> None:
    """Make the y axis logarithmic, with ticks at whole decades written without mathtext."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _power_of_ten(y)))


def _power_of_ten(value: float) -> str:
    if value <= 0:
        return ""
    return "10" + str(round(np.log10(value))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def say_empty(axes: Axes, reason: str) -> None:
    """Write in an empty panel why it is empty."""
    axes.text(0.5, 0.5, reason, transform=axes.transAxes, ha="center", va="center", color=FAINT_INK)
