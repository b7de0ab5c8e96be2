"""What the first hidden nodes of a resistive network see of its inputs."""

import numpy as np

from neuroep.core.tables import Floats
from neuroep.network.resistive.network import ResistiveNetwork


def strongest_fields(network: ResistiveNetwork, count: int) -> tuple[Floats, Floats]:
    """Return what the nodes with the strongest synapses forward see, and which nodes these are.

    ``count`` of each half of the first hidden layer, those kept at v >= 0 and those at v <= 0;
    fewer where the halves are smaller. What they see (2, count, inputs) is the difference between
    the conductances of each input's two lines, S.
    """
    first, forward = network.conductances[:2]
    n, half = network.inputs, network.sizes[1] // 2
    strength = np.abs(forward[:, 0::2] - forward[:, 1::2]).sum(axis=1)
    nodes = np.stack(
        [begin + np.argsort(-strength[begin : begin + half])[:count] for begin in (0, half)]
    )
    fields: Floats = first[:n, nodes] - first[n : 2 * n, nodes]
    return np.moveaxis(fields, 0, -1), nodes
