"""What a trainer hands over at a recorded step: plain arrays, already cut to the chosen blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

PHASES = ("free", "plus", "minus")

Columns = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Spikes of one example in one phase: time (s), neuron, sign."""


@dataclass(frozen=True, eq=False)
class StepRecord:
    """Everything recorded of one training step, in the units that its probes and meters tell.

    Parameters
    ----------
    step
        Number of the training step.
    weights
        Learned arrays before the update, by name; cut to the recorded block, as are the four below.
    seen_plus, seen_minus
        Batch means of what the learning rule reads at +beta and at -beta.
    change_asked, change_applied
        Change that the learning rule asked for, and the change really made: what it got.
    layers
        Quantities of the recorded units and examples by layer and name, [phase, example, unit].
    energy, residual
        At the end of each settling, [phase, example].
    spikes
        By layer, phase and example, where their times are recorded at this step.
    devices
        Of arrays that pulses write: what gauges read in the recorded block, by array and name.
    """

    step: int
    weights: Mapping[str, np.ndarray]
    seen_plus: Mapping[str, np.ndarray]
    seen_minus: Mapping[str, np.ndarray]
    change_asked: Mapping[str, np.ndarray]
    change_applied: Mapping[str, np.ndarray]
    layers: Mapping[str, Mapping[str, np.ndarray]]
    energy: np.ndarray
    residual: np.ndarray
    spikes: Mapping[str, list[list[Columns]]] | None = None
    devices: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
