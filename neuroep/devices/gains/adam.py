"""Adam as a digital co-processor in front of pulses: both moments of every synapse are stored."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats
from neuroep.core.updates import adam
from neuroep.devices.gains.gain import Asked
from neuroep.devices.gains.plain import alike
from neuroep.learning.updates.adam import Adam


@dataclass(frozen=True)
class AdamGain(Adam):
    """What is asked of a weight is what Adam would change it by.

    A yardstick: its two numbers a synapse are the memory that a chip which learns by itself does
    without.
    """

    def make(  # type: ignore[override]
        self, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype
    ) -> "AdamShaper":
        """Return a co-processor for matrices of these shapes."""
        return AdamShaper(self, shapes, dtype)


class AdamShaper:
    """Applies :class:`AdamGain`; remembers both moments."""

    watches = False
    mixes = True

    def __init__(
        self, options: AdamGain, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype
    ) -> None:
        self.options = options
        self.first = {name: np.zeros(shape, dtype) for name, shape in shapes.items()}
        self.second = {name: np.zeros(shape, dtype) for name, shape in shapes.items()}

    def see(self, asked: Asked) -> None:
        """See some rows of an update: nothing is made of them."""

    def seen(self, name: str, update: int) -> None:
        """Take note that all rows have been seen."""

    def factors(self, asked: Asked, rate: float) -> tuple[Floats, Floats, Floats]:
        """Return Adam's step, and factors of 1."""
        slope, part, options = asked.slope, slice(asked.first, asked.last), self.options
        step, real = np.zeros_like(slope), slope.dtype.type
        adam(
            step.reshape(-1),
            slope.reshape(-1),
            self.first[asked.name][part].reshape(-1),
            self.second[asked.name][part].reshape(-1),
            rate,
            real(options.first_decay),
            real(options.second_decay),
            asked.update,
            real(options.epsilon),
        )
        return step, *alike(step, 1.0)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        first = {f"first/{name}": moment for name, moment in self.first.items()}
        return first | {f"second/{name}": moment for name, moment in self.second.items()}
