"""Texts in folders, one folder a class and one file a text, as the IMDB archive unpacks."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.files import read_bytes
from neuroep.tables.archives import is_plain, shown
from neuroep.tables.files import split_folders, subfolders
from neuroep.tables.labels import order_labels
from neuroep.tables.split import SPLITS, Split, share_note, split
from neuroep.tables.unpacking import damage
from neuroep.text.reviews.source import MAX_REVIEW_BYTES, Review, decode_review, take_balanced

MOST_BYTES = 1 << 29
"""Bytes that all texts of a split may have: they are kept in memory. IMDB's have 33 MB."""

MOST_FILES = 1_000_000
"""Files of one folder that are looked at; IMDB's largest has 50,000."""

_NO_CLASS = frozenset({"unsup"})  # the IMDB archive's texts without labels
_DEPTH = 3  # folders that may stand around IMDB's own


def is_class_folder(path: Path) -> bool:
    """Whether a folder has folders with texts, or splits that have them, or IMDB's below it."""
    return _has_classes(path) or _top(path) != path


class FolderTexts:
    """Texts of a folder with ``CLASS/*.txt``, or ``{train,test}/CLASS/*.txt``.

    One class after another in label order, each sorted by the number its names start with. Files
    that are no ``.txt`` and hidden ones are passed by, and so is a folder ``unsup``. ``own`` are
    folders of classes for other splits; ``share`` of the texts of each class is held out by
    ``seed`` where there is no test split.
    """

    def __init__(
        self, path: Path, own: Mapping[Split, str | Path], share: float, seed: int
    ) -> None:
        self.path = path if _has_classes(path) else _top(path)
        self.name = self.path.name
        self.note = ""
        folders = split_folders(self.path, _has_texts) or {"train": self.path}
        for part, folder in own.items():
            folders[part] = Path(folder)
            if not folders[part].is_dir():
                raise InputError(f"{folder}: not a folder of classes, as the training texts are")
        if "train" not in folders:
            raise InputError(f"{self.path}: no reviews in train")
        found = {part: _classes(folder) for part, folder in folders.items()}
        self.labels, label_of = order_labels(found["train"], str(self.path), share)
        self._files: dict[Split, list[tuple[Path, int]]] = {}
        for part, classes in found.items():
            for name in classes.keys() ^ label_of.keys():
                problem = "no reviews in" if name in label_of else "no training texts of"
                raise InputError(f"{self.path}: {problem} {folders[part].name}/{name}")
            ordered = sorted(classes, key=lambda name: label_of[name])
            self._files[part] = [
                (file, label_of[name]) for name in ordered for file in classes[name]
            ]
        if "test" not in self._files:
            files = self._files["train"]
            kept, held = split(np.array([label for _, label in files]), share, seed)
            self._files |= {"train": [files[i] for i in kept], "test": [files[i] for i in held]}
            self.note = share_note(self.name, share, seed)
        self.splits: tuple[Split, ...] = tuple(part for part in SPLITS if part in self._files)

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Review]:
        """Texts of one split; see :class:`neuroep.text.reviews.source.TextSource`."""
        return take_balanced(self._all(split), limit, len(self.labels))

    def _all(self, split: Split) -> Iterator[Review]:
        measured = Measured()
        for file, label in self._files[split]:
            data = read_bytes(file, MAX_REVIEW_BYTES)
            measured.add(len(data), str(file))
            yield decode_review(data, label, str(file))


def _top(path: Path) -> Path:
    """The folder of IMDB's train and test, which may stand below others; ``path`` without one."""
    level = [path]
    for _ in range(_DEPTH):
        # A link could lead anywhere, and round in a circle.
        level = [
            folder for above in level for folder in subfolders(above) if not folder.is_symlink()
        ]
        found = [folder for folder in level if any((folder / p / "neg").is_dir() for p in SPLITS)]
        if len(found) > 1:
            raise InputError(f"{path}: reviews in {found[0]} and in {found[1]}: name one of them")
        if found:
            return found[0]
    return path


def _has_classes(path: Path) -> bool:
    return any(map(_has_texts, subfolders(path))) or bool(split_folders(path, _has_texts))


def _names(folder: Path) -> Iterator[str]:
    if folder.name in _NO_CLASS:
        return
    with damage(str(folder)), os.scandir(folder) as entries:
        for number, entry in enumerate(entries, 1):
            if number > MOST_FILES:
                raise InputError(f"{folder}: more than {MOST_FILES:,} files: refused")
            # What is no regular file is refused when it is opened, not passed by.
            if is_text(entry.name) and not entry.is_dir():
                yield entry.name


def _has_texts(folder: Path) -> bool:
    return next(_names(folder), None) is not None


def _classes(path: Path) -> dict[str, list[Path]]:
    found = {}
    for folder in subfolders(path):
        if names := sorted(_names(folder), key=_number):
            if not folder.name.isprintable():
                raise InputError(f"{path}: {shown(folder.name)}: no name for a class")
            found[folder.name] = [folder / name for name in names]
    return found


def _number(name: str) -> tuple[int, str]:
    """Sorts by review number without trusting that it is one: 2 comes before 10."""
    return len(name.partition("_")[0]), name


def is_text(name: str) -> bool:
    """Whether a file in the folder of a class is a text: Thumbs.db and .DS_Store are not."""
    return name.lower().endswith(".txt") and is_plain((name,))


class Measured:
    """Refuses texts that are too large, one by one or all together, before they are read."""

    def __init__(self) -> None:
        self.total = 0

    def add(self, size: int, where: str) -> None:
        """Count one more text."""
        if size > MAX_REVIEW_BYTES:
            raise InputError(f"{where}: {size:,} bytes is too large for a review")
        self.total += size
        if self.total > MOST_BYTES:
            raise InputError(f"{where}: more than {MOST_BYTES:,} bytes of texts: refused")
