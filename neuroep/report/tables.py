"""The closing table of a run, as aligned plain text or Markdown."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

NOT_MEASURED = "-"

ROUNDED = 1e-12
"""Share of a value below which a spread is what sums of equal values round, and no spread."""


@dataclass(frozen=True)
class Number:
    """A measured quantity of a table.

    ``value``: in ``unit``, a fraction where that is ``"%"``, which is printed times 100; ``"s"``
    turns into minutes and hours where it is long and has no spread. ``spread``: one standard
    deviation over seeds, which decides how many digits are shown; without it a percentage has two
    decimals, anything else three digits.
    """

    value: float
    spread: float | None = None
    unit: str = ""

    def __str__(self) -> str:
        if not math.isfinite(self.value):
            return NOT_MEASURED if math.isnan(self.value) else str(self.value)
        scale = 100.0 if self.unit == "%" else 1.0
        value, behind = scale * self.value, f" {self.unit}" if self.unit else ""
        if ROUNDED * abs(self.value) < (self.spread or 0.0) < math.inf:
            spread = scale * (self.spread or 0.0)
            power = _exponent(max(abs(value), spread), digits=2)
            if -4 <= power < 7:
                decimals = _decimals(spread, digits=2)
                return f"{value:.{decimals}f} ± {spread:.{decimals}f}{behind}"
            value, spread = value / 10.0**power, spread / 10.0**power
            decimals = _decimals(spread, digits=2)
            return f"({value:.{decimals}f} ± {spread:.{decimals}f})e{power:+03d}{behind}"
        if self.unit == "s" and round(value) >= 100:
            return _duration(round(value))
        if self.unit == "%":
            return f"{value:.2f}{behind}"
        if value and not 1e-4 <= abs(value) < 1e7:
            return f"{value:.2e}{behind}"
        is_count = float(value).is_integer()
        return f"{value:.{0 if is_count else _decimals(value, digits=3)}f}{behind}"


def table(
    rows: Sequence[Sequence[object]], headers: Sequence[str], *, markdown: bool = False
) -> str:
    """Lay out rows under headers, as plain text for a monospaced terminal or as Markdown.

    Cells are str, int, float, `Number`, or None for what was not measured; a bare float reads as a
    `Number` without unit. A column of numbers is set flush right, any other flush left. A
    ValueError: a row has not one cell per header.
    """
    for row in rows:
        if len(row) != len(headers):
            raise ValueError(f"row {list(row)} has {len(row)} cells under {len(headers)} headers")
    cells = [[_text(cell, markdown) for cell in line] for line in (headers, *rows)]
    right = [_is_numeric([row[i] for row in rows]) for i in range(len(headers))]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines = [
        [_pad(cell, width, flush) for cell, width, flush in zip(line, widths, right, strict=True)]
        for line in cells
    ]
    if markdown:
        rule = [
            "-" * (max(width, 3) - 1) + (":" if flush else "-")
            for width, flush in zip(widths, right, strict=True)
        ]
        return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))
    rule = ["-" * width for width in widths]
    return "\n".join("  ".join(line).rstrip() for line in (lines[0], rule, *lines[1:]))


def _decimals(value: float, digits: int) -> int:
    """Return the decimals that show so many digits of a value; 9.96 rounds to 10, as they show."""
    return max(0, digits - 1 - _exponent(value, digits)) if value else 0


def _exponent(value: float, digits: int) -> int:
    """Return the power of ten of a value's first digit, once it is rounded to so many."""
    return int(f"{value:.{digits - 1}e}".partition("e")[2])


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds:02d} s"


def _text(cell: object, markdown: bool) -> str:
    if cell is None:
        return NOT_MEASURED
    text = str(Number(float(cell)) if isinstance(cell, float) else cell)
    text = " ".join(text.split())
    return text.replace("|", "\\|") if markdown else text


def _is_numeric(column: Sequence[object]) -> bool:
    present = [cell for cell in column if cell is not None]
    return bool(present) and all(isinstance(cell, Number | float | int) for cell in present)


def _width(text: str) -> int:
    """Columns of a terminal: wide characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks
