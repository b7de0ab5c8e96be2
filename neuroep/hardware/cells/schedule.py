"""When a chip that learns by itself does what: free, +beta, -beta, write, example by example."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.waves import Wave, levels, pulses

PHASES = ("free", "plus", "minus", "write")
"""Of each example, in this order."""

SLOT = 4.0
"""Length of a slot of the write phase, in widths of its pulse: clock, wait, pulse, wait."""


@dataclass(frozen=True)
class Schedule:
    """The lines that run all synapses of a chip through their cycle.

    ``free``, ``nudged``: length of the free phase, and of each of the nudged ones, s; ``window``:
    within which lines are correlated, at the end of each nudged phase, s; ``slots``: of the write
    phase, how often comparators are asked and pulses fired; ``width``, ``edge``: of a pulse, and of
    rise and fall of all lines, s. A ValueError: times that do not fit into each other.
    """

    examples: int
    free: float
    nudged: float
    window: float
    slots: int
    width: float
    edge: float

    def __post_init__(self) -> None:
        for name in ("free", "nudged", "window", "width", "edge"):
            if not 0 < getattr(self, name) < np.inf:
                raise ValueError(f"{name} must be positive, got {getattr(self, name):g} s")
        if self.examples < 1 or self.slots < 1:
            raise ValueError("at least one example and one slot are needed")
        if self.edge > 0.5 * self.width:
            raise ValueError(f"edge must be at most half of width, got {self.edge:g} s")
        if self.window + 4.0 * self.edge > self.nudged:
            raise ValueError(
                f"window of {self.window:g} s does not fit into nudged phases of {self.nudged:g} s"
            )

    @property
    def slot(self) -> float:
        """Length of a slot, s."""
        return SLOT * self.width

    @property
    def cycle(self) -> float:
        """Length of an example, s."""
        return self.free + 2.0 * self.nudged + self.slots * self.slot

    @property
    def end(self) -> float:
        """When the last example is over, s."""
        return self.examples * self.cycle

    def starts(self, phase: str) -> Reals:
        """Return when a phase of each example begins, (examples,), s; they end where others do."""
        before = {
            "free": 0.0,
            "plus": self.free,
            "minus": self.free + self.nudged,
            "write": self.free + 2.0 * self.nudged,
        }
        return np.asarray(np.arange(self.examples) * self.cycle + before[phase], float)

    @property
    def ends(self) -> Reals:
        """When each example is over, (examples,), s."""
        return np.asarray(np.arange(1, self.examples + 1) * self.cycle, float)

    @property
    def samples(self) -> Reals:
        """When the clock of each slot begins to rise, (examples, slots), s."""
        return self.starts("write")[:, None] + np.arange(self.slots) * self.slot + self.edge

    @property
    def fires(self) -> Reals:
        """When the pulse of each slot begins to rise, (examples, slots), s."""
        return self.samples + 2.0 * self.width

    # Lines

    @property
    def sample(self) -> Wave:
        """The comparators' clock, 0 to 1 V."""
        return pulses(self.samples.ravel(), self.width, self.edge)

    @property
    def fire(self) -> Wave:
        """The shape of pulses, 0 to 1 V."""
        return pulses(self.fires.ravel(), self.width, self.edge)

    def window_of(self, phase: str) -> Wave:
        """Return the window of a nudged phase, 0 to 1 V."""
        ends = self.starts(phase) + self.nudged
        return pulses(ends - self.window - 2.0 * self.edge, self.window, self.edge)

    def beta(self, strength: float) -> Wave:
        """Return the line of the phase, 1 V for beta = 1."""
        return self.by_phase(np.tile([0.0, strength, -strength, 0.0], (self.examples, 1)))

    def by_example(self, values: Sequence[float] | Reals) -> Wave:
        """Return a line that takes a value in each example."""
        return levels(self.starts("free"), values, self.edge)

    def by_phase(self, values: Reals) -> Wave:
        """Return a line that takes a value (examples, phases) in each phase."""
        starts = np.stack([self.starts(phase) for phase in PHASES], axis=1)
        return levels(starts.ravel(), np.asarray(values, float).ravel(), self.edge)
