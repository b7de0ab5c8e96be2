"""What the first hidden nodes of a resistive network see of its inputs."""

import numpy as np

from neuroep.core.tables import Floats
from neuroep.network.resistive.network import ResistiveNetwork


def strongest_fields(network: ResistiveNetwork, count: int) -> tuple[Floats, Floats]:
    """Return what the nodes with the strongest synapses forward see, and which nodes these are.

    Parameters
    ----------
    network : ResistiveNetwork
    count : int
        Nodes of each half of the first hidden layer: those kept at v >= 0 and those at v <= 0.

    Returns
    -------
    fields : array (2, count, inputs)
        Difference between the conductances of each input's two lines, S; fewer nodes where the
        halves are smaller.
    nodes : int array (2, count)
    """
    first, forward = network.conductances[:2]
    n, half = network.inputs, network.sizes[1] // 2
    strength = np.abs(forward[:, 0::2] - forward[:, 1::2]).sum(axis=1)
    nodes = np.stack(
        [begin + np.argsort(-strength[begin : begin + half])[:count] for begin in (0, half)]
    )
    fields: Floats = first[:n, nodes] - first[n : 2 * n, nodes]
    return np.moveaxis(fields, 0, -1), nodes
