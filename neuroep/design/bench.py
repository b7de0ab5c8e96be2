"""One example of a design on the bench, for every program to run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.compare import Tolerances


@dataclass(frozen=True)
class Example:
    """What one example clamps, by layer (ids (n,) or values (n, dim)), and its label."""

    inputs: Mapping[str, np.ndarray]
    label: int


@dataclass
class Stand:
    """A bench, and what was done to make its circuit fit.

    ``tolerances``: what counts as agreement; ``notes``: what a reader must know beforehand;
    ``slice``: what was kept of a chip too large for SPICE, nothing for a whole one.
    """

    bench: Bench
    tolerances: Tolerances
    notes: list[str] = field(default_factory=list)
    slice: str = ""
