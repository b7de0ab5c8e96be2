"""What one example takes of a chip: energies of its phases, and of sampling its lines."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Energies:
    """Means over some examples, J.

    Attributes
    ----------
    free, nudged : float
        From the supplies while the chip settles freely, and in both nudged phases together.
    sampled : float
        Onto the samplers of all lines at the end of both nudged phases, C V^2 each.
    how : str
        How the first two were found.
    """

    free: float
    nudged: float
    sampled: float
    how: str
