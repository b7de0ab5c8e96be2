"""Labelled texts, or pairs of them, from files of records: labels, splits, streams."""

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.tables.columns import (
    find_column,
    label_of,
    listed,
    only_label,
    split_column,
    split_of,
    text_of,
)
from neuroep.tables.files import DataFile, list_files, one_file
from neuroep.tables.labels import MOST_CLASSES, order_labels
from neuroep.tables.names import LABEL_NAMES
from neuroep.tables.records import ENDINGS, Record, Records
from neuroep.tables.split import SPLITS, Split, share_note, split

Item = TypeVar("Item")
_SKIPPED = -1
# What stands for "the annotators did not agree": SNLI's own, and what others made of it.
NO_CONSENSUS = frozenset({"-", "-1"})


class Columns(NamedTuple):
    """Which columns of a file are read; ``label`` and ``split`` may be "" for none."""

    texts: tuple[str, ...]
    label: str
    split: str = ""


# Finds the columns of the texts in a file; the second argument names them where that is known.
FindTexts = Callable[[Records, tuple[str, ...]], tuple[str, ...]]


def _find_columns(
    parts: Mapping[Split, Records], find_texts: FindTexts, label: str | None, given: Container[str]
) -> tuple[dict[Split, tuple[Records, Columns]], str]:
    """Find the columns of each part's file; what the training file has is looked for in the others.

    A file that came with the training file and has no labels, as competitions publish them, is
    passed by, and the second result says so; one that was ``given`` is not.
    """
    found: dict[Split, tuple[Records, Columns]] = {}
    note = ""
    first: Columns | None = None
    for part, records in parts.items():
        texts = find_texts(records, first.texts if first else ())
        known = first.label if first and first.label in records.columns else label
        column = find_column(records, known, LABEL_NAMES, "--label-column")
        column = column or only_label(records, texts)
        if column:
            within = "" if first else split_column(records)
            found[part] = (records, Columns(texts, column, within))
            first = first or found[part][1]
        elif first and part not in given:
            note = f"{records.file.name} has no labels and is passed by"
        else:
            raise InputError(
                f"{records.where}: which column is the label? {listed(records)}; "
                "name it by --label-column"
            )
    return found, note


