"""Small random designs as circuits, with every kind of layer, coupling and cost."""

import numpy as np

from neuroep.content import circuits_path
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.one_example import one_example
from neuroep.hardware.hopfield.pairs import with_wires
from neuroep.hardware.hopfield.views import Bench
from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh
from neuroep.network.inputs import Sequences

CELLS = {path.stem: path for path in (circuits_path() / "cells" / "ideal").glob("*.cir")}
BETA = 0.5


def random_bench(kind: str, seed: int) -> Bench:
    """Return one example on a random design: "pooled", "token" or "plain"."""
    rng = np.random.default_rng(seed)
    network = Network()
    tokens, dim = int(rng.integers(4, 7)), int(rng.integers(2, 5))
    inputs: dict[str, object] = {}
    below: list[str] = []
    if kind != "plain":
        words = network.add(
            Clamped(dim, tokens, position="sinusoidal", position_scale=0.3), name="Words"
        )
        # The example that is settled is the shorter one: its padding is not there.
        short = int(rng.integers(2, tokens))
        rows = rng.standard_normal((tokens + short, dim))
        inputs["Words"] = Sequences(rows, np.array([0, tokens, tokens + short]))
        sharpness = float(rng.uniform(0.3, 2.0))
        if kind == "pooled":
            network.add(PooledAttention(words, queries=2, inverse_temperature=sharpness), "heads")
            below.append("heads")
        else:
            network.add(TokenAttention(words, inverse_temperature=sharpness), "first")
            network.add(TokenAttention(words, inverse_temperature=0.5), "second")
            network.connect("Words", "first", shared=True)
            network.connect("first", "second", shared=True, gain=0.7)
            below += ["first", "second"]
    if kind != "token":
        network.add(Clamped(3), name="values")
        inputs["values"] = rng.uniform(-1, 1, (2, 3))
        below.append("values")
    types: list[type[Neurons]] = [HardSigmoid, Sigmoid, Tanh, Linear]
    for k, which in enumerate(rng.permutation(4)[:3]):
        name = f"layer_{k}"
        gain = float(rng.uniform(0.3, 0.6))
        network.add(types[which](int(rng.integers(2, 5)), gain=gain, bias=0.1), name)
        for other in below[-2:]:
            network.connect(other, name, gain=0.7)
        below.append(name)
    outputs = network.size(below[-1])
    if kind == "token":
        network.set_cost(CrossEntropy(below[-1], 3))
        target = np.eye(3)[int(rng.integers(3))]
    else:
        network.set_cost(SquaredError(below[-1]))
        target = rng.uniform(0, 1, outputs)
    network.initialise(seed, np.float64)
    # Rails that no membrane of these designs meets.
    chip = Chip(
        supply=5.0,
        capacitances={below[-1]: 2e-12},
        temperature=float(rng.uniform(270, 340)),
    )
    drive = one_example(make_drive(network, inputs), 1)
    return Bench(Circuit(network, chip), drive, target[None], BETA)


def two_sequences(lengths: tuple[int, int], chip: Chip) -> Bench:
    """Return two sequences of so many words that ask for the words of the first, row by row."""
    network, rng, inputs = Network(), np.random.default_rng(0), {}
    for name, length in zip(("words", "others"), lengths, strict=True):
        network.add(Clamped(3, 6), name=name)
        rows = 0.5 * rng.standard_normal((length, 3))
        inputs[name] = Sequences(rows, np.array([0, length]))
    network.add(TokenAttention("words", inverse_temperature=0.8), "first")
    network.add(TokenAttention("words", queries_from="others"), "second")
    for pair in (("words", "first"), ("words", "second"), ("first", "second")):
        network.connect(*pair, shared=True)
    network.add(Tanh(3, gain=0.5, bias=0.1), "out")
    network.connect("second", "out", gain=0.7)
    network.set_cost(SquaredError("out"))
    network.initialise(1, np.float64)
    circuit = Circuit(with_wires(network, chip), chip)
    return Bench(circuit, make_drive(network, inputs), rng.uniform(-1, 1, (1, 3)), BETA)
