"""What one example takes of a chip: energies of its phases, and of sampling its lines."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Energies:
    """Means over some examples, J.

    ``free``, ``nudged``: from the supplies while the chip settles freely, and in both nudged phases
    together; ``sampled``: onto the samplers of lines that settle, at the end of both nudged phases,
    C V^2 each; ``how``: how the first two were found.
    """

    free: float
    nudged: float
    sampled: float
    how: str
