"""The Large Movie Review Dataset (aclImdb), streamed from its archive or from a folder."""

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from neuroep.errors import InputError
from neuroep.text.reviews.source import (
    MAX_REVIEW_BYTES,
    Review,
    Split,
    decode_review,
    take_balanced,
)

LABELS = {"neg": 0, "pos": 1}
# Only these members are ever read; `unsup`, feature files and names that climb out are passed by.
_MEMBER = re.compile(r"(?:\./)?(?:aclImdb/)?(train|test)/(pos|neg)/([^/]+)")
_FILE_NAME = re.compile(r"\d+_\d+\.txt")


class ArchiveReviews:
    """Reviews of the official ``.tar.gz``, in archive order, one in memory at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Review]:
        """Reviews of one split; see :class:`neuroep.text.reviews.source.ReviewSource`.

        Raises
        ------
        InputError
            Not a gzipped tar archive, truncated, a split or a label without reviews, an empty,
            oversized or undecodable review, a wrong file name.
        """
        return take_balanced(self._all(split), limit)

    def _all(self, split: Split) -> Iterator[Review]:
        seen: set[tuple[str, str]] = set()
        try:
            # tarfile's own "r|gz" does not verify the gzip checksum; GzipFile does.
            with gzip.open(self.path) as unzipped:
                with tarfile.open(fileobj=unzipped, mode="r|") as archive:
                    for member in archive:
                        archive.members = []  # type: ignore[attr-defined]  # do not collect them all
                        found = _MEMBER.fullmatch(member.name)
                        if found is None or member.isdir() or found[3].startswith("."):
                            continue
                        seen.add((found[1], found[2]))
                        if found[1] == split:
                            yield self._review(archive, member, found[2], found[3])
                while unzipped.read(1 << 16):
                    pass
        except EOFError:
            raise InputError(f"{self.path}: truncated archive") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InputError(f"{self.path}: not a .tar.gz archive, or damaged ({error})") from None
        except tarfile.TarError as error:
            raise InputError(f"{self.path}: not a tar archive, or truncated ({error})") from None
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read ({error.strerror})") from None
        for part in ("train", "test"):
            for folder in LABELS:
                if (part, folder) not in seen:
                    raise InputError(f"{self.path}: no reviews in {part}/{folder}")

    def _review(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, folder: str, name: str
    ) -> Review:
        where = f"{self.path}: {member.name}"
        _check_file(name, member.size, where)
        file = archive.extractfile(member) if member.isfile() else None
        if file is None:
            raise InputError(f"{where}: not a regular file")
        return decode_review(file.read(), LABELS[folder], where)


class FolderReviews:
    """Reviews of an unpacked archive, negative before positive, each sorted by number."""

    def __init__(self, path: Path) -> None:
        self.path = path / "aclImdb" if (path / "aclImdb").is_dir() else path
        self.name = path.name
        for split in ("train", "test"):
            for folder in LABELS:
                if not any(self._files(split, folder)):
                    raise InputError(f"{self.path}: no reviews in {split}/{folder}")

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Review]:
        """Reviews of one split; see :class:`neuroep.text.reviews.source.ReviewSource`.

        Raises
        ------
        InputError
            An empty, oversized, unreadable or undecodable review, a wrong file name.
        """
        return take_balanced(self._all(split), limit)

    def _files(self, split: str, folder: str) -> Iterator[Path]:
        directory = self.path / split / folder
        if directory.is_dir():
            yield from (file for file in directory.iterdir() if not file.name.startswith("."))

    def _all(self, split: Split) -> Iterator[Review]:
        for folder, label in LABELS.items():
            files = sorted(self._files(split, folder), key=_number)
            for file in files:
                try:
                    _check_file(file.name, file.stat().st_size, str(file))
                    data = file.read_bytes()
                except OSError as error:
                    raise InputError(f"{file}: cannot be read ({error.strerror})") from None
                yield decode_review(data, label, str(file))


def _number(file: Path) -> tuple[int, str]:
    """Sorts by review number without trusting that it is one: 2 comes before 10."""
    return len(file.name.partition("_")[0]), file.name


def _check_file(name: str, size: int, where: str) -> None:
    if not _FILE_NAME.fullmatch(name):
        raise InputError(f"{where}: file name is not ID_RATING.txt")
    if size > MAX_REVIEW_BYTES:
        raise InputError(f"{where}: {size} bytes is too large for a review")
