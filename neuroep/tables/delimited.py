"""Rows of delimited text: quotes, what separates the cells, whether the first row is a header."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from neuroep.errors import InputError
from neuroep.tables.names import KNOWN, MISSING, plain

SAID = re.compile(r"sep=([,;\t|])\s*", re.IGNORECASE)
_ANY_QUOTED = re.compile(r'"[^"]*"')
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_LONGEST_NAME = 3  # words; what has more is a sentence, not the name of a column
_FEWEST_COUNTED = 4  # fewer numbers in a row may well count up by chance


def delimiter_of(first: str, suffix: str) -> str:
    """What separates the cells: tabs, but in a ``.csv`` what its first line holds most of.

    Excel may say it in a line of its own, ``sep=;``.
    """
    if suffix != ".csv":
        return "\t"
    if said := SAID.fullmatch(first):
        return said[1]
    bare = _ANY_QUOTED.sub("", first)
    return max(",;\t|", key=bare.count)  # the comma where there is none


def rows_of(
    lines: Iterable[tuple[int, str]], delimiter: str, suffix: str
) -> Iterator[tuple[int, list[str]]]:
    """Cells of each row that is not blank, and the line in which it starts.

    In a ``.csv``, quoted cells may hold line breaks. Elsewhere a line is a row, as in the files of
    GLUE and SICK, whose texts hold single quotation marks: a cell is unquoted if it is quoted as a
    whole. Broken quotes, or cells that are too long for the csv module, raise its Error.
    """
    if suffix != ".csv":
        for number, line in lines:
            if line.strip():
                yield number, [_unquoted(cell) for cell in line.rstrip("\r\n").split(delimiter)]
        return
    last = 0

    def texts() -> Iterator[str]:
        nonlocal last
        for number, line in lines:
            last = number
            yield line if number > 1 or not SAID.fullmatch(line) else "\n"

    reader = csv.reader(texts(), delimiter=delimiter, strict=True)
    while True:
        start = last + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise csv.Error(f"line {start}: broken CSV ({error})") from None
        if any(cell.strip() for cell in cells):
            yield start, cells


def _unquoted(cell: str) -> str:
    found = _QUOTED.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


class Header(NamedTuple):
    """Whether the first row names the columns, their names, and whether that is a guess.

    It is none where the rows below are of another kind: numbers, or few values that come again.
    ``blank``: columns behind these that have no name and, as spreadsheets write them, nothing else.
    """

    there: bool
    names: tuple[str, ...]
    guessed: bool = False
    blank: int = 0

    def is_again(self, cells: Sequence[str]) -> bool:
        """Whether a row is the header once more, as where files were put behind each other."""
        return self.there and _named(cells)[: len(self.names)] == list(self.names)


def read_header(rows: Sequence[tuple[int, list[str]]], where: str) -> Header:
    """Tell from the first ``rows`` whether there is a header, and the columns' names."""
    if not rows:
        raise InputError(f"{where}: no record in it")
    number, cells = rows[0]
    others = [row for _, row in rows[1:]]
    if not _is_header(cells, others):
        return Header(False, tuple(str(column) for column in range(1, len(cells) + 1)))
    names = _named(cells)
    blank = next(number for number, name in enumerate(reversed(names)) if name)
    if blank == 1 and any(row[-1].strip() for row in others if len(row) == len(names)):
        blank = 0
    names = names[: len(names) - blank]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}: line {number}: two columns are called {name[:40]!r}")
    below = _below(cells, others)[: len(names)]
    guessed = not any(map(_of_a_kind, names, below))
    return Header(True, tuple(names), guessed, blank)


def _named(cells: Sequence[str]) -> list[str]:
    # A file put behind another brings its byte order mark along.
    return [cell.removeprefix("\ufeff").strip() for cell in cells]


def _below(cells: Sequence[str], others: Sequence[list[str]]) -> list[list[str]]:
    """Return what stands below each cell of the first row, in the rows that do not repeat it."""
    unlike = [row for row in others if _named(row) != _named(cells)]
    return [[row[column] for row in unlike if column < len(row)] for column in range(len(cells))]


def _of_a_kind(name: str, below: list[str]) -> bool:
    """Whether a column holds what its name is none of."""
    given = [cell for cell in below if cell.strip()]
    if not name or not given:
        return not name
    return all(map(_is_number, given)) or len(set(given)) <= len(given) / 2


def _is_header(cells: list[str], others: list[list[str]]) -> bool:
    """Names of columns are short and no numbers, and do not come again below themselves.

    One that is known, or stands over numbers, is a name beside one that comes again: a column
    called as one of its classes is.
    Numbers in a row are names all the same where they count the columns, as pandas writes them.
    """
    counted = [int(cell) for cell in cells if re.fullmatch(r"\d{1,6}", cell.strip())]
    first = counted[0] if len(counted) >= _FEWEST_COUNTED else -1
    if first in (0, 1) and counted == list(range(first, first + len(counted))):
        cells = ["" if _is_number(cell) else cell for cell in cells]
    if any(_is_number(cell) or len(cell.split()) > _LONGEST_NAME for cell in cells):
        return False
    for cell, below in zip(cells, _below(cells, others), strict=True):
        given = [entry for entry in below if entry.strip()]
        over_numbers = given and all(map(_is_number, given)) and plain(cell) not in MISSING
        if over_numbers or (plain(cell) in KNOWN and cell not in below):
            return True
    return not any(
        cell.strip() and cell == row[column]
        for row in others
        for column, cell in enumerate(cells)
        if column < len(row)
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
