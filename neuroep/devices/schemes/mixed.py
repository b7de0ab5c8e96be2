"""Mixed precision: a digital accumulator a synapse, written to its device every so many updates."""

from dataclasses import dataclass
from typing import ClassVar

from neuroep.core.pulses.gathered import gathered
from neuroep.core.tables import Floats
from neuroep.devices.array import Array
from neuroep.devices.schemes.accumulate import Accumulate, Accumulator
from neuroep.devices.schemes.scheme import Rows


@dataclass(frozen=True)
class Mixed:
    """Requests add up in digital memory, and whole pulses are read out now and then.

    Of Nandakumar et al. (2020): what :class:`Accumulate` does with a leaky capacitor and at once, a
    digital co-processor does without loss, and seldom.

    Parameters
    ----------
    every : int
        Updates from one writing to the next.
    most : int
        Pulses that a synapse can be given in one writing; what is beyond stays in memory.
    """

    every: int = 16
    most: int = 16

    products: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name in ("every", "most"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")

    def make(self, arrays: dict[str, Array]) -> "MixedPulser":
        """Return empty accumulators for these arrays."""
        return MixedPulser(self, arrays)


class MixedPulser(Accumulator):
    """Applies :class:`Mixed`; remembers the sums, in pulses."""

    def __init__(self, options: Mixed, arrays: dict[str, Array]) -> None:
        super().__init__(Accumulate(most=options.most), arrays)
        self.every = options.every

    def apply(self, rows: Rows, counter: int, books: Floats) -> None:
        """Add requests to the sums of some rows; write the whole pulses in them when it is time."""
        if counter % self.every == 0:
            super().apply(rows, counter, books)
        else:
            gathered(rows.slope, rows.on_rows, rows.on_columns, self.held(rows))
