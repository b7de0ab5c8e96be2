"""A part of a resistive network that SPICE can carry: some inputs, the first nodes, all outputs.

The inputs that are kept are the largest: the first pixels of an image are mostly empty.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from neuroep.core.tables import Ints, Reals
from neuroep.network.resistive.network import ResistiveNetwork


@dataclass(frozen=True)
class Extent:
    """The largest sizes that a part keeps: inputs before doubling, nodes of each hidden layer."""

    inputs: int = 24
    nodes: int = 16


def conductance_count(network: ResistiveNetwork) -> int:
    """Return how many conductances a chip of this network has."""
    return int(network.parameters.flat.size)


def slice_network(
    network: ResistiveNetwork, x: Reals, extent: Extent
) -> tuple[ResistiveNetwork, Reals]:
    """Cut a network and one input x (inputs,) down to a few units of each layer.

    Every input keeps its inverse, the pair of constants stays, and a hidden layer keeps as many
    nodes of either polarity. The part has the conductances between what is kept, in float64; what
    was cut away loads no node any more. The nudge's conductance shrinks as the last hidden layer
    does: a nudge that the whole layer holds would take more than what is left of it brings back.
    """
    largest = np.sort(np.argsort(-np.abs(x), kind="stable")[: extent.inputs])
    constants = 2 * network.inputs + np.arange(2)
    kept: list[Ints] = [np.concatenate([largest, network.inputs + largest, constants])]
    for size in network.hidden:
        first = np.arange(min(size, extent.nodes) // 2)
        kept.append(np.concatenate([first, size // 2 + first]))
    kept.append(np.arange(network.sizes[-1]))
    part = replace(
        network,
        inputs=len(largest),
        hidden=tuple(len(nodes) for nodes in kept[1:-1]),
        nudge_conductance=network.nudge_conductance * len(kept[-2]) / network.hidden[-1],
        dtype=np.float64,
        drawn=network.drawn and network.drawn.cut(kept[1:]),
    )
    whole = network.conductances
    for own, g, (behind, ahead) in zip(part.conductances, whole, pairwise(kept), strict=True):
        own[:] = g[np.ix_(behind, ahead)]
    return part, x[largest]
