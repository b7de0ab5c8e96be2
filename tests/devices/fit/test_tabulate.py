"""Tables of measured steps: their courses are those of the law that a card makes of them."""

import numpy as np
import pytest

from neuroep.devices.fit.ramps import Ramps
from neuroep.devices.fit.tabulate import NODES, QUANTILES, Table
from neuroep.devices.laws.tabulated import Tabulated


def test_a_mean_course_is_that_of_the_law_whatever_its_rarest_steps() -> None:
    steps = np.full((QUANTILES, NODES), 0.01)
    steps[-1] = 0.3  # the largest of many, one row of all
    mean = Tabulated.of(steps, steps).at_centre(True)
    table = Table(np.linspace(-1.0, 1.0, NODES), steps, steps)
    for sign in (1.0, -1.0):
        ramps = Ramps(tuple(sign * (mean * np.arange(50) - 0.9) for _ in range(2)), sign > 0)
        assert table.error(ramps) == pytest.approx(0.0, abs=1e-12)
