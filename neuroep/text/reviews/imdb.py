"""The Large Movie Review Dataset (aclImdb), streamed from its archive."""

import gzip
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from neuroep.errors import InputError
from neuroep.tables.files import DataFile
from neuroep.tables.split import Split
from neuroep.text.class_folders import check_size, is_text
from neuroep.text.reviews.source import SENTIMENTS, Review, decode_review, take_balanced

LABELS = {"neg": 0, "pos": 1}
# Only these members are ever read; `unsup`, feature files and names that climb out are passed by.
_MEMBER = re.compile(r"(?:\./)?(?:(?!\.)[^/]+/){0,3}(train|test)/(pos|neg)/([^/]+)")


class ArchiveReviews:
    """Reviews of the official ``.tar.gz`` (or ``.tar``, which some browsers make of it).

    In archive order, one in memory at a time.
    """

    labels = SENTIMENTS
    splits: tuple[Split, ...] = ("train", "test")
    note = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Review]:
        """Reviews of one split; see :class:`neuroep.text.reviews.source.TextSource`."""
        return take_balanced(self._all(split), limit)

    def _all(self, split: Split) -> Iterator[Review]:
        seen: set[tuple[str, str]] = set()
        try:
            # tarfile's own "r|gz" does not verify the gzip checksum; DataFile's GzipFile does.
            with DataFile(self.path).open() as unzipped:
                with tarfile.open(fileobj=unzipped, mode="r|") as archive:
                    for member in archive:
                        archive.members = []  # type: ignore[attr-defined]  # do not collect them all
                        found = _MEMBER.fullmatch(member.name)
                        if found is None or member.isdir() or not is_text(found[3]):
                            continue
                        seen.add((found[1], found[2]))
                        if found[1] == split:
                            yield self._review(archive, member, found[2])
                while unzipped.read(1 << 16):
                    pass
        except tarfile.TarError as error:
            raise InputError(f"{self.path}: not a tar archive, or truncated ({error})") from None
        for part in ("train", "test"):
            for folder in LABELS:
                if (part, folder) not in seen:
                    raise InputError(f"{self.path}: no reviews in {part}/{folder}")

    def _review(self, archive: tarfile.TarFile, member: tarfile.TarInfo, folder: str) -> Review:
        where = f"{self.path}: {member.name}"
        check_size(member.size, where)
        file = archive.extractfile(member) if member.isfile() else None
        if file is None:
            raise InputError(f"{where}: not a regular file")
        return decode_review(file.read(), LABELS[folder], where)


def is_archive(path: Path) -> bool:
    """Whether a file is a tar archive, by its name or its content."""
    if re.search(r"\.(tar|tgz|tar\.gz)$", path.name, re.I):
        return True
    try:
        return tarfile.is_tarfile(path)
    except (OSError, EOFError, gzip.BadGzipFile):
        return False
