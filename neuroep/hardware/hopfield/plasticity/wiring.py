"""Which synapses of a network learn, and between which lines they stand."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.plasticity.account import Synapse
from neuroep.network.hopfield.network import Network

ALWAYS = ""
"""In place of a layer: the line that always carries full activity, whose synapses are biases."""


class LearnedArray(NamedTuple):
    """Synapses of one parameter: its name, and the layers of its rows and its columns."""

    name: str
    source: str
    target: str


class Wiring:
    """The arrays of a network that learn: its couplings, then its biases, one row each.

    Attributes
    ----------
    arrays : tuple of LearnedArray
    sizes : dict of int
        Lines of each layer, and of ALWAYS.
    of_array : dict of slice
        Where the synapses of each array stand, row by row.
    count : int
        Of all synapses.
    """

    def __init__(self, network: Network) -> None:
        parameters = network.parameter_shapes()
        keys = {name: network.layers[name].constant for name in network.settling}
        self.arrays = (
            *(LearnedArray(c.name, c.source, c.target) for c in network.couplings),
            *(LearnedArray(key, ALWAYS, name) for name, key in keys.items() if key in parameters),
        )
        self.sizes = {ALWAYS: 1, **{name: network.size(name) for name in network.layers}}
        counts = [self.sizes[a.source] * self.sizes[a.target] for a in self.arrays]
        ends = np.cumsum([0, *counts])
        self.of_array = {
            a.name: slice(int(ends[k]), int(ends[k + 1])) for k, a in enumerate(self.arrays)
        }
        self.count = int(ends[-1])

    def ends_of(self, lines: Mapping[str, Reals]) -> tuple[Reals, Reals]:
        """Return what stands on the two lines (..., synapses) of every synapse.

        ``lines``: (..., n) of each layer.
        """
        pre: list[Reals] = []
        post: list[Reals] = []
        for array in self.arrays:
            a, b = lines[array.source], lines[array.target]
            shape = (*b.shape[:-1], a.shape[-1], b.shape[-1])
            for found, ends in ((pre, a[..., :, None]), (post, b[..., None, :])):
                found.append(np.broadcast_to(ends, shape).reshape(*shape[:-2], -1))
        return np.concatenate(pre, axis=-1), np.concatenate(post, axis=-1)

    def named(self, units: Mapping[str, list[str]]) -> tuple[Synapse, ...]:
        """Return all synapses in order; ``units``: the names of a layer's units."""
        return tuple(
            Synapse(array.name, i, j, pre, post)
            for array in self.arrays
            for i, pre in enumerate(units[array.source])
            for j, post in enumerate(units[array.target])
        )
