"""What a trainer hands over at a recorded step: plain arrays, already cut to the chosen blocks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

PHASES = ("free", "plus", "minus")


@dataclass(frozen=True, eq=False)
class StepRecord:
    """Everything recorded of one training step, in normalised units.

    Parameters
    ----------
    step
        Number of the training step.
    weights
        Weights before the update, [pre, post] by name of the coupling; cut to the recorded block,
        as are the four below.
    product_plus, product_minus
        Batch means of s_pre * s_post at +beta and at -beta: what the synapse saw.
    change_asked, change_applied
        Change that the learning rule asked for, and the change really made: what it got.
    activity, potential
        s and u of the recorded neurons and examples, [phase, example, neuron] by name of the layer.
    spikes
        Spikes sent, counted with their sign, as ``activity``; None unless the solver is spiking.
    energy, residual
        E and residual at the end of each settling, [phase, example].
    """

    step: int
    weights: Mapping[str, np.ndarray]
    product_plus: Mapping[str, np.ndarray]
    product_minus: Mapping[str, np.ndarray]
    change_asked: Mapping[str, np.ndarray]
    change_applied: Mapping[str, np.ndarray]
    activity: Mapping[str, np.ndarray]
    potential: Mapping[str, np.ndarray]
    spikes: Mapping[str, np.ndarray] | None
    energy: np.ndarray
    residual: np.ndarray
