"""Two sequences that ask each other and themselves, in front of plain layers."""

from typing import Any

import numpy as np

from neuroep import Clamped, Network, Sequences, Sigmoid, Tanh, TokenAttention
from reference.problems import Problem, finish

FIRST, SECOND = (7, 2, 0, 4, 5), (3, 5, 4, 0, 1)
"""Lengths of the two sequences of five examples: one of each is empty."""


def crossed(cost: str, dtype: Any, gain: float = 0.4) -> Problem:
    """Two sequences that ask each other and themselves; two plain layers listen, one speaks."""
    net = Network()
    net.add(Clamped(4, 7), "first")
    net.add(Clamped(4, 5), "second")
    hidden = net.add(Sigmoid(6), "hidden")
    out = net.add(Tanh(3), "out")
    for asks, stored in (("first", "second"), ("second", "first"), ("first", "first")):
        name = f"{asks}_{stored}"
        heads = net.add(TokenAttention(stored, queries_from=asks, inverse_temperature=0.8), name)
        net.connect(asks, heads, shared=True)
        net.connect(heads, hidden, gain=gain)
        if asks == stored:
            net.connect(heads, out, gain=gain)
    net.connect(hidden, out, gain=gain)
    finish(net, out, cost, dtype)
    rng = np.random.default_rng(8)

    def values(lengths: tuple[int, ...]) -> Sequences:
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Sequences(rng.normal(0, 1, (offsets[-1], 4)), offsets)

    inputs = {"first": values(FIRST), "second": values(SECOND)}
    return Problem(net, inputs, np.eye(3)[[0, 1, 2, 0, 1]])
