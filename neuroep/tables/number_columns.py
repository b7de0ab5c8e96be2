"""Columns of numbers out of files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.files import resolved
from neuroep.tables.numbers import number_of
from neuroep.tables.records import Records

MOST = 1 << 22
"""Numbers that are taken from all files together."""


@dataclass(frozen=True)
class Column:
    """One column as it stands in a file.

    ``where``: what messages call it, file and column; ``values``: without the blank cells behind
    its end.
    """

    where: str
    name: str
    values: Reals

    @property
    def rises(self) -> bool:
        """Whether it ends above where it began."""
        return bool(self.values[-1] > self.values[0])


def read_columns(files: Sequence[str]) -> list[Column]:
    """Return every column of files of numbers.

    An InputError that names file, line and column: a file that is given twice or cannot be read, a
    cell that is no finite number, a blank cell before the end of a column, or a column without any
    number.
    """
    found, total = [], 0
    for at, file in enumerate(files):
        if resolved(file) in map(resolved, files[:at]):
            raise InputError(f"{file}: given twice")
        records = Records(Path(file))
        cells: dict[str, list[float]] = {name: [] for name in records.columns}
        blank: dict[str, int] = {}
        for record in records:
            for name in dict.fromkeys((*cells, *record.values)):
                cell, where = record.values.get(name), f"{records.place(record)}: {name}"
                if cell is None or (isinstance(cell, str) and not cell.strip()):
                    blank.setdefault(name, record.number)
                    continue
                if name in blank:
                    raise InputError(
                        f"{records.where}: {records.unit} {blank[name]}: {name}: blank before the "
                        f"end of the column ({records.unit} {record.number} goes on)"
                    )
                if name not in cells:
                    raise InputError(f"{where}: a column that the records before do not have")
                cells[name].append(number_of(cell, where))
                total += 1
                if total > MOST:
                    raise InputError(f"{where}: more than {MOST:,} numbers")
        for name, values in cells.items():
            if not values:
                raise InputError(f"{records.where}: {name}: no number in this column")
            found.append(Column(f"{records.where}: {name}", name, np.array(values)))
    return found
