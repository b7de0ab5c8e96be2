"""Steps as they were measured: their distribution at each conductance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.pulses.interpolation import in_table
from neuroep.core.tables import Reals
from neuroep.devices.laws.law import Law, ScalarFunction


def up(w: float, c: Sequence[float]) -> float:
    """Return the change by an up pulse at the quantile that the draw stands for."""
    return in_table(w, c, 0)  # type: ignore[no-any-return]


def down(w: float, c: Sequence[float]) -> float:
    """Return the change by a down pulse at the quantile that the draw stands for."""
    return in_table(w, c, 1)  # type: ignore[no-any-return]


Rows = tuple[tuple[float, ...], ...]


def _rows(table: Reals) -> Rows:
    return tuple(map(tuple, np.asarray(table, float).tolist()))


@dataclass(frozen=True)
class Tabulated(Law):
    """A pulse changes w by a draw from the distribution that was measured where w is.

    A row is a probability, equally spaced from 0 to 1; a column a conductance, equally spaced over
    the range. A pulse's normal draw says, by its probability, which row counts; between rows and
    columns the table is interpolated, as CrossSim does it. The device's pulse noise is not used:
    the table has it. Noise-free pulses are taken one by one, each the median.

    Parameters
    ----------
    rows_up, rows_down : tuple of tuples of float
        Changes in units of the device's step, positive where a device moves the way it is pulsed.
    """

    rows_up: Rows = ((1.0, 1.0), (1.0, 1.0))
    rows_down: Rows = ((1.0, 1.0), (1.0, 1.0))

    up: ClassVar[ScalarFunction] = staticmethod(up)
    down: ClassVar[ScalarFunction] = staticmethod(down)

    def __post_init__(self) -> None:
        shapes = {(len(rows), len(row)) for rows in (self.rows_up, self.rows_down) for row in rows}
        if len(shapes) != 1 or min(next(iter(shapes), (0, 0))) < 2:
            raise ValueError("rows_up, rows_down: must be tables of one shape, 2 x 2 at least")
        if not np.isfinite([self.rows_up, self.rows_down]).all():
            raise ValueError("rows_up, rows_down: not all finite")

    @classmethod
    def of(cls, rows_up: Reals, rows_down: Reals) -> "Tabulated":
        """Return the law of two tables (rows, columns)."""
        up_, down_ = (
            tuple(map(tuple, np.asarray(t, float).tolist())) for t in (rows_up, rows_down)
        )
        return cls(up_, down_)

    def at_centre(self, up: bool) -> float:
        """Return the mean change by a pulse at the centre of the nominal range, in steps."""
        rows = np.array(self.rows_up if up else self.rows_down)
        columns = np.linspace(-1.0, 1.0, rows.shape[1])
        middle = np.array([np.interp(0.0, columns, row) for row in rows])
        return float(np.mean(0.5 * (middle[1:] + middle[:-1])))

    def constants(self) -> list[float]:
        """Return the shape of the tables, and both of them flat."""
        tables = np.array([self.rows_up, self.rows_down])
        return [float(tables.shape[1]), float(tables.shape[2]), *tables.reshape(-1).tolist()]

    def after(
        self, w: Reals, pulses: int, step: float, low: float = -1.0, high: float = 1.0
    ) -> Reals:
        """Return states after pulses that each are the median, one by one."""
        return self.step_by_step(w, pulses, step, low, high)
