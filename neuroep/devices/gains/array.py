"""Array gain control: a running mean square an array, kept by its drivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from neuroep.core.tables import Floats, Reals
from neuroep.devices.gains.gain import Asked
from neuroep.devices.gains.momentum import Momentum, check_share
from neuroep.devices.gains.plain import alike


class Measured(Protocol):
    """How much of the mean square of each update goes into that of the array."""

    @property
    def momentum(self) -> float:
        """Share of its charge that each synapse's capacitor keeps."""
        ...

    def fresh(self, update: int) -> float:
        """Return the share of update 1, 2, ..."""
        ...


@dataclass(frozen=True)
class ArrayGain:
    """Requests of every array have a root mean square of the rate.

    A request is -rate dC/dw / sqrt(running mean of (dC/dw)^2 over all synapses of the array): the
    second moment of Adam, one number an array.

    Parameters
    ----------
    smoothing : float
        Share of the running mean square that is left after an update.
    momentum : float
        See :class:`neuroep.devices.gains.plain.Plain`.
    """

    smoothing: float = 0.99
    momentum: float = 0.0

    def __post_init__(self) -> None:
        check_share(self, "smoothing", "momentum")

    def fresh(self, update: int) -> float:
        """Return the share of update 1, 2, ... in the mean: those of all before add up to 1."""
        return (1.0 - self.smoothing) / (1.0 - self.smoothing**update)

    def make(self, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype) -> "ArrayShaper":
        """Return drivers for matrices of these shapes."""
        return ArrayShaper(self, shapes, dtype)


class ArrayShaper:
    """Applies a gain an array; remembers a mean square an array."""

    watches = True

    def __init__(
        self,
        options: Measured,
        shapes: Mapping[str, tuple[int, int]],
        dtype: np.dtype,
    ) -> None:
        self.options = options
        self.mixes = bool(options.momentum)
        self.sizes = {name: n * m for name, (n, m) in shapes.items()}
        self.squares: dict[str, Reals] = {name: np.zeros(()) for name in shapes}
        self.momentum = Momentum(options.momentum, shapes, dtype)
        self._now = dict.fromkeys(shapes, 0.0)

    def see(self, asked: Asked) -> None:
        """Add the squares of some rows to those of this update."""
        if self.options.fresh(asked.update):
            flat = asked.slope.reshape(-1)
            self._now[asked.name] += float(flat @ flat)

    def seen(self, name: str, update: int) -> None:
        """Let the mean square follow that of this update."""
        now, self._now[name] = self._now[name] / self.sizes[name], 0.0
        self.squares[name] += self.options.fresh(update) * (now - self.squares[name])

    def factors(self, asked: Asked, rate: float) -> tuple[Floats, Floats, Floats]:
        """Return the gradient and the rate, in root mean squares; nothing where nothing was."""
        slope, correct = self.momentum.follow(asked)
        square = float(self.squares[asked.name])
        return slope, *alike(slope, -rate * correct / np.sqrt(square) if square else 0.0)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        squares = {f"squares/{name}": square for name, square in self.squares.items()}
        return squares | self.momentum.to_arrays()
