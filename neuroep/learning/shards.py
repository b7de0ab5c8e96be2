"""A batch in shards: each settles by itself, and what they ask for is added in their order.

How a batch is cut follows from the design alone, and what is random about a shard from the seed,
the epoch, the step and the number of the shard. So whoever settles the shards, and in whatever
order they come back, the sum is the same to the last bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.learning.gradient import Gradient
from neuroep.learning.packed import Packed, weighted_sum
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.system import Settled, System
from neuroep.network.parameters import Parameters
from neuroep.settle import Record


@dataclass(frozen=True)
class Tally:
    """What the free phases of some examples came to, added up.

    ``right``: how many had the largest output at their class; ``cost``; ``steps``: of settling.
    """

    examples: int = 0
    right: float = 0.0
    cost: float = 0.0
    steps: float = 0.0

    @classmethod
    def of(cls, system: System, free: Settled, target: Floats) -> "Tally":
        """Count what a free phase came to."""
        scores = system.scores(free)[0]
        right = scores.argmax(axis=1) == target.argmax(axis=1)
        cost = system.cost(free, target)[0]
        return cls(len(target), float(right.sum()), float(cost.sum()), float(free.steps.sum()))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.examples + other.examples,
            self.right + other.right,
            self.cost + other.cost,
            self.steps + other.steps,
        )


@dataclass(frozen=True)
class Share:
    """What one shard of a batch asks for.

    ``residual``: the largest of all phases; ``seen``: what an observer's lens has read of them.
    """

    gradient: Packed
    residual: float
    tally: Tally
    seen: Any = None


@dataclass(frozen=True)
class Merged:
    """What a whole batch asks for: an :class:`Estimate` whose phases stayed where they settled."""

    gradient: Gradient
    residual: float
    seen: Any


class Lens(Protocol):
    """What an observer has read of the phases of a shard, wherever that settles.

    ``asked``: what the observer wants of a step, a plain value; ``first``: where a shard begins in
    its batch; ``count``: its examples.
    """

    def record(self, asked: Any, first: int, count: int) -> Record | None:
        """Return which of a shard's examples its settles have to record, if any."""

    def see(self, asked: Any, found: Estimate, first: int, count: int) -> Any:
        """Return what is wanted of a shard's phases, as plain arrays."""

    def join(self, seen: Sequence[Any], weights: Sequence[float]) -> Any:
        """Return what was seen of a batch; ``weights``: the shards' shares of it."""


class Crew(Protocol):
    """Whoever settles shards elsewhere."""

    def shares(self, step: int) -> Sequence[Share]:
        """Return what all shards of a step ask for, in their order."""


def cut(chosen: Ints, shards: int) -> list[tuple[int, Ints]]:
    """Return where each shard of a batch begins, and its examples; none of them is empty."""
    bounds = [len(chosen) * k // shards for k in range(shards + 1)]
    return [(first, chosen[first:last]) for first, last in pairwise(bounds) if last > first]


def shard_rng(seed: int, epoch: int, step: int, shard: int) -> np.random.Generator:
    """Return the source of all that is random about one shard."""
    return np.random.default_rng(np.random.SeedSequence([seed, epoch], spawn_key=(step, shard)))


def merge(shares: Sequence[Share], like: Parameters, lens: Lens | None) -> tuple[Merged, Tally]:
    """Return what all shards ask for together, the mean over their examples."""
    tally = sum((share.tally for share in shares), Tally())
    weights = [share.tally.examples / tally.examples for share in shares]
    gradient = weighted_sum([share.gradient for share in shares], weights, like)
    # Of numbers one of which is none, Python's max returns what stands first.
    residual = float(np.max([share.residual for share in shares]))
    looked = lens is not None and shares[0].seen is not None
    seen = lens.join([share.seen for share in shares], weights) if lens and looked else None
    return Merged(gradient, residual, seen), tally
