"""Random networks: any graph, any neurons, up to two attention layers, sequences of any lengths."""

import numpy as np

from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh
from reference.problems import WORDS, Problem, sequences

SMOOTH: tuple[type[Neurons], ...] = (Sigmoid, Tanh, Linear)
EVERY: tuple[type[Neurons], ...] = (*SMOOTH, HardSigmoid)
REACH = 0.9
CAP = 4


def random_problem(seed: int, neurons: tuple[type[Neurons], ...] = EVERY) -> Problem:
    """Return the network of a seed: its fixed point is unique, so that all solvers must agree."""
    rng = np.random.default_rng(seed)
    net = Network()
    position = "sinusoidal" if rng.random() < 0.5 else "none"
    words = Clamped(int(rng.integers(2, 5)), CAP, vocabulary=WORDS, position=position)
    words = net.add(words, "words")
    x = net.add(Clamped(int(rng.integers(1, 5))), "x")
    attention = []
    for i in range(rng.integers(0, 3)):
        if rng.random() < 0.5:
            queries = int(rng.integers(1, 4))
            attention.append(net.add(PooledAttention(words, queries=queries), f"heads{i}"))
        else:
            attention.append(net.add(TokenAttention(words), f"tokens{i}"))
            net.connect(words, attention[-1], shared=True)
    plain = []
    for i in range(rng.integers(1, 5)):
        kind = neurons[rng.integers(len(neurons))]
        layer = kind(int(rng.integers(1, 6)), bias=float(rng.uniform(-0.5, 1)))
        plain.append(net.add(layer, f"neurons{i}"))
    if len({net.shape(a)[0] for a in attention}) == 1 and len(attention) == 2:
        net.connect(*attention, shared=True)
    layers = [words, x, *attention, *plain]
    for i, a in enumerate(layers):
        for b in layers[i + 1 :]:
            if b in plain and rng.random() < 0.6:
                net.connect(a, b)
    net.set_cost(CrossEntropy(plain[-1], 2) if rng.random() < 0.5 else SquaredError(plain[-1]))
    net.initialise(int(rng.integers(100)), np.float64)
    contract(net)
    lengths = rng.integers(0, CAP + 1, rng.integers(1, 5))
    inputs = {"words": sequences(rng, lengths), "x": rng.normal(0, 1, (len(lengths), x.dim))}
    target = rng.random((len(lengths), net.outputs))
    return Problem(net, inputs, target / target.sum(axis=1, keepdims=True))


def contract(net: Network) -> None:
    """Scale patterns and couplings so that what a unit is sent stays below ``REACH``."""
    table = net.parameters["words.patterns"]
    table *= 0.6 / max(1.0, np.abs(table).max())
    for c in net.couplings:
        if c.source in net.settling:
            w = net.parameters[c.name]
            largest = max(np.abs(w).sum(axis=0).max(), np.abs(w).sum(axis=1).max())
            w *= REACH / len(net.settling) / largest
