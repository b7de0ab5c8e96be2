"""Labelled sentence pairs as streams: what every source of pairs gives."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

PairSplit = Literal["train", "validation", "test"]

LABELS = {"entailment": 0, "neutral": 1, "contradiction": 2}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences and what the first says of the second; ``label`` is one of ``LABELS``."""

    label: int
    premise: str
    hypothesis: str


class PairSource(Protocol):
    """Anything that can be read as often as needed, one pair after another.

    Attributes
    ----------
    skipped : dict
        For each split, how many pairs without a label its latest reading has passed by.
    """

    skipped: dict[PairSplit, int]

    @property
    def name(self) -> str:
        """Short name for tables and run files; says "train subset" where it is one."""
        ...

    def stream(self, split: PairSplit, limit: int | None = None) -> Iterator[Pair]:
        """Pairs of a split in a fixed order (possibly with a pattern: shuffle before training).

        ``limit`` keeps the first ``limit`` pairs, a third of them of each label.
        """
        ...


def take_balanced(pairs: Iterable[Pair], limit: int | None) -> Iterator[Pair]:
    """First ``limit`` pairs, a third of them of each label, stopping as soon as they are found."""
    if limit is None:
        yield from pairs
        return
    kinds = len(LABELS)
    left = [(limit + kinds - 1 - label) // kinds for label in range(kinds)]
    if limit < 1:
        return
    for pair in pairs:
        if left[pair.label]:
            left[pair.label] -= 1
            yield pair
            if not any(left):
                return
