"""What is noisy on a chip."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Noise:
    """What is noisy on a chip while it runs: ``[noise]`` of a design.

    What is drawn depends on the seed, the chip's number and all that settles, and on nothing else:
    the same settle has the same noise, in any number of threads, and any other has its own.

    Parameters
    ----------
    thermal : bool
        Of conductances, at the chip's temperature.
    shot : bool
        Of biases and tail currents.
    flicker : float
        Standard deviation of what each membrane seems to stand higher, drawn once a phase, V.
    seed : int

    Raises
    ------
    ValueError
        The standard deviation is negative or not finite.

    Notes
    -----
    Of noise with the one-sided spectrum K/f at a membrane of time constant tau, seen at the ends of
    phases T apart, what differs from phase to phase has the variance K (ln(T/tau) + 0.577): this is
    ``flicker`` squared. What is slower stays, as an offset does: see ``[variability]``.
    """

    thermal: bool = True
    shot: bool = True
    flicker: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.flicker < np.inf:
            raise ValueError(f"flicker: must not be negative, got {self.flicker:g}")
