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


@dataclass(frozen=True)
class Line:
    """Requests of every line have the size of the rate.

    Parameters
    ----------
    smoothing : float
        Share of a running mean square that is left after an update.
    momentum : float
        Share of its charge that each synapse's capacitor keeps, so that requests follow the mean
        of recent gradients; 0 takes no capacitor.
    """

    smoothing: float = 0.999
    momentum: float = 0.0

    def __post_init__(self) -> None:
        for name in ("smoothing", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be in [0, 1), got {getattr(self, name)}")

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
        self.rows = {name: np.zeros(n, dtype) for name, (n, _) in shapes.items()}
        self.columns = {name: np.zeros(m, dtype) for name, (_, m) in shapes.items()}
        self.kept = {
            name: np.zeros(shape, dtype) for name, shape in shapes.items() if options.momentum
        }
        self.updates = {name: np.zeros((), np.int64) for name in shapes}
        self._now: dict[str, tuple[Floats, Floats]] = {}

    def see(self, asked: Asked) -> None:
        """Add the squares of some rows to those of this update."""
        name = asked.name
        if name not in self._now:
            self._now[name] = np.zeros_like(self.rows[name]), np.zeros_like(self.columns[name])
        rows, columns = self._now[name]
        squares(asked.slope, rows[asked.first : asked.last], columns)

    def seen(self, name: str) -> None:
        """Let the mean squares follow those of this update."""
        rows, columns = self._now.pop(name)
        real = rows.dtype.type
        keep = real(self.options.smoothing)
        smoothed(rows / real(columns.size), self.rows[name], keep)
        smoothed(columns / real(rows.size), self.columns[name], keep)
        self.updates[name] += 1

    def factors(self, asked: Asked, rate: float) -> tuple[Floats, Floats, Floats]:
        """Return a request as a matrix and factors on its rows and columns."""
        name, count, options = asked.name, int(self.updates[asked.name]), self.options
        rows, columns = self.rows[name], self.columns[name]
        real = rows.dtype.type
        slope = asked.slope
        fresh = 1.0 - options.smoothing**count
        scale = -rate * np.sqrt(float(rows.mean()) * fresh)
        if options.momentum:
            slope = self.kept[name][asked.first : asked.last]
            smoothed(asked.slope.reshape(-1), slope.reshape(-1), real(options.momentum))
            scale /= 1.0 - options.momentum**count
        on_rows = real(scale) * _inverse_root(rows[asked.first : asked.last])
        return slope, on_rows, _inverse_root(columns)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        counts = {f"updates/{k}": v for k, v in self.updates.items()}
        rows = {f"rows/{k}": v for k, v in self.rows.items()}
        columns = {f"columns/{k}": v for k, v in self.columns.items()}
        return counts | rows | columns | {f"kept/{k}": v for k, v in self.kept.items()}


def _inverse_root(squares: Floats) -> Floats:
    """Return 1 / sqrt of each, and 0 for a line that nothing was ever asked of."""
    found: Floats = np.zeros_like(squares)
    np.divide(1.0, np.sqrt(squares), out=found, where=squares > 0)
    return found