class Labelled(Generic[Item]):
    """Records of one file, or of one a split (a folder's, a .zip's, ``own``), as items with labels.

    Everything is read once when it is opened, which finds the labels and whatever is wrong, and
    keeps three bytes a record; texts are streamed.

    ``make`` turns a label and the texts of a record into an item; ``balanced`` takes the first of
    the items, as many of each class. Records whose label is empty or one of ``unlabelled`` are
    passed by and counted, in ``skipped`` by split, in ``note`` all; those of a split that ``own``
    has a file of are passed by as well. Without a test split, ``share`` of the records of each
    class is held out by ``seed``, with 1 all of them.
    """

    def __init__(
        self,
        path: Path,
        own: Mapping[Split, str | Path],
        find_texts: FindTexts,
        label: str | None,
        make: Callable[..., Item],
        balanced: Callable[[Iterable[Item], int | None, int], Iterator[Item]],
        share: float,
        seed: int,
        unlabelled: frozenset[str] = frozenset(),
    ) -> None:
        self.name = path.name
        parts, note = _find_columns(_open_parts(path, own), find_texts, label, own)
        self._parts = list(parts.values())
        self._make, self._balanced, self._unlabelled = make, balanced, unlabelled
        self.skipped: dict[Split, int] = dict.fromkeys(SPLITS, 0)
        codes: dict[str, int] = {}
        scanned = [self._scan(part, *found, codes, own) for part, found in parts.items()]
        where = str(self._parts[0][0].where)
        self.labels, label_of_name = order_labels(
            codes, f"{where}: {self._parts[0][1].label}", share
        )
        to_label = np.array([*(label_of_name[code] for code in codes), _SKIPPED])
        self._labels = [to_label[np.frombuffer(found, np.int16)] for found, _ in scanned]
        self._splits = [np.frombuffer(splits, np.int8).copy() for _, splits in scanned]
        held = self._hold_out(where, share, seed)
        self.note = "; ".join(filter(None, (note, self._passed(), held)))
        self.splits: tuple[Split, ...] = tuple(
            name for number, name in enumerate(SPLITS) if self._labels_of(number).size
        )
        self._check(where, share)

    def _scan(
        self,
        part: Split,
        records: Records,
        columns: Columns,
        codes: dict[str, int],
        given: Container[str],
    ) -> tuple["array[int]", "array[int]"]:
        found, splits = array("h"), array("b")
        for record in records:
            own = split_of(records, record, columns.split) if columns.split else part
            name = label_of(records, record, columns.label)
            if own != part and own in given:
                found.append(_SKIPPED)
            elif not name or name in self._unlabelled:
                self.skipped[own] += 1
                found.append(_SKIPPED)
            else:
                self._texts(records, record, columns)
                found.append(codes.setdefault(name, len(codes)))
                if len(codes) > MOST_CLASSES:
                    raise InputError(
                        f"{records.where}: {columns.label}: more than {MOST_CLASSES} different "
                        "values are no classes"
                    )
            splits.append(SPLITS.index(own))
        return found, splits

    @staticmethod
    def _texts(records: Records, record: Record, columns: Columns) -> list[str]:
        return [text_of(records, record, column) for column in columns.texts]

    def _labels_of(self, number: int) -> NDArray[np.int64]:
        """Labels of a split."""
        return np.concatenate(
            [
                labels[(splits == number) & (labels != _SKIPPED)]
                for labels, splits in zip(self._labels, self._splits, strict=True)
            ]
        )

    def _passed(self) -> str:
        """What the note says of records without a label: a class may be called as these are."""
        count = sum(self.skipped.values())
        called = f" (empty, {', '.join(sorted(self._unlabelled))})" if self._unlabelled else ""
        return f"{count} records without a label{called} are passed by" if count else ""

    def _hold_out(self, where: str, share: float, seed: int) -> str:
        train, test = SPLITS.index("train"), SPLITS.index("test")
        if self._labels_of(test).size:
            return ""
        labels, splits = self._labels[0], self._splits[0]  # without a test part, there is train's
        members = np.flatnonzero((splits == train) & (labels != _SKIPPED))
        _, held = split(labels[members], share, seed)
        splits[members[held]] = test
        return share_note(Path(where).name, share, seed)

    def _check(self, where: str, share: float) -> None:
        for number, name in enumerate(SPLITS):
            counts = np.bincount(self._labels_of(number), minlength=len(self.labels))
            if not counts.any():
                if name == "test" or (name == "train" and share < 1):
                    raise InputError(f"{where}: no labelled record to {name} on")
                continue
            if name == "train" and not counts.all():
                missing = self.labels[int(np.argmin(counts))]
                raise InputError(f"{where}: label {missing[:40]!r} is on no training record")

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Item]:
        """Items of a split in the order of the file, the first ``limit``, as many of each label."""
        return self._balanced(self._all(SPLITS.index(split)), limit, len(self.labels))

    def _all(self, number: int) -> Iterator[Item]:
        for (records, columns), labels, splits in zip(
            self._parts, self._labels, self._splits, strict=True
        ):
            if not (splits == number).any():
                continue
            count = 0
            for index, record in enumerate(records):
                if index >= len(labels):
                    raise InputError(f"{records.where}: changed while it was being read")
                count += 1
                if splits[index] == number and labels[index] != _SKIPPED:
                    yield self._make(int(labels[index]), *self._texts(records, record, columns))
            if count < len(labels):
                raise InputError(f"{records.where}: changed while it was being read")


def _open_parts(path: Path, own: Mapping[Split, str | Path]) -> dict[Split, Records]:
    files = list_files(path)
    if path.is_dir() or files[:1] != [DataFile(path)]:
        files = [f for f in files if f.suffix in ENDINGS and "readme" not in f.name.lower()]
    parts: dict[Split, DataFile] = {}
    for file in files:
        for part in ("train",) if len(files) == 1 else SPLITS:
            if len(files) == 1 or file.split == part:
                if part in parts:
                    raise InputError(
                        f"{path}: more than one file for {part}: {parts[part].name}, {file.name}"
                    )
                parts[part] = file
    if "train" not in parts:
        shown = ", ".join(file.name for file in files[:5])
        found = f"no file called train in it, but {shown}" if files else "no file of records in it"
        raise InputError(f"{path}: {found}")
    for part, given in own.items():
        try:
            parts[part] = one_file(Path(given))
        except InputError as error:
            raise InputError(f"{error} (--{part})") from None
    return {part: Records(parts[part]) for part in SPLITS if part in parts}


def refuse_own(own: Mapping[Split, str | Path], name: str) -> None:
    """Refuse files of splits beside data that have all of them."""
    for part, given in own.items():
        raise InputError(f"--{part}: {given}: cannot be beside the splits of {name}")
