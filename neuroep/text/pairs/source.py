"""Labelled sentence pairs as streams: what every source of pairs gives."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from neuroep.tables.split import Split
from neuroep.text.reviews.source import LabelledSource, take_shares

# Of SNLI, MultiNLI and the built-in pairs; other data have labels of their own.
LABELS = {"entailment": 0, "neutral": 1, "contradiction": 2}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences and what the first says of the second, an index of the source's labels."""

    label: int
    premise: str
    hypothesis: str


class PairSource(LabelledSource, Protocol):
    """Anything that can be read as often as needed, one pair after another.

    ``skipped``: for each split, how many pairs without a label its latest reading has passed by.
    """

    skipped: dict[Split, int]

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Pair]:
        """Pairs of a split in a fixed order (possibly with a pattern: shuffle before training).

        ``limit`` keeps the first ``limit`` pairs, as many of each label. Whatever is wrong in a
        pair is an InputError that names its file and place.
        """


def take_balanced(pairs: Iterable[Pair], limit: int | None, classes: int = 3) -> Iterator[Pair]:
    """First ``limit`` pairs, as many of each label; the first labels get one more."""
    if limit is None:
        yield from pairs
        return
    shares = [(max(limit, 0) + classes - 1 - k) // classes for k in range(classes)]
    yield from take_shares(pairs, shares)
