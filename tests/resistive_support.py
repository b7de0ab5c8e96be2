"""Random deep resistive networks on the bench, for tests of their circuit."""

from typing import Any

import numpy as np

from neuroep.content import circuits_path
from neuroep.hardware.resistive.views import ResistiveBench, make_resistive_bench
from neuroep.network.resistive.drawn import DrawnNodes
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork

CELLS = {path.stem: path for path in (circuits_path() / "cells" / "ideal").glob("*.cir")}
BETA = 0.5
SEEDS = (1, 2, 3)
"""One hidden layer behind amplifiers, two of them with diodes on rails, one without amplifiers at a
high input gain."""


def random_network(seed: int, **changes: Any) -> ResistiveNetwork:
    """Return a random network whose nudge takes a tenth of what its outputs' synapses hold."""
    rng = np.random.default_rng(seed)
    hidden = {1: (8,), 2: (6, 4), 3: (10,)}[seed]
    values = {
        "input_gain": 12.0 if seed == 3 else 3.0,
        "output_gain": rng.uniform(0.3, 1.0),
        "amplification": 1.0 if seed == 3 else rng.uniform(2.0, 4.0),
        "conductance_range": (1e-6, 1e-4),
        "nudge_conductance": 1e-6,
        "diode": ExponentialDiode(
            10 ** rng.uniform(-14, -12), rng.uniform(1.0, 1.3), rail=0.3 if seed == 2 else 0.0
        ),
        "capacitance": rng.uniform(0.1e-12, 2e-12),
    }
    network = ResistiveNetwork(int(rng.integers(4, 9)), hidden, 2, **values | changes)
    network.initialise(seed, 3e-5)
    if "nudge_conductance" not in changes:
        network.nudge_conductance = 0.2 * float(network.conductances[-1].sum(axis=0).min())
    return network


def draw(network: ResistiveNetwork, reciprocal: bool = False, spread: float = 0.05) -> None:
    """Let all nodes of a network differ; ``reciprocal``: amplifiers do as designed."""
    rng = np.random.default_rng(3)
    hidden, out = network.sizes[1:-1], network.sizes[-1]

    def factors(last: bool = False) -> tuple[np.ndarray, ...]:
        found = [np.exp(spread * rng.normal(size=size)) for size in (*hidden, out)]
        return (*found[:-1], found[-1] if last else np.ones(out))

    saturation, gain, back, capacitance = factors(), factors(), factors(), factors(last=True)
    if reciprocal:
        gain = back = tuple(np.ones(size) for size in (*hidden, out))
    network.drawn = DrawnNodes(saturation, gain, back, capacitance)


def random_bench(seed: int, **changes: Any) -> ResistiveBench:
    """Return a random network with a random input and target."""
    network = random_network(seed, **changes)
    rng = np.random.default_rng([seed, 1])
    x = rng.uniform(-1.0, 1.0, network.inputs)
    return make_resistive_bench(network, x, np.eye(network.outputs)[seed % 2], BETA)
