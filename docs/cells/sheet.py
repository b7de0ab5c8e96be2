"""A sheet of paper for schematics: parts at absolute places, in the report's fonts and colours."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import schemdraw
import schemdraw.elements as elm
from schemdraw.segments import Segment, SegmentPoly, SegmentText

from neuroep.report.style import BLUE, FAINT_INK, INK, VERMILLION

Point = tuple[float, float]

CELL = "#F3F5F7"
"""Fill of the box that is the cell; what stands outside belongs to its neighbours."""

__all__ = ["BLUE", "FAINT_INK", "INK", "VERMILLION", "Sheet"]


class _Shape(elm.Element):
    def __init__(self, *segments: object) -> None:
        super().__init__()
        self.segments.extend(segments)
        self.elmparams["drop"] = (0, 0)


class Sheet:
    """One drawing from ``low`` to ``high``, in units of half an inch."""

    def __init__(self, low: Point, high: Point) -> None:
        self.low, self.high = low, high
        schemdraw.use("matplotlib")
        self.drawing = schemdraw.Drawing(show=False)
        self.drawing.config(unit=2, fontsize=11, lw=1.3, color=INK, font="DejaVu Sans", margin=0.15)

    def save(self, path: Path) -> None:
        """Write the drawing, SVG or PNG by the suffix."""
        settings = {
            "svg.fonttype": "path",
            "svg.hashsalt": "neuroep",
            "mathtext.fontset": "dejavusans",
        }
        with mpl.rc_context(settings):
            drawn = self.drawing.draw(show=False)
            (x0, y0), (x1, y1) = self.low, self.high
            drawn.ax.set_xlim(x0, x1)
            drawn.ax.set_ylim(y0, y1)
            drawn.ax.set_position([0, 0, 1, 1])
            drawn.fig.set_size_inches(0.5 * (x1 - x0), 0.5 * (y1 - y0))
            metadata = {"Date": None} if path.suffix == ".svg" else {}
            drawn.fig.savefig(path, dpi=100, metadata=metadata, facecolor="white")
            plt.close(drawn.fig)

    def cell(self, low: Point, high: Point) -> None:
        """Draw the box of the cell; everything else comes on top of it."""
        (x0, y0), (x1, y1) = low, high
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        self._add(
            SegmentPoly(corners, closed=True, fill=CELL, color="#B8C0C8", lw=1.0, ls="--", zorder=0)
        )

    def _add(self, *segments: object) -> None:
        self.drawing.add(_Shape(*segments).at((0, 0)).theta(0))

    def text(
        self, at: Point, words: str, align: str = "center", size: float = 11, color: str = INK
    ) -> None:
        """Write words at a place; ``align``: left, center or right of it."""
        self._add(SegmentText(at, words, align=(align, "center"), fontsize=size, color=color))

    def wire(self, *points: Point, color: str = INK, ls: str = "-") -> None:
        """Draw a wire through the points."""
        self._add(Segment(list(points), color=color, ls=ls, zorder=1))

    def arrow(self, a: Point, b: Point, words: str = "", color: str = BLUE) -> None:
        """Draw an arrow of a current beside its wire."""
        self._add(
            Segment([a, b], color=color, arrow="->", lw=1.3, arrowwidth=0.16, arrowlength=0.22)
        )
        if words:
            middle = (0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1]))
            up = abs(b[0] - a[0]) >= abs(b[1] - a[1])
            at = (middle[0], middle[1] + 0.27) if up else (middle[0] + 0.18, middle[1])
            self.text(at, words, "center" if up else "left", 10, color)

    def dot(self, at: Point) -> None:
        """Mark a junction."""
        self.drawing.add(elm.Dot(radius=0.07).at(at))

    def cross(self, x: float, y: float) -> None:
        """Draw a differential pair where the lines of an array cross."""
        h = 0.24
        corners = [(x - h, y - h), (x + h, y - h), (x + h, y + h), (x - h, y + h)]
        self._add(SegmentPoly(corners, closed=True, fill=CELL, color=INK, lw=1.1, zorder=4))

    def pin(self, at: Point, name: str, side: str = "left", note: str = "") -> None:
        """Draw a pin of the cell and its name outside the box on that side."""
        self.drawing.add(elm.Dot(open=True, radius=0.09).at(at).zorder(5))
        dx, dy = {"left": (-1, 0), "right": (1, 0), "top": (0, 1), "bottom": (0, -1)}[side]
        gap = 0.25 if dx else 0.32
        align = {"left": "right", "right": "left"}.get(side, "center")
        place = (at[0] + gap * dx, at[1] + gap * dy)
        self.text(place, name, align, 11, VERMILLION)
        if note:
            below = (place[0], place[1] - 0.4) if dx else (place[0], place[1] + 0.4 * dy)
            self.text(below, note, align, 9, FAINT_INK)

    def inlet(self, y: float, name: str, x: float, note: str = "") -> None:
        """Draw a pin on the left edge, at 0, and its wire to ``x``."""
        self.pin((0, y), name, note=note)
        self.wire((0, y), (x, y))

    def supplies(
        self, x: float, top: float, bottom: float, body: tuple[float, float] | None = None
    ) -> None:
        """Draw both supply pins on the edges of the box, with wires to what they feed.

        ``body``: its upper and its lower edge; short wires without it.
        """
        upper, lower = body or (top - 0.45, bottom + 0.45)
        for name, edge, end in (("vdd", top, upper), ("vss", bottom, lower)):
            self.pin((x, edge), name, "top" if name == "vdd" else "bottom")
            self.wire((x, edge), (x, end))

    def two(self, kind: type, a: Point, b: Point, words: str = "", loc: str = "top") -> None:
        """Draw a part with two ends from a to b."""
        part = kind().endpoints(a, b)
        if words:
            part = part.label(words, loc=loc, ofst=0.12, fontsize=11)
        self.drawing.add(part)

    def resistor(self, a: Point, b: Point, words: str = "", loc: str = "top") -> None:
        """Draw a conductance."""
        self.two(elm.ResistorIEC, a, b, words, loc)

    def capacitor(self, a: Point, b: Point, words: str = "", loc: str = "top") -> None:
        """Draw a capacitor."""
        self.two(elm.Capacitor, a, b, words, loc)

    def switch(self, a: Point, b: Point) -> None:
        """Draw an open switch from a to b."""
        (x0, y0), (x1, y1) = a, b
        dx, dy = x1 - x0, y1 - y0
        # The blade stands off the straight line by a quarter of its length.
        blade = (x0 + 0.88 * dx - 0.28 * dy, y0 + 0.88 * dy + 0.28 * dx)
        self._add(Segment([a, blade], lw=1.5))
        for end in (a, b):
            self.drawing.add(elm.Dot(open=True, radius=0.06).at(end))

    def ground(self, at: Point) -> None:
        """Draw a ground."""
        self.drawing.add(elm.Ground().at(at).theta(0))

    def terminal(self, at: Point, words: str) -> None:
        """Draw an open end below a wire: a reference voltage."""
        self.drawing.add(elm.Dot(open=True, radius=0.07).at(at))
        self.text((at[0], at[1] - 0.32), words)

    def supply(self, at: Point, name: str) -> None:
        """Draw a supply: vdd points up, vss down."""
        kind = elm.Vdd if name == "vdd" else elm.Vss
        self.drawing.add(kind().at(at).theta(0).label(name, fontsize=10))

    def amplifier(self, left: Point, words: str = "", size: float = 1.0) -> Point:
        """Draw a triangle with its input at ``left``; return its output."""
        x, y = left
        tip = (x + 1.7 * size, y)
        corners = [(x, y + size), (x, y - size), tip]
        self._add(SegmentPoly(corners, closed=True, fill="white", color=INK, lw=1.3, zorder=2))
        if words:
            self._add(
                SegmentText(
                    (x + 0.58 * size, y), words, align=("center", "center"), fontsize=10, zorder=3
                )
            )
        return tip

    def box(self, low: Point, high: Point, *lines: str, size: float = 10) -> None:
        """Draw a block with words in it, one line below the other."""
        (x0, y0), (x1, y1) = low, high
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        self._add(SegmentPoly(corners, closed=True, fill="white", color=INK, lw=1.3, zorder=2))
        middle = 0.5 * (y0 + y1) + 0.21 * (len(lines) - 1)
        for k, line in enumerate(lines):
            place = (0.5 * (x0 + x1), middle - 0.42 * k)
            self._add(SegmentText(place, line, align=("center", "center"), fontsize=size, zorder=3))

    def source(self, a: Point, b: Point, words: str = "", loc: str = "bottom") -> None:
        """Draw a current source whose current flows from a to b."""
        self.two(elm.SourceI, a, b, words, loc)

    def transistor(self, gate: Point, flip: bool = False) -> tuple[Point, Point]:
        """Draw an n-channel transistor by its gate; return its drain and its source."""
        x, y = gate
        s = -1 if flip else 1
        bar, channel, end = x + 0.45 * s, x + 0.6 * s, x + 1.05 * s
        self._add(
            Segment([(x, y), (bar, y)]),
            Segment([(bar, y + 0.42), (bar, y - 0.42)]),
            Segment([(channel, y + 0.5), (channel, y - 0.5)]),
            Segment([(channel, y + 0.32), (end, y + 0.32), (end, y + 0.8)]),
            Segment([(end, y - 0.8), (end, y - 0.32)]),
            Segment(
                [(channel, y - 0.32), (end, y - 0.32)],
                arrow="->",
                arrowwidth=0.16,
                arrowlength=0.2,
            ),
        )
        return (end, y + 0.8), (end, y - 0.8)
