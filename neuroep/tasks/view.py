"""A trained network as a task's figures see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.evaluation import Examples
from neuroep.learning.system import System
from neuroep.report.html import AttendedRows, AttendedWords


@dataclass(frozen=True)
class TrainedView:
    """What a task draws from.

    ``system``: the trained network, settled as its design says; ``settled_by(system, solver)``: the
    same by another solver; ``start``: the parameters before training; ``source``: the open data, of
    which at most ``limit`` examples a split were used; ``encoder``: what was fitted to them;
    ``test``: all test examples; ``save``: writes a figure under a name into the run's folder;
    ``keep``: keeps what was attended to in it, as :mod:`neuroep.report.html` shows it.
    """

    system: System
    settled_by: Callable[[System, str], System]
    start: Mapping[str, Floats]
    source: Any
    encoder: Any
    test: Examples
    limit: int | None
    save: Callable[[Any, str], object]
    keep: Callable[[Sequence[AttendedWords | AttendedRows]], object]

    def settled(self, numbers: np.ndarray) -> tuple[Any, Floats, Floats]:
        """Settle some test examples freely; return (settled, scores (n, classes), targets)."""
        inputs, target = self.test.batch(numbers)
        free = self.system.settle(self.system.clamp(inputs))
        return free, self.system.scores(free)[0], target
