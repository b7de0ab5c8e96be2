"""Weights that every word shares: the blocks of a dense coupling, one a row, learn as one.

A dense coupling behind an attention layer has a block of weights for each of its rows. Programmed
with the same pulses, these blocks stay alike, so that what is learned about a word holds wherever
in the sentence it stands, and the neurons behind them see a sum over the words.
"""

from collections.abc import Mapping

import numpy as np

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.learning.hopfield.slopes import FACTORED
from neuroep.learning.updates.gradient_descent import Update
from neuroep.network.hopfield.network import Network
from neuroep.network.parameters import Parameters


def tied_rows(network: Network, names: Mapping[str, float], path: str) -> dict[str, int]:
    """Return the number of blocks of each coupling that shall be tied.

    Raises
    ------
    InputError
        There is no such dense coupling of a layer with rows, or it is too large.
    """
    couplings = {c.name: c for c in network.couplings}
    rows = {}
    for name in names:
        coupling = couplings.get(name)
        blocks = network.shape(coupling.source)[0] if coupling and not coupling.shared else 1
        if blocks == 1:
            raise InputError(f"{path}: pairs.tied.{name}: no dense coupling of a layer with rows")
        if network.parameters[name].size >= FACTORED:
            raise InputError(f"{path}: pairs.tied.{name}: {FACTORED} weights or more")
        rows[name] = blocks
    return rows


def _blocks(matrix: Floats, rows: int) -> Floats:
    return matrix.reshape(rows, -1, matrix.shape[1])


def tie(parameters: Parameters, rows: Mapping[str, int], spread: Mapping[str, float]) -> None:
    """Start every block of a tied coupling as the first, scaled to a standard deviation."""
    for name, count in rows.items():
        blocks = _blocks(parameters[name], count)
        blocks[:] = blocks[0] * (spread[name] / blocks[0].std())


class TiedUpdate:
    """An update that gives all blocks of a coupling the mean of what each asks for.

    Parameters
    ----------
    update : Update
        What grants it.
    rows : dict of coupling to int
        Number of blocks.
    """

    def __init__(self, update: Update, rows: Mapping[str, int]) -> None:
        self.update = update
        self.rows = rows

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place."""
        for name, count in self.rows.items():
            blocks = _blocks(gradient[name], count)
            blocks[:] = blocks.mean(axis=0)
        self.update.apply(parameters, gradient, rates)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return self.update.to_arrays()

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""
        self.update.from_arrays(arrays)
