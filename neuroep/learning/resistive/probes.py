"""What stands at every conductance of a resistive network: its voltage drop, squared."""

from collections.abc import Callable

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.probe import Block, Meter, Probe, Watched, WatchedLayer
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled


def watch(network: ResistiveNetwork) -> Watched:
    """Return everything that can be watched of a network: conductances, drops, node voltages."""

    def volts(layer: int) -> Callable[[ResistiveSettled], Floats]:
        return lambda settled: settled.layer(layer)

    meaning = "voltage of the node"
    return Watched(
        network.parameters,
        {name: probe(network, name) for name in network.parameters},
        {
            str(k): WatchedLayer(size, "node", {"voltage": Meter("V", meaning, volts(k))})
            for k, size in enumerate(network.sizes)
            if k > 0
        },
        Meter("W", "co-content, that of the nudge included", lambda settled: settled.energy),
        Meter(
            "V", "largest change of a voltage in the last step", lambda settled: settled.residual
        ),
    )


def probe(network: ResistiveNetwork, name: str) -> Probe:
    """Return the probe of the conductances between two layers; a ValueError without these."""
    shapes = network.parameters.shapes
    if name not in shapes:
        raise ValueError(f"{name!r}: no such array; known are {', '.join(shapes)}")
    layer = list(shapes).index(name)
    gain = np.broadcast_to(network.gain_of(layer), network.sizes[layer])

    def read(settled: ResistiveSettled, phase: int, block: Block) -> Floats:
        pre, post = block
        if settled.drive.arrays:
            driven = gain * settled.layer(layer)[phase]
            shares = np.full(len(driven), 1.0 / len(driven))
            ports = driven, settled.layer(layer + 1)[phase]
            return settled.drive.arrays[layer].products(ports, shares)[pre][:, post]
        before = gain[pre] * settled.layer(layer)[phase][:, pre].astype(float)
        after = settled.layer(layer + 1)[phase][:, post].astype(float)
        # The mean of (a - b)^2 from three products: one drop a synapse and example is too large.
        count = len(before)
        squares = np.square(before).mean(axis=0)[:, None] + np.square(after).mean(axis=0)
        drops: Floats = squares - 2.0 * (before.T @ after) / count
        return np.maximum(drops, 0.0)

    return Probe(
        shapes[name],
        ("pre", "post"),
        "S",
        "conductance",
        "V^2",
        "squared voltage drop across the synapse",
        read,
    )
