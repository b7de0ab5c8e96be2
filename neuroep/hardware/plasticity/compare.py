"""Accounts of a chip that learns, held against each other."""

from dataclasses import dataclass

import numpy as np

from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.plasticity.account import Account

REQUEST = 1e-3
"""Largest distance of a request between two programs, in pulses."""

SETTLED = 1e-2
"""The same between a chip in time and one that settles exactly: phases end some time."""

CONDUCTANCE = 1e-3
"""Largest distance of a conductance, as a share of its range."""

ENERGY = 1e-2
"""Largest distance of what a pair of rails delivers in an example, as a share of it."""


@dataclass(frozen=True)
class Agreement:
    """How far an account is from another, and what of it lies outside the tolerances.

    ``request``: largest distance of a request and of what is left of it, in its unit; ``pulses``:
    in how many slots a synapse does something else; ``conductance``: largest distance of a device,
    before or after any example, as a share of its range; ``energy``: largest distance of what a
    pair of rails delivers in an example, as a share of it, None where only one account knows;
    ``seconds``: time taken.
    """

    name: str
    request: float
    pulses: int
    conductance: float
    energy: float | None
    seconds: float
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything lies within its tolerance."""
        return not self.failed


def agreement(
    account: Account,
    reference: Account,
    schedule: Schedule,
    *,
    pulse: float,
    span: float,
    within: float = REQUEST,
) -> Agreement:
    """Hold an account against another.

    Parameters
    ----------
    schedule : Schedule
        When examples begin and end.
    pulse : float
        Request of one pulse, in its unit.
    span : float
        Range of a conductance, S.
    within : float
        Largest distance of a request, in pulses.
    """
    request = float(
        np.max(np.abs([account.request - reference.request, account.left - reference.left]))
    )
    pulses = int((np.abs(account.pulses - reference.pulses) > 0.5).sum())
    conductance = float(np.abs(account.conductance - reference.conductance).max()) / span
    ours, theirs = account.energy(schedule), reference.energy(schedule)
    distances = [float(np.abs(ours[k] / theirs[k] - 1.0).max()) for k in ours if k in theirs]
    energy = float(np.max(distances)) if distances else None
    failed = [
        name
        for name, wrong in (
            ("requests", not request <= within * pulse),
            ("pulses", pulses > 0),
            ("conductances", not conductance <= CONDUCTANCE),
            ("energies", energy is not None and not energy <= ENERGY),
        )
        if wrong
    ]
    return Agreement(
        account.name, request, pulses, conductance, energy, account.seconds, tuple(failed)
    )
