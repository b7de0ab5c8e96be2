"""Small networks of every wiring, each with a batch of inputs and targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuroep.hardware.crossbar import Wires
from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.drive import Drive, make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh
from neuroep.network.inputs import Sequences
from neuroep.settle import Settled
from reference.exact import exact_gradient
from reference.example import Example

LENGTHS = (3, 6, 1, 4)
WORDS = 11


@dataclass
class Problem:
    network: Network
    inputs: dict[str, Any]
    target: np.ndarray
    wires: Wires | None = None

    @property
    def drive(self) -> Drive:
        return make_drive(self.network, self.inputs)

    @property
    def count(self) -> int:
        return len(self.target)

    @property
    def example(self) -> list[Example]:
        return [Example(self.network, self.inputs, e, self.target) for e in range(self.count)]

    def exact(self, free: Settled) -> dict[str, np.ndarray]:
        """Return the exact gradient of the mean cost at a free state."""
        total = {name: np.zeros_like(a) for name, a in self.network.parameters.items()}
        for e in self.example:
            v = e.read(free.drive.plan, free.state.potential)
            for name, slope in exact_gradient(e, v).items():
                total[name] += slope / self.count
        return total


def sequences(rng: np.random.Generator, lengths=LENGTHS, words: int = WORDS) -> Sequences:
    """Return ids of the given lengths."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Sequences(rng.integers(0, words, offsets[-1]), offsets)


def finish(net: Network, out: Neurons, cost: str, dtype: Any, noise: float = 0.1) -> Network:
    """Set the cost and draw parameters."""
    net.set_cost(SquaredError(out) if cost == "squared" else CrossEntropy(out, 3))
    net.initialise(1, dtype)
    net.parameters.flat[:] += np.random.default_rng(5).normal(0, noise, net.parameters.flat.size)
    return net


def with_words(
    wire: Callable[[Network, Clamped], Neurons], cost: str, dtype: Any, lengths=LENGTHS
) -> Problem:
    net = Network()
    layer = Clamped(5, max(lengths), vocabulary=WORDS, position="sinusoidal", position_scale=0.3)
    out = wire(net, net.add(layer, "words"))
    finish(net, out, cost, dtype)
    rng = np.random.default_rng(0)
    target = np.eye(3)[np.arange(len(lengths)) % 3]
    return Problem(net, {"words": sequences(rng, lengths)}, target)


def pooled(net: Network, words: Clamped) -> Neurons:
    """Pooled attention, a chain and a skip."""
    heads = net.add(PooledAttention(words, queries=2, inverse_temperature=0.7), "heads")
    hidden, out = net.add(Sigmoid(7), "hidden"), net.add(Tanh(3), "out")
    net.connect(heads, hidden, gain=0.7)
    net.connect(hidden, out, gain=0.7)
    net.connect(heads, out, gain=0.7)
    return out


def token(net: Network, words: Clamped) -> Neurons:
    """Token attention: the words ask themselves through a projection."""
    heads = net.add(TokenAttention(words, inverse_temperature=0.7), "heads")
    net.connect(words, heads, shared=True)
    hidden, out = net.add(Sigmoid(7), "hidden"), net.add(Tanh(3), "out")
    net.connect(heads, hidden, gain=0.5)
    net.connect(hidden, out)
    return out


def stacked(net: Network, words: Clamped) -> Neurons:
    """Two attention layers, the second asked by the first through a shared projection."""
    first = net.add(TokenAttention(words, inverse_temperature=0.7), "first")
    second = net.add(TokenAttention(words, inverse_temperature=0.5), "second")
    net.connect(words, first, shared=True)
    net.connect(first, second, shared=True, gain=0.5)
    out = net.add(Sigmoid(3), "out")
    net.connect(second, out, gain=0.5)
    return out


def triangle(net: Network, words: Clamped) -> Neurons:
    """Three mutually coupled layers above pooled attention: three colours."""
    heads = net.add(PooledAttention(words, queries=1), "heads")
    a, b = net.add(Tanh(4, gain=0.8), "a"), net.add(Sigmoid(5), "b")
    out = net.add(Linear(3, gain=0.5), "out")
    net.connect(heads, a)
    for x, y in ((a, b), (b, out), (a, out)):
        net.connect(x, y, gain=0.5)
    return out


def dense_words(net: Network, words: Clamped) -> Neurons:
    """A clamped sequence read by weights for every place, and by attention."""
    heads = net.add(PooledAttention(words, queries=1, inverse_temperature=0.7), "heads")
    hidden, out = net.add(Tanh(4, gain=0.8), "hidden"), net.add(Sigmoid(3), "out")
    net.connect(words, hidden, gain=0.5)
    net.connect(heads, hidden, gain=0.4)
    net.connect(hidden, out, gain=0.3)
    return out


def vector(cost: str, dtype: Any, hidden: type[Neurons] = Sigmoid) -> Problem:
    """A clamped vector, no attention: the classical chain."""
    net = Network()
    x = net.add(Clamped(6), "x")
    h, out = net.add(hidden(5), "hidden"), net.add(hidden(3), "out")
    net.connect(x, h)
    net.connect(h, out, gain=0.7)
    finish(net, out, cost, dtype)
    rng = np.random.default_rng(2)
    return Problem(net, {"x": rng.uniform(-1, 1, (4, 6))}, np.eye(3)[[0, 2, 1, 1]])


def two_inputs(cost: str, dtype: Any) -> Problem:
    """Two clamped sequences, one asking the other, and a clamped vector of values beside them."""
    net = Network()
    keys = net.add(Clamped(4, 5, vocabulary=WORDS), "keys")
    asks = net.add(Clamped(3, 6), "asks")
    x = net.add(Clamped(2), "x")
    heads = net.add(TokenAttention(keys, queries_from=asks), "heads")
    out = net.add(Tanh(3), "out")
    net.connect(asks, heads, shared=True)
    net.connect(heads, out, gain=0.5)
    net.connect(x, out)
    finish(net, out, cost, dtype)
    rng = np.random.default_rng(3)
    offsets = np.array([0, 2, 8, 9, 9])
    inputs = {
        "keys": sequences(rng, (5, 0, 2, 3)),
        "asks": Sequences(rng.normal(0, 1, (9, 3)), offsets),
        "x": rng.normal(0, 1, (4, 2)),
    }
    return Problem(net, inputs, np.eye(3)[[0, 2, 1, 1]])


WIRINGS: dict[str, Callable[[str, Any], Problem]] = {
    "pooled": lambda cost, dtype: with_words(pooled, cost, dtype),
    "token": lambda cost, dtype: with_words(token, cost, dtype),
    "stacked": lambda cost, dtype: with_words(stacked, cost, dtype),
    "triangle": lambda cost, dtype: with_words(triangle, cost, dtype),
    "dense_words": lambda cost, dtype: with_words(dense_words, cost, dtype),
    "vector": vector,
    "two_inputs": two_inputs,
}


def hard(cost: str, dtype: Any) -> Problem:
    """Hard sigmoids, some of them beyond the rails."""
    problem = vector(cost, dtype, hidden=HardSigmoid)
    problem.network.parameters["hidden.bias"][:] += [-2.0, 0.5, 0.4, 0.6, -0.9]
    problem.network.parameters["out.bias"][:] += 0.5
    return problem
