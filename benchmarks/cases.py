"""What is measured: two networks, synthetic reviews, and the neuroep network of each case."""

from dataclasses import dataclass

import numpy as np

from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.network.inputs import Sequences


@dataclass(frozen=True)
class Case:
    """One network and the data it sees.

    ``tokens`` is the cap on a review's length. ``projected``: token attention (queries by a
    projection shared by all tokens) instead of pooled attention (learned queries). ``readout``:
    cross-entropy behind the hidden layer, as in the shipped design, instead of the squared error on
    an output layer that settles, as published.
    """

    name: str
    projected: bool
    readout: bool
    vocabulary: int
    dim: int
    tokens: int
    queries: int = 4
    hidden: int = 64
    classes: int = 2
    inverse_temperature: float = 1.0
    batch: int = 64
    beta: float = 0.5


POOLED = Case(
    "pooled attention", projected=False, readout=True, vocabulary=20_000, dim=100, tokens=600
)
TOKEN = Case(
    "token attention", projected=True, readout=False, vocabulary=20_000, dim=64, tokens=100
)
CASES = (POOLED, TOKEN)

# Lengths of reviews in the manner of IMDB's: log-normal, median 175 words, mean 230.
MEDIAN_LENGTH = 175
MEAN_LENGTH = 230
CUES = 200  # words that tell the class, from the frequent end of the vocabulary
CUE_SHARE = 0.1
CUE_PURITY = 0.3


def reviews(case: Case, count: int, seed: int) -> tuple[Sequences, np.ndarray]:
    """Return synthetic reviews as packed ids, and their classes one-hot (count, classes) float32.

    Word frequencies follow Zipf's law, and a tenth of the words lean towards a class, so that
    training has something to find and the weights grow as they do on text.
    """
    rng = np.random.default_rng([seed, case.tokens])
    spread = np.sqrt(2 * np.log(MEAN_LENGTH / MEDIAN_LENGTH))
    lengths = np.exp(rng.normal(np.log(MEDIAN_LENGTH), spread, count)).astype(np.int64)
    lengths = lengths.clip(10, case.tokens)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    frequency = 1.0 / np.arange(1, case.vocabulary + 1)
    ids = rng.choice(case.vocabulary, offsets[-1], p=frequency / frequency.sum())
    label = rng.integers(0, case.classes, count)
    per_class = CUES // case.classes
    own = np.where(
        rng.random(ids.size) < CUE_PURITY,
        np.repeat(label, lengths),
        rng.integers(0, case.classes, ids.size),
    )
    cue = 100 + own * per_class + rng.integers(0, per_class, ids.size)
    ids = np.where(rng.random(ids.size) < CUE_SHARE, cue, ids)
    return Sequences(ids, offsets), np.eye(case.classes, dtype=np.float32)[label]


def build(case: Case, seed: int = 0) -> Network:
    """Return the network of a case with its initial parameters, float32."""
    net = Network()
    words = net.add(Clamped(case.dim, case.tokens, vocabulary=case.vocabulary), "words")
    c = case.inverse_temperature
    heads: PooledAttention | TokenAttention
    if case.projected:
        heads = net.add(TokenAttention(words, inverse_temperature=c), "heads")
        net.connect(words, heads, shared=True)
    else:
        heads = net.add(
            PooledAttention(words, queries=case.queries, inverse_temperature=c), "heads"
        )
    hidden = net.add(HardSigmoid(case.hidden, bias=0.5), "hidden")
    net.connect(heads, hidden)
    if case.readout:
        net.set_cost(CrossEntropy(hidden, case.classes))
    else:
        out = net.add(HardSigmoid(case.classes, bias=0.5), "out")
        net.connect(hidden, out, gain=0.3)  # at 1, feedback latches the outputs at a rail
        net.set_cost(SquaredError(out))
    net.initialise(seed)
    return net
