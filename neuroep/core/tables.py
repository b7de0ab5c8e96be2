"""The flat description of a network that every kernel reads.

One compiled function serves all networks: a network is rows of integers (what is wired to what,
where it lies in the flat buffers) and rows of constants, never a function of its own.

The state of a batch is one flat buffer per quantity. Layer k of a batch of B examples occupies
``[B * offset_k, B * (offset_k + size_k))`` as a contiguous (B, size_k) block, so that it goes into
a matrix product without a copy.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Floats = NDArray[Any]
"""float32 or float64, as the caller chose."""

# Columns of Wiring.layers.
KIND = 0  # POINTWISE or ATTENTION
OFFSET = 1  # first unit of the layer in the network's order of units
SIZE = 2  # units
TOKENS = 3  # rows of the layer: queries of an attention layer, 1 for plain neurons
WIDTH = 4  # units a row
STORED = 5  # index of the clamped input that holds the stored patterns; -1: none
LENGTHS = 6  # index of the clamped input whose length masks this layer's rows; -1: no mask
ACTIVITY = 7  # addresses of the neuron type's scalar functions
SLOPE = 8
LAGRANGIAN = 9
CONSTANTS = 10  # where its constants begin in the flat ones
STRIDE = 11  # from one unit's constants to the next unit's; 0: one set serves all units
DRAWN = 12  # 1: constants tell how each unit of a drawn chip differs; otherwise all are alike
RAILS = 13  # where the two constants stand that its gain times a potential is clipped to; -1: none
LAYER_COLUMNS = 14

POINTWISE = 0
ATTENTION = 1

# Columns of Wiring.couplings: Phi += sum over rows t of s_to[t] . (s_from[t] W).
FROM = 0
TO = 1
ROWS = 2  # rows that share W: 1 for a dense coupling, the tokens for a shared projection
N_FROM = 3
N_TO = 4
WEIGHT = 5  # offset of W (n_from, n_to) in the flat weights
BACK = 6  # offset of the weights of the way back: W itself, unless it has weights of its own
TRANSPOSED = 7  # offset of their transpose in what spikes going backwards read
COUPLING_COLUMNS = 8

# Entries of Wiring.cost.
COST_KIND = 0
COST_LAYER = 1
CLASSES = 2
READOUT_WEIGHT = 3
READOUT_BIAS = 4
COST_ENTRIES = 5

NO_COST = 0
SQUARED_ERROR = 1
CROSS_ENTROPY = 2

# Outcomes of a settle, per example.
CONVERGED = 0
STEP_LIMIT = 1
DIVERGED = 2
CYCLES = 3


class Wiring(NamedTuple):
    """What is wired to what.

    ``layers`` (n, LAYER_COLUMNS) int64; ``constants`` flat float64, layer by layer: a neuron
    type's constants and rails, or one set a unit, or the inverse temperature of attention;
    ``couplings`` (m, COUPLING_COLUMNS) int64; ``cost`` (COST_ENTRIES,) int64; ``order``,
    ``class_starts``: the colour classes, layer indices class by class.
    """

    layers: Ints
    constants: Reals
    couplings: Ints
    cost: Ints
    order: Ints
    class_starts: Ints


class Inputs(NamedTuple):
    """What is clamped during a settle, for some drive rows.

    ``current`` flat like a state of ``examples``: what flows into each unit whatever the
    network does (biases, projections of clamped inputs); ``patterns`` flat, all stored patterns
    row by row; ``start``, ``length`` (inputs, examples) int64: where the patterns of a row begin
    and how many there are; ``row`` (B,) int64: the drive row of each settled example, so that the
    nudged phases of one example share it.
    """

    current: Floats
    patterns: Floats
    start: Ints
    length: Ints
    row: Ints
    examples: int


class Nudge(NamedTuple):
    """The nudge: ``beta`` (B,) float64, ``target`` (examples, n) and the cost's curvature bound.

    The curvature is that of C in the nudged layer's activities: 1 for the squared error; half the
    largest eigenvalue of W W^T for cross-entropy behind weights W (the Hessian of log-sum-exp is
    at most I/2).
    """

    beta: Reals
    target: Floats
    curvature: float


class State(NamedTuple):
    """Flat ``potential`` v and ``activity`` s = sigma(v), and ``lagrangian`` (layers, B) F(v)."""

    potential: Floats
    activity: Floats
    lagrangian: Reals


class Problem(NamedTuple):
    """One settle: ``batch`` examples, with what drives them and where they stand."""

    wiring: Wiring
    weights: Floats
    inputs: Inputs
    nudge: Nudge
    state: State
    batch: int


class Outcome(NamedTuple):
    """How each of B examples settled.

    ``status``; ``steps``: the first after which the example itself moved no further than the
    tolerance; ``residual``: its largest last change of an activity; ``before``, ``after``: its
    energy.
    """

    status: Ints
    steps: Ints
    residual: Reals
    before: Reals
    after: Reals
