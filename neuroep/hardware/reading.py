"""What equilibrium propagation makes of voltages, whoever computed them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals, State
from neuroep.learning.estimators import Centered
from neuroep.learning.slopes import energy_slope
from neuroep.network.drive import Drive
from neuroep.settle.prepare import make_job
from neuroep.settle.settled import Settled

PHASES = (0.0, 1.0, -1.0)
"""Free, nudged towards the target, nudged away from it: in units of beta."""


def centered_gradient(
    drive: Drive,
    target: ArrayLike,
    beta: float,
    potentials: Mapping[str, Reals],
    activities: Mapping[str, Reals],
) -> dict[str, Reals]:
    """Return the centered estimate of dC/d(parameter) from measured states of one example.

    Parameters
    ----------
    drive : Drive
        Of one example.
    target : (1, outputs)
    beta : float
    potentials, activities : dict of (3, n)
        Normalised, by layer: free, +beta and -beta.

    Returns
    -------
    dict of float64 arrays
        By parameter.
    """
    plan = drive.plan
    betas = np.array([[beta], [-beta]])
    job = make_job(drive, betas, target, None, None)
    state = State(
        np.zeros(job.batch * plan.units),
        np.zeros(job.batch * plan.units),
        np.zeros((len(plan.names), job.batch)),
    )
    for name in plan.names:
        plan.view(state.potential, name)[:] = potentials[name][1:]
        plan.view(state.activity, name)[:] = activities[name][1:]
    nothing = np.zeros_like(betas)
    settled = Settled(
        drive,
        betas,
        job.inputs.row,
        state,
        nothing.astype(np.int64),
        nothing,
        nothing,
        nothing,
        nothing.astype(np.int64),
        np.zeros((1, 0, plan.units)),
        target=job.nudge.target,
    )
    shares, _ = Centered().shares(betas)
    slope = energy_slope(settled, shares)
    return {name: np.asarray(array, float) for name, array in slope.items()}
