"""What a trainer hands over at a recorded step: plain arrays, already cut to the chosen blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

PHASES = ("free", "plus", "minus")

Columns = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Spikes of one example in one phase: time (s), neuron, sign."""

Wave = tuple[np.ndarray, np.ndarray]
"""One layer of one example in one phase: time (T,), s, and potentials (T, n)."""

Rows = Mapping[str, Mapping[str, np.ndarray]]
"""Values by array or layer and by variable, in the units that probes and meters tell."""


@dataclass(frozen=True, eq=False)
class StepRecord:
    """Everything recorded of one training step, by the names of the trace file."""

    step: int
    synapses: Rows
    layers: Rows  # each [phase, example, unit]
    settling: Mapping[str, np.ndarray]  # each [phase, example]
    spikes: Mapping[str, list[list[Columns]]] | None = None  # by layer, phase and example
    waves: Mapping[str, list[list[Wave]]] | None = None  # the same of waveforms
    devices: Rows = field(default_factory=dict)  # where pulses write, what gauges read
