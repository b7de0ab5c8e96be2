"""Labels as what the cost compares with."""

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats


def one_hot(labels: NDArray[np.integer], classes: int) -> Floats:
    """Return one row a label, 1 at its class and 0 elsewhere, (n, classes) float32."""
    rows: Floats = np.eye(classes, dtype=np.float32)[labels]
    return rows
