"""A table: a line an entry, with the names of its row and column."""

import csv
import io
from collections.abc import Sequence

from neuroep.export.format import Format
from neuroep.export.weights.learned import Learned

HEADER = ("array", "row", "column", "value", "unit")


def write(learned: Sequence[Learned]) -> bytes:
    """Return the table of all arrays."""
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(HEADER)
    for one in learned:
        for _, row, column, value in one.entries():
            out.writerow([one.name, row, column, repr(value), one.unit])
    return text.getvalue().encode()


FORMAT = Format("csv", (".csv",), "spreadsheets, pandas", write)
