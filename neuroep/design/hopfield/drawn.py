"""Inputs drawn for a network that is looked at without data."""

from typing import cast

import numpy as np

from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.network import Network


def drawn_inputs(network: Network, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return what one example clamps, by layer: ids of a table (n,), or values (n, dim)."""
    inputs: dict[str, np.ndarray] = {}
    for name in network.clamped:
        layer = cast(Clamped, network.layers[name])
        if layer.vocabulary:
            inputs[name] = rng.permutation(np.arange(layer.tokens) % layer.vocabulary)
        elif layer.tokens == 1:  # activities, within the rails of their lines
            inputs[name] = rng.uniform(-1.0, 1.0, (1, layer.dim))
        else:
            scale = 1.0 / np.sqrt(layer.dim)
            inputs[name] = scale * rng.standard_normal((layer.tokens, layer.dim))
    return inputs
