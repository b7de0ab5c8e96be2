"""One learned array with the names of its rows and columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Learned:
    """One learned array.

    Attributes
    ----------
    name : str
        ``"heads-hidden"``.
    values : array (rows,) or (rows, columns)
        In ``unit``: S, A, or 1 where nothing on a chip has its unit.
    unit : str
    rows, columns : sequence of str
        ``"heads[0]"``, ``"good"``; a vector has no columns.
    """

    name: str
    values: np.ndarray
    unit: str
    rows: Sequence[str]
    columns: Sequence[str] = ()

    def entries(self) -> Iterator[tuple[tuple[int, ...], str, str, float]]:
        """Yield place, row, column (empty for a vector) and value of every entry."""
        for place, value in np.ndenumerate(self.values):
            column = self.columns[place[1]] if len(place) > 1 else ""
            yield place, self.rows[place[0]], column, float(value)
