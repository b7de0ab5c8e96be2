"""Rates found from the first batches: a calibration, and then they stay."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.devices.gains.array import ArrayShaper
from neuroep.devices.gains.momentum import check_share


@dataclass(frozen=True)
class FirstGain:
    """Rates found from the first batches: measured once, then they stay.

    A request is -rate dC/dw / sqrt(mean of (dC/dw)^2 over all synapses of the array and the first
    batches); while these last, over those that there were. A chip needs no more than a calibration.

    Parameters
    ----------
    batches : int
        That are measured.
    momentum : float
        See :class:`neuroep.devices.gains.plain.Plain`.
    """

    batches: int = 20
    momentum: float = 0.0

    def __post_init__(self) -> None:
        check_share(self, "momentum")
        if self.batches < 1:
            raise ValueError(f"batches must be at least 1, got {self.batches}")

    def fresh(self, update: int) -> float:
        """Return the share of update 1, 2, ... in the mean."""
        return 1.0 / update if update <= self.batches else 0.0

    def make(self, shapes: Mapping[str, tuple[int, int]], dtype: np.dtype) -> "ArrayShaper":
        """Return drivers for matrices of these shapes."""
        return ArrayShaper(self, shapes, dtype)
