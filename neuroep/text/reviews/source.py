"""Labelled texts as streams: what every source of them gives."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from neuroep.errors import InputError
from neuroep.tables.lines import MAX_LINE
from neuroep.tables.split import Split

MAX_REVIEW_BYTES = MAX_LINE
SENTIMENTS: tuple[str, ...] = ("negative", "positive")


@dataclass(frozen=True, slots=True)
class Review:
    """One text and its label, an index of the source's ``labels``."""

    label: int
    text: str


class LabelledSource(Protocol):
    """What sources of texts and of pairs have in common.

    ``name``: for tables and run files, says "train subset" where it is one; ``labels``: names of
    the classes in label order; ``splits``: "train" and "test", and "validation" where the data have
    one; ``note``: how the splits were made, "" where they are the data's own.
    """

    name: str
    labels: tuple[str, ...]
    splits: tuple[Split, ...]
    note: str


class TextSource(LabelledSource, Protocol):
    """Anything that can be read as often as needed, one labelled text after another."""

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Review]:
        """Texts of a split in a fixed order (often sorted by label: shuffle before training).

        ``limit`` keeps the first ``limit`` texts, as many of each label. Whatever is wrong in a
        text is an InputError that names its file and place.
        """


def decode_review(data: bytes, label: int, where: str) -> Review:
    """A review from its bytes; empty or undecodable text is an InputError naming ``where``."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not UTF-8 text (byte {error.start})") from None
    if not text.strip():
        raise InputError(f"{where}: empty review")
    return Review(label, text)


class _HasLabel(Protocol):
    @property
    def label(self) -> int: ...


Item = TypeVar("Item", bound=_HasLabel)


def take_shares(items: Iterable[Item], shares: Sequence[int]) -> Iterator[Item]:
    """First items of each label, ``shares[label]`` of them, stopping as soon as they are found."""
    left = list(shares)
    if not any(left):
        return
    for item in items:
        if left[item.label]:
            left[item.label] -= 1
            yield item
            if not any(left):
                return


def take_balanced(reviews: Iterable[Item], limit: int | None, classes: int = 2) -> Iterator[Item]:
    """First ``limit`` texts, as many of each label; the last labels get one more."""
    if limit is None:
        yield from reviews
        return
    yield from take_shares(reviews, [(max(limit, 0) + k) // classes for k in range(classes)])
