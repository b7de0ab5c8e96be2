"""How long a chip of layers settles, from how fast sweeps do: for networks too large to run."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.account import SETTLED_WITHIN
from neuroep.hardware.hopfield.circuit import Circuit

SWEEPS_A_LOOP = 2
"""A sweep passes layers there and back: it shrinks a distance by the square of the loop's gain."""


def settling_estimate(circuit: Circuit, trace: Reals) -> float:
    """Return when a phase has settled to a hundredth of what it moves, s.

    ``trace`` (sweeps + 1, units): potentials after every sweep, the start first. A distance that
    sweeps shrink by r each belongs to a loop of gain sqrt(r), around which the slowest membranes
    take 1 / (1 - sqrt(r)) of their time constant. It stands for the whole of the phase, so it is
    an estimate: docs/budget.md holds it against transients.
    """
    distance = np.abs(trace - trace[-1]).max(axis=1, initial=0.0)
    if not distance[0]:
        return 0.0
    sweeps = int(np.flatnonzero(distance > SETTLED_WITHIN * distance[0])[-1]) + 1
    shrunk = float(distance[min(sweeps, len(distance) - 1)] / distance[0])
    gain = shrunk ** (1.0 / (SWEEPS_A_LOOP * sweeps))
    return float(circuit.slowest * -np.log(SETTLED_WITHIN) / (1.0 - gain))
