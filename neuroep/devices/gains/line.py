"""Line gain control: a running mean square a row and a column, kept by the drivers of the lines.

Adam's second moment, kept once a line instead of once a synapse: n + m numbers for n m synapses. A
request is scaled by 1 / sqrt(row x column / mean), the rank-one estimate of each synapse's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.pulses.lines import smoothed, squares
from neuroep.core.tables import Floats
from neuroep.devices.gains.gain import Asked
from neuroep.devices.gains.momentum import Momentum, check_share


@dataclass(frozen=True)
class Line:
    """Requests of every line have the size of the rate.

    Parameters
    ----------
    smoothing : float
        Share of a running mean square that is left after an update.
    momentum : float
        See :class:`neuroep.devices.gains.plain.Plain`.
    """

    smoothing: float = 0.999
    momentum: float = 0.0

    def __post_init__(self) -> None:
        check_share(self, "smoothing", "momentum")

    def make(self, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype) -> "LineShaper":
        """Return drivers for matrices of these shapes."""
        return LineShaper(self, shapes, dtype)


class LineShaper:
    """Applies :class:`Line`; remembers mean squares, and with momentum what requests follow."""

    watches = True

    def __init__(
        self, options: Line, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype
    ) -> None:
        self.options = options
        self.mixes = bool(options.momentum)
        self.rows = {name: np.zeros(n, dtype) for name, (n, _) in shapes.items()}
        self.columns = {name: np.zeros(m, dtype) for name, (_, m) in shapes.items()}
        self.momentum = Momentum(options.momentum, shapes, dtype)
        self._now: dict[str, tuple[Floats, Floats]] = {}

    def see(self, asked: Asked) -> None:
        """Add the squares of some rows to those of this update."""
        name = asked.name
        if name not in self._now:
            self._now[name] = np.zeros_like(self.rows[name]), np.zeros_like(self.columns[name])
        rows, columns = self._now[name]
        squares(asked.slope, rows[asked.first : asked.last], columns)

    def seen(self, name: str, update: int) -> None:
        """Let the mean squares follow those of this update."""
        rows, columns = self._now.pop(name)
        real = rows.dtype.type
        keep = real(self.options.smoothing)
        smoothed(rows / real(columns.size), self.rows[name], keep)
        smoothed(columns / real(rows.size), self.columns[name], keep)

    def factors(self, asked: Asked, rate: float) -> tuple[Floats, Floats, Floats]:
        """Return a request as a matrix and factors on its rows and columns."""
        rows, columns = self.rows[asked.name], self.columns[asked.name]
        slope, correct = self.momentum.follow(asked)
        fresh = 1.0 - self.options.smoothing**asked.update  # mean squares began at nothing, too
        scale = -rate * correct * np.sqrt(float(rows.mean()) * fresh)
        on_rows = rows.dtype.type(scale) * _inverse_root(rows[asked.first : asked.last])
        return slope, on_rows, _inverse_root(columns)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        rows = {f"rows/{k}": v for k, v in self.rows.items()}
        columns = {f"columns/{k}": v for k, v in self.columns.items()}
        return rows | columns | self.momentum.to_arrays()


def _inverse_root(squares: Floats) -> Floats:
    """Return 1 / sqrt of each, and 0 for a line that nothing was ever asked of, or long ago.

    A mean square that has decayed below the smallest normal number stays there for good: of a row
    and a column together the inverses would be beyond all numbers.
    """
    found: Floats = np.zeros_like(squares)
    np.divide(1.0, np.sqrt(squares), out=found, where=squares >= np.finfo(squares.dtype).tiny)
    return found
