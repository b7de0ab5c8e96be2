"""Accounts of a chip that learns, held against each other."""

from dataclasses import dataclass

import numpy as np

from neuroep.hardware.plasticity.account import Account

REQUEST = 1e-3
"""Largest distance of a request between two programs, in thresholds."""

SETTLED = 1e-2
"""The same between a chip in time and one that settles exactly: phases end some time."""

CONDUCTANCE = 1e-3
"""Largest distance of a conductance, as a share of its range."""


@dataclass(frozen=True)
class Agreement:
    """How far an account is from another, and what of it lies outside the tolerances.

    ``request``: largest distance of a capacitor before and after it is asked, V; ``pulses``: in how
    many slots a synapse does something else; ``conductance``: largest distance of a device, before
    or after any example, as a share of its range; ``seconds``: time taken.
    """

    name: str
    request: float
    pulses: int
    conductance: float
    seconds: float
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything lies within its tolerance."""
        return not self.failed


def agreement(
    account: Account, reference: Account, *, threshold: float, span: float, within: float = REQUEST
) -> Agreement:
    """Hold an account against another.

    Parameters
    ----------
    threshold : float
        Of a capacitor, V.
    span : float
        Range of a conductance, S.
    within : float
        Largest distance of a request, in thresholds.
    """
    request = max(
        float(np.abs(ours - theirs).max())
        for ours, theirs in (
            (account.request, reference.request),
            (account.left, reference.left),
        )
    )
    pulses = int((np.abs(account.pulses - reference.pulses) > 0.5).sum())
    conductance = float(np.abs(account.conductance - reference.conductance).max()) / span
    failed = [
        name
        for name, wrong in (
            ("requests", not request <= within * threshold),
            ("pulses", pulses > 0),
            ("conductances", not conductance <= CONDUCTANCE),
        )
        if wrong
    ]
    return Agreement(account.name, request, pulses, conductance, account.seconds, tuple(failed))
