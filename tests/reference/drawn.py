"""Networks whose units differ as those of a fabricated chip, and what these units do, slowly."""

import numpy as np

from neuroep.network.hopfield.drawn import DrawnUnits
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Neurons, Sigmoid, Tanh
from reference.problems import Problem


def draw(network: Network, seed: int = 3, reciprocal: bool = True, spread: float = 0.2) -> None:
    """Let all units of a network differ; with an energy, or without."""
    rng = np.random.default_rng(seed)

    def factors(*shape: int) -> np.ndarray:
        return rng.uniform(1 - spread, 1 + spread, shape)

    units = {}
    for name in network.settling:
        layer, n = network.layers[name], network.size(name)
        rows, tokens = 0, 0
        if layer.stored:
            rows, tokens = network.shape(name)[0], network.layers[layer.stored].tokens
        alike = layer.stored and reciprocal

        def own(n: int = n, alike: bool = bool(alike)) -> np.ndarray:
            return np.repeat(factors(1), n) if alike else factors(n)

        units[name] = DrawnUnits(
            gain=own(),
            offset=rng.normal(0, spread, n),
            saturation=factors(n),
            leak=own(),
            capacitance=factors(n),
            line=own(),
            tail=factors(rows),
            score=rng.normal(0, spread, (rows, tokens)),
        )
    back = {}
    if not reciprocal:
        for c in network.couplings:
            if network.layers[c.source].settles:
                back[c.name] = factors(*network.parameter_shapes()[c.name])
    network.draw(units, back)


def drawn(problem: Problem, **options) -> Problem:
    """Return the same problem on a drawn chip."""
    draw(problem.network, **options)
    return problem


def neuron(layer: Neurons, units: DrawnUnits, v: np.ndarray) -> np.ndarray:
    """Return the activity of a layer of neurons at potentials (..., n), as its cells are read."""
    x = v / units.leak + units.offset
    slope = layer.gain * units.gain
    if isinstance(layer, HardSigmoid):
        return units.line * np.clip(slope * x, 0.0, units.saturation)
    if isinstance(layer, Sigmoid):
        return units.line * units.saturation / (1.0 + np.exp(-4.0 * slope * (x - 0.5)))
    if isinstance(layer, Tanh):
        return units.line * units.saturation * np.tanh(slope * x)
    return units.line * slope * x


def attention(
    c: float, units: DrawnUnits, v: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (rows, patterns) and reading of rows in use (rows, width)."""
    rows, width = v.shape
    part = [
        a.reshape(-1, width)[:rows] for a in (units.leak, units.offset, units.gain * units.line)
    ]
    scores = c * (v / part[0] + part[1]) @ x.T + units.score[:rows, : len(x)]
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p *= units.tail[:rows, None] / p.sum(axis=1, keepdims=True)
    return p, part[2] * (p @ x)
