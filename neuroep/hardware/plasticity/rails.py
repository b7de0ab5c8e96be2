"""What the two rails of class-B circuits deliver."""

import numpy as np

from neuroep.core.tables import Reals


def power(supply: float, idle: float, sourced: Reals) -> Reals:
    """Return what rails at +supply and -supply (V) deliver, (T,), W.

    Parameters
    ----------
    idle : float
        Quiescent current of all circuits together, from rail to rail, A.
    sourced : (T, circuits)
        What each puts out, A: it comes from the upper rail, or goes to the lower one.
    """
    return np.asarray(supply * (2.0 * idle + np.abs(sourced).sum(axis=-1)))
