"""SNLI and MultiNLI as their owners publish them, streamed from their archive or a folder."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from neuroep.errors import InputError
from neuroep.tables.columns import label_of, text_of
from neuroep.tables.files import DataFile
from neuroep.tables.records import Record, Records
from neuroep.tables.split import SPLITS, Split
from neuroep.text.labelled import NO_CONSENSUS
from neuroep.text.pairs.source import LABELS, Pair, take_balanced

# The official names; the archive has parse tables beside them.
_SNLI = re.compile(r"snli_1\.0_(train|dev|test)(\w*)\.jsonl")
_MULTINLI = re.compile(r"multinli_1\.0_(train|dev_matched|dev_mismatched)(\w*)\.jsonl")
_SNLI_SPLITS: dict[Split, str] = {"train": "train", "validation": "dev", "test": "test"}
_MULTINLI_SPLITS: dict[Split, str] = {
    "train": "train",
    "validation": "dev_matched",
    "test": "dev_mismatched",
}
_MULTINLI_NOTE = (
    "MultiNLI publishes no labels of its test sets: dev_matched is the validation split, "
    "dev_mismatched the test split"
)

# The official lines hold parse trees too and still stay below 10 kB; its largest file has 0.5 GB.
MAX_LINE_BYTES = 1 << 16
MAX_FILE_BYTES = 1 << 30


class OfficialPairs:
    """Pairs of SNLI 1.0 or MultiNLI 1.0, from files of the official names.

    Pairs on which the annotators did not agree (gold label "-", which others write as "-1" or leave
    empty) are passed by and counted, as the corpus's own note asks. A training file with more in
    its name, such as ``snli_1.0_train_subset.jsonl.gz``, is taken for a part of the corpus, and the
    source's name says so.
    """

    labels = tuple(LABELS)
    splits = SPLITS

    def __init__(self, path: Path, files: Sequence[DataFile]) -> None:
        self.path = path
        self.skipped: dict[Split, int] = {}
        multinli = not _found(files, _SNLI) and bool(_found(files, _MULTINLI))
        found = _found(files, _MULTINLI if multinli else _SNLI)
        self.note = _MULTINLI_NOTE if multinli else ""
        corpus = "multinli_1.0" if multinli else "snli_1.0"
        self._files: dict[Split, DataFile] = {}
        for split, official in (_MULTINLI_SPLITS if multinli else _SNLI_SPLITS).items():
            named = found.get(official, [])
            if not named:
                raise InputError(f"{path}: no {corpus}_{official}.jsonl in it")
            if len(named) > 1:
                names = ", ".join(file.member or file.path.name for file in named[:2])
                raise InputError(f"{path}: more than one file for {official}: {names}")
            self._files[split] = named[0]
        part = self._files["train"].name != f"{corpus}_train.jsonl"
        self.name = ("MultiNLI 1.0" if multinli else "SNLI 1.0") + (" train subset" if part else "")

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Pair]:
        """Pairs of one split; see :class:`neuroep.text.pairs.source.PairSource`."""
        return take_balanced(self._all(split), limit)

    def _all(self, split: Split) -> Iterator[Pair]:
        self.skipped[split] = 0
        seen: set[int] = set()
        records = Records(self._files[split], max_line=MAX_LINE_BYTES, max_file=MAX_FILE_BYTES)
        for record in records:
            pair = _pair(records, record)
            if pair is None:
                self.skipped[split] += 1
                continue
            seen.add(pair.label)
            yield pair
        if not seen:
            raise InputError(f"{records.where}: no labelled pair in it")
        for name, label in LABELS.items():
            if label not in seen:
                raise InputError(f"{records.where}: no pair with gold_label {name}")


def is_official(files: Sequence[DataFile]) -> bool:
    """Whether files are called as those of SNLI or MultiNLI."""
    return bool(_found(files, _SNLI) or _found(files, _MULTINLI))


def _found(files: Sequence[DataFile], name: re.Pattern[str]) -> dict[str, list[DataFile]]:
    found: dict[str, list[DataFile]] = {}
    for file in files:
        matched = name.fullmatch(file.name)
        # Only the training file may be a part: a part of the test set would be another benchmark.
        if matched and (matched[1] == "train" or not matched[2]):
            found.setdefault(matched[1], []).append(file)
    return found


def _pair(records: Records, record: Record) -> Pair | None:
    """The pair of a record; None where the annotators did not agree on a label."""
    where = f"{records.place(record)}: gold_label"
    if "gold_label" not in record.values:
        raise InputError(f"{where} is missing")
    label = label_of(records, record, "gold_label")
    if not label or label in NO_CONSENSUS:
        return None
    if label not in LABELS:
        raise InputError(f"{where} {label[:40]!r} is not one of {', '.join(LABELS)}, -")
    premise, hypothesis = (text_of(records, record, key) for key in ("sentence1", "sentence2"))
    return Pair(LABELS[label], premise, hypothesis)
