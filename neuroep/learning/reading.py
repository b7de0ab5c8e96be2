"""How answers are read: samples of the outputs, with noise."""

from dataclasses import dataclass

import numpy as np

from neuroep.core.digest import digest
from neuroep.core.tables import Floats


@dataclass(frozen=True)
class Reading:
    """Samplers of the outputs that a classification is read from.

    The same outputs are read alike however often, and any others have noise of their own: a test
    repeats to the bit.

    Parameters
    ----------
    noise : float
        Standard deviation of a sample, in units of full activity.
    seed : int
    """

    noise: float = 0.0
    seed: int = 0

    def samples(self, outputs: Floats) -> Floats:
        """Return what samplers hold of outputs, of any shape."""
        if not self.noise:
            return outputs
        bits = np.ascontiguousarray(outputs).reshape(-1).view(np.uint32)
        rng = np.random.default_rng([self.seed, int(digest(bits))])
        return outputs + self.noise * rng.standard_normal(outputs.shape).astype(outputs.dtype)
