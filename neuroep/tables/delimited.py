"""Rows of delimited text: quotes, what separates the cells, whether the first row is a header."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from neuroep.errors import InputError

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_LONGEST_NAME = 3  # words; what has more is a sentence, not the name of a column
_FEWEST_COUNTED = 4  # fewer numbers in a row may well count up by chance


def delimiter_of(first: str, suffix: str) -> str:
    """What separates the cells: tabs, but in a ``.csv`` what its first line holds most of."""
    if suffix != ".csv":
        return "\t"
    return max(",;\t", key=first.count)  # the comma where there is none


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
            yield line

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


def column_names(rows: Sequence[tuple[int, list[str]]], where: str) -> tuple[bool, tuple[str, ...]]:
    """Return whether the first of ``rows`` is a header, and the columns' names."""
    if not rows:
        raise InputError(f"{where}: no record in it")
    number, cells = rows[0]
    if not _is_header(cells, [row for _, row in rows[1:]]):
        return False, tuple(str(column) for column in range(1, len(cells) + 1))
    names = [cell.strip() for cell in cells]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}: line {number}: two columns are called {name[:40]!r}")
    return True, tuple(names)


def _is_header(cells: list[str], others: list[list[str]]) -> bool:
    """Names of columns are short and no numbers, and do not come again below themselves.

    Numbers in a row are names all the same where they count the columns, as pandas writes them.
    """
    counted = [int(cell) for cell in cells if re.fullmatch(r"\d{1,6}", cell.strip())]
    first = counted[0] if len(counted) >= _FEWEST_COUNTED else -1
    if first in (0, 1) and counted == list(range(first, first + len(counted))):
        cells = ["" if _is_number(cell) else cell for cell in cells]
    if any(_is_number(cell) or len(cell.split()) > _LONGEST_NAME for cell in cells):
        return False
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
