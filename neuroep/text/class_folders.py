"""Texts in folders, one folder a class and one file a text, as the IMDB archive unpacks."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.tables.files import split_folders, subfolders
from neuroep.tables.labels import order_labels
from neuroep.tables.split import SPLITS, Split, share_note, split
from neuroep.text.reviews.source import MAX_REVIEW_BYTES, Review, decode_review, take_balanced

_NO_CLASS = frozenset({"unsup"})  # the IMDB archive's texts without labels


def is_class_folder(path: Path) -> bool:
    """Whether a folder has folders with texts, or splits that have them."""
    top = _top(path)
    return any(map(_texts, subfolders(top))) or bool(split_folders(top, _texts))


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
        self.path = _top(path)
        self.name = self.path.name
        self.note = ""
        folders = split_folders(self.path, _texts) or {"train": self.path}
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
        for file, label in self._files[split]:
            try:
                check_size(file.stat().st_size, str(file))
                data = file.read_bytes()
            except OSError as error:
                raise InputError(f"{file}: cannot be read ({error.strerror})") from None
            yield decode_review(data, label, str(file))


def _top(path: Path) -> Path:
    return path / "aclImdb" if (path / "aclImdb").is_dir() else path


def _texts(folder: Path) -> list[Path]:
    if folder.name in _NO_CLASS:
        return []
    files = (file for file in folder.iterdir() if is_text(file.name))
    return sorted((file for file in files if file.is_file()), key=_number)


def _classes(path: Path) -> dict[str, list[Path]]:
    return {folder.name: files for folder in subfolders(path) if (files := _texts(folder))}


def _number(file: Path) -> tuple[int, str]:
    """Sorts by review number without trusting that it is one: 2 comes before 10."""
    return len(file.name.partition("_")[0]), file.name


def is_text(name: str) -> bool:
    """Whether a file in the folder of a class is a text: Thumbs.db and .DS_Store are not."""
    return name.endswith(".txt") and not name.startswith(".")


def check_size(size: int, where: str) -> None:
    """Refuse files that are too large to be reviews."""
    if size > MAX_REVIEW_BYTES:
        raise InputError(f"{where}: {size} bytes is too large for a review")
