"""Steps as they were measured: their distribution in each part of the range."""

from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.devices.fit.ramps import Ramps

NODES = 17
"""Conductances of a table; the range has as many parts."""

QUANTILES = 33
"""Rows of a table: equally spaced probabilities."""

FEWEST = 8
"""Steps that a part of the range must have seen to speak for itself."""


@dataclass(frozen=True)
class Table:
    """Changes by one pulse, up and down, positive where a device moves the way it is pulsed.

    Attributes
    ----------
    nodes : (nodes,)
        States, in half ranges.
    up, down : (quantiles, nodes)
        A row a probability, from 0 to 1, a column a state.
    """

    nodes: Reals
    up: Reals
    down: Reals

    def error(self, ramps: Ramps) -> float:
        """Return the rms error of the mean courses of ramps, as a share of the range."""
        rows = self.up if ramps.up else self.down
        mean = 0.5 * (rows[1:] + rows[:-1]).mean(axis=0)  # that of the law: straight between rows
        squares = []
        for reads in ramps.reads:
            state, course = float(reads[0]), np.empty(len(reads))
            for i in range(len(reads)):
                course[i] = state
                moved = state + ramps.sign * float(np.interp(state, self.nodes, mean))
                state = min(max(moved, -1.0), 1.0)
            squares.append(np.mean((course - reads) ** 2))
        return float(np.sqrt(np.mean(squares))) / 2.0


def tabulated(up: Ramps, down: Ramps) -> Table:
    """Return the distribution of the steps of ramps over the range.

    A part of the range that ramps hardly visited takes the steps of the nearest that they did. Read
    noise stands in the steps with twice its variance: where it matters, fit a law.
    """
    nodes = np.linspace(-1.0, 1.0, NODES)
    return Table(nodes, _quantiles(up, nodes), _quantiles(down, nodes))


def _quantiles(ramps: Ramps, nodes: Reals) -> Reals:
    states, steps = ramps.steps
    part = np.clip(np.rint((states + 1.0) * 0.5 * (len(nodes) - 1)), 0, len(nodes) - 1)
    spoken = [node for node in range(len(nodes)) if np.sum(part == node) >= FEWEST]
    if not spoken:
        spoken = [int(np.bincount(part.astype(int)).argmax())]
    probabilities = np.linspace(0.0, 1.0, QUANTILES)
    columns = []
    for node in range(len(nodes)):
        nearest = min(spoken, key=lambda other: abs(other - node))
        columns.append(np.quantile(steps[part == nearest], probabilities))
    return np.array(columns).T
