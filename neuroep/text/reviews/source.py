"""Labelled reviews as streams: the built-in ones, the IMDB archive, an unpacked folder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from neuroep.errors import InputError

Split = Literal["train", "test"]

# The longest review of the IMDB archive has 14 kB; anything near this is no review.
MAX_REVIEW_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Review:
    """One text and its label: 1 positive, 0 negative."""

    label: int
    text: str


class ReviewSource(Protocol):
    """Anything that can be read as often as needed, one review after another."""

    @property
    def name(self) -> str:
        """Short name for tables and run files."""
        ...

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Review]:
        """Reviews of a split in a fixed order (often sorted by label: shuffle before training).

        ``limit`` keeps the first ``limit`` reviews, half of them of each label.
        """
        ...


def open_reviews(path: str | Path | None) -> ReviewSource:
    """Open labelled reviews with a train and a test split.

    Parameters
    ----------
    path : path or None
        The IMDB archive (``.tar.gz``, read without unpacking), a folder that it was unpacked to
        (with or without ``aclImdb/`` on top), or None for the built-in generated reviews.

    Raises
    ------
    InputError
        The path does not exist, or, while streaming, something in it is not as it should be.
    """
    if path is None:
        from neuroep.text.reviews.generator import GeneratedReviews

        return GeneratedReviews()
    from neuroep.text.reviews.imdb import ArchiveReviews, FolderReviews

    path = Path(path)
    if path.is_dir():
        return FolderReviews(path)
    if path.is_file():
        return ArchiveReviews(path)
    raise InputError(f"{path}: no such file or folder")


def decode_review(data: bytes, label: int, where: str) -> Review:
    """A review from its bytes; empty or undecodable text is an InputError naming ``where``."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not UTF-8 text (byte {error.start})") from None
    if not text.strip():
        raise InputError(f"{where}: empty review")
    return Review(label, text)


def take_balanced(reviews: Iterable[Review], limit: int | None) -> Iterator[Review]:
    """First ``limit`` reviews, half of them of each label, stopping as soon as they are found."""
    if limit is None:
        yield from reviews
        return
    left = {0: limit // 2, 1: limit - limit // 2}
    if limit < 1:
        return
    for review in reviews:
        if left[review.label]:
            left[review.label] -= 1
            yield review
            if not any(left.values()):
                return
