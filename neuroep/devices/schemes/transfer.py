"""Transfer: a fast array learns, a slow one weighs (Tiki-Taka), with or without a chopper."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from neuroep.core.pulses.draws import hashed
from neuroep.core.tables import Floats, Ints
from neuroep.devices.array import DeviceArray
from neuroep.devices.schemes.accumulate import Accumulate, Accumulator
from neuroep.devices.schemes.memoryless import MemorylessPulser
from neuroep.devices.schemes.scheme import Rows
from neuroep.devices.schemes.stochastic import Stochastic

FAST = 3
"""What the devices of the fast array are hashed with, apart from those of the weights."""


@dataclass(frozen=True)
class Transfer:
    """Requests are written to a second array at once; its rows are read, one after the other.

    What is read of a row adds up in digital memory, and whole pulses of it are written to the
    weights (Gokmen 2021, Tiki-Taka version 2). The devices of the fast array forget: a soft bound
    pulls them to where up and down pulses are alike, so that noise and asymmetry average out before
    they reach a weight. With a chopper each row is written, and read, with a sign that turns after
    every reading, so that where its devices rest no longer matters (Rasch et al. 2024).

    Parameters
    ----------
    every : int
        Updates from one reading of a row to that of the next.
    speed : float
        Pulses that the fast array is given for each that was asked of the weights: many, for its
        devices have to forget within a few readings.
    read : float
        Pulses of a weight, for each that the fast array holds when it is read.
    chopped : bool
        Whether signs turn.
    """

    every: int = 1
    speed: float = 50.0
    read: float = 0.1
    chopped: bool = False

    products: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every must be at least 1, got {self.every}")
        for name in ("speed", "read"):
            if not 0 < getattr(self, name) < np.inf:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")

    def make(self, arrays: dict[str, DeviceArray]) -> "Transferer":
        """Return a fast array for each of these arrays."""
        return Transferer(self, arrays)


class Transferer(Accumulator):
    """Applies :class:`Transfer`; remembers the fast arrays, signs, and what is not yet written."""

    def __init__(self, options: Transfer, arrays: dict[str, DeviceArray]) -> None:
        super().__init__(Accumulate(), arrays)
        self.how = options
        self.writer = MemorylessPulser(Stochastic())
        self.fast = {name: _twin(array) for name, array in arrays.items()}
        self.signs: dict[str, Ints] = {
            name: np.ones(len(array.values), np.int8) for name, array in arrays.items()
        }

    def apply(self, rows: Rows, counter: int, books: Floats) -> None:
        """Write some rows of the fast array, and transfer the one among them whose turn it is."""
        fast, signs = self.fast[rows.name], self.signs[rows.name]
        columns, real = rows.slope.shape[1], rows.slope.dtype.type
        first = rows.begin // columns
        part = signs[first : first + len(rows.slope)]
        on_rows = rows.on_rows * part * real(self.how.speed)
        self.writer.apply(replace(rows, array=fast, on_rows=on_rows), counter, books)
        turn, waits = divmod(counter, self.how.every)
        row = turn % len(signs) - first
        if waits or not 0 <= row < len(rows.slope):
            return
        held = fast.values.reshape(len(signs), columns)[first + row] - fast.offset
        begin = rows.begin + row * columns
        asked = Rows(
            rows.array,
            rows.name,
            begin,
            begin + columns,
            held[None, :],
            np.array([real(self.how.read * part[row] / fast.pulse)]),
            np.ones(columns, rows.slope.dtype),
        )
        super().apply(asked, counter, books)
        if self.how.chopped:
            part[row] = -part[row]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        found: dict[str, np.ndarray] = dict(super().to_arrays())
        for name, array in self.fast.items():
            found |= {f"fast/{name}/{k}": v for k, v in array.to_arrays().items()}
            found[f"fast/{name}/values"] = array.values
            found[f"signs/{name}"] = self.signs[name]
        return found


def _twin(array: DeviceArray) -> DeviceArray:
    """Return a second array of the same devices, all at the centre of what they hold."""
    centre = np.full_like(array.values, array.offset)
    key, drivers = (np.uint64(hashed(k, FAST, 0, 0)) for k in (array.key, array.drivers))
    low, high = map(float, array.ends)
    counts = bool(array.given.size)
    return DeviceArray(array.device, centre, array.arrangement, low, high, key, counts, drivers)
