"""The Large Movie Review Dataset (aclImdb), streamed from its archive however that is packed."""

from collections.abc import Iterator
from pathlib import Path

from neuroep.errors import InputError
from neuroep.tables.archives import Member, members, shown
from neuroep.tables.records import ENDINGS
from neuroep.tables.split import Split
from neuroep.tables.unpacking import damage
from neuroep.text.class_folders import Measured, is_text
from neuroep.text.reviews.source import SENTIMENTS, Review, decode_review, take_balanced

LABELS = {"neg": 0, "pos": 1}
SPLITS: tuple[Split, ...] = ("train", "test")


class ArchiveReviews:
    """Reviews of the official ``.tar.gz``, or of any tar or ``.zip`` of the same folders.

    The folders may stand below others. In archive order, one in memory at a time.
    """

    labels = SENTIMENTS
    splits = SPLITS
    note = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Review]:
        """Reviews of one split; see :class:`neuroep.text.reviews.source.TextSource`."""
        return take_balanced(self._all(split), limit)

    def _all(self, split: Split) -> Iterator[Review]:
        seen: set[tuple[str, str]] = set()
        above: tuple[str, ...] | None = None
        measured = Measured()
        for member in members(self.path):
            if (place := _place(member)) is None:
                continue
            where = f"{self.path}: {shown(member.name)}"
            above = member.parts[:-3] if above is None else above
            if member.parts[:-3] != above:
                first = "/".join(above) or "."
                raise InputError(f"{where}: reviews here as well, beside those in {shown(first)}")
            seen.add(place)
            if place[0] == split:
                measured.add(member.size, where)
                yield _review(member, LABELS[place[1]], where)
        for part in SPLITS:
            for folder in LABELS:
                if (part, folder) not in seen:
                    raise InputError(f"{self.path}: no reviews in {part}/{folder}")


def _place(member: Member) -> tuple[str, str] | None:
    """Split and class of a review; None for whatever else there is in an archive."""
    parts = member.parts
    if len(parts) < 3 or parts[-3] not in SPLITS or parts[-2] not in LABELS:
        return None
    # What is hidden or climbs out is passed by, a link called as a review is not.
    if not is_text(parts[-1]) or not member._replace(kind="file").plain:
        return None
    return parts[-3], parts[-2]


def _review(member: Member, label: int, where: str) -> Review:
    if member.kind != "file":
        raise InputError(f"{where}: not a regular file")
    with damage(where), member.open() as file:
        return decode_review(file.read(), label, where)


def holds_reviews(path: Path) -> bool:
    """Whether an archive has reviews in the folders of IMDB's, before any file of records."""
    for member in members(path):
        if _place(member):
            return True
        if member.plain and f".{member.parts[-1].lower().rpartition('.')[2]}" in ENDINGS - {".txt"}:
            return False
    return False
