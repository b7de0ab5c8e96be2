"""The Stanford Natural Language Inference corpus, streamed from its archive or from a folder."""

import gzip
import io
import json
import re
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from neuroep.errors import InputError
from neuroep.text.pairs.source import LABELS, Pair, PairSplit, take_balanced

# The official names; the archive has macOS shadows (__MACOSX/...) and parse tables beside them.
_MEMBER = re.compile(r"(?:\./)?(?:snli_1\.0/)?(snli_1\.0_[^/]+\.jsonl)")
_FILE_NAME = re.compile(r"snli_1\.0_(train|dev|test)(\w*)\.jsonl(?:\.gz)?")
_OFFICIAL: dict[PairSplit, str] = {"train": "train", "validation": "dev", "test": "test"}
_NO_CONSENSUS = "-"

# The official lines hold parse trees too and still stay below 10 kB; its largest file has 0.5 GB.
MAX_LINE_BYTES = 1 << 16
MAX_FILE_BYTES = 1 << 30


class _Files(ABC):
    """What the archive and the folder share: from lines to pairs.

    Pairs on which the annotators did not agree (gold label "-") are passed by and counted, as the
    corpus's own note asks.
    """

    def __init__(self, path: Path, found: dict[str, list[str]]) -> None:
        self.path = path
        self.skipped: dict[PairSplit, int] = {}
        self.members: dict[PairSplit, str] = {}
        for split, official in _OFFICIAL.items():
            names = found.get(official, [])
            if not names:
                raise InputError(f"{path}: no snli_1.0_{official}.jsonl in it")
            if len(names) > 1:
                raise InputError(
                    f"{path}: more than one file for {official}: {names[0]}, {names[1]}"
                )
            self.members[split] = names[0]
        part = _FILE_NAME.fullmatch(self.members["train"].rpartition("/")[2])
        self.name = "SNLI 1.0 train subset" if part and part[2] else "SNLI 1.0"

    def stream(self, split: PairSplit, limit: int | None = None) -> Iterator[Pair]:
        """Pairs of one split; see :class:`neuroep.text.pairs.source.PairSource`.

        Raises
        ------
        InputError
            A file that is damaged, truncated or too large, an overlong line, text that is not
            UTF-8, broken JSON, a missing key, an empty sentence or one that is no string, an
            unknown label, a split in which a label does not occur. Names the file, the line and
            the key.
        """
        return take_balanced(self._all(split), limit)

    def _all(self, split: PairSplit) -> Iterator[Pair]:
        self.skipped[split] = 0
        seen: set[int] = set()
        where = f"{self.path}: {self.members[split]}"
        with self._open(split, where) as file:
            for number, line in _lines(file, where):
                pair = _pair(line, f"{where}: line {number}", first=number == 1)
                if pair is None:
                    self.skipped[split] += 1
                    continue
                seen.add(pair.label)
                yield pair
        if not seen:
            raise InputError(f"{where}: no labelled pair in it")
        for name, label in LABELS.items():
            if label not in seen:
                raise InputError(f"{where}: no pair with gold_label {name}")

    @abstractmethod
    def _open(self, split: PairSplit, where: str) -> AbstractContextManager[BinaryIO]:
        """The unpacked bytes of a split; what goes wrong inside becomes an InputError."""


class ArchivePairs(_Files):
    """Pairs of the official ``snli_1.0.zip``, read without unpacking it."""

    def __init__(self, path: Path) -> None:
        found: dict[str, list[str]] = {}
        with _damage(str(path)), zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                member = _MEMBER.fullmatch(name)
                if member is not None:
                    _sort_in(found, member[1], name)
        super().__init__(path, found)

    @contextmanager
    def _open(self, split: PairSplit, where: str) -> Iterator[BinaryIO]:
        with _damage(where), zipfile.ZipFile(self.path) as archive:
            info = archive.getinfo(self.members[split])
            if info.flag_bits & 1:
                raise InputError(f"{where}: encrypted")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise InputError(f"{where}: compressed by another method than deflate")
            with archive.open(info) as member:
                # ZipExtFile itself reads lines of bounded length byte by byte.
                yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, member)))


class FolderPairs(_Files):
    """Pairs of a folder with ``snli_1.0_{train,dev,test}.jsonl``, gzipped (``.gz``) or not.

    A training file with more in its name, such as ``snli_1.0_train_subset.jsonl.gz``, is taken for
    a part of the corpus, and the source's name says so.
    """

    def __init__(self, path: Path) -> None:
        path = path / "snli_1.0" if (path / "snli_1.0").is_dir() else path
        found: dict[str, list[str]] = {}
        try:
            for file in sorted(path.iterdir()):
                if file.is_file():
                    _sort_in(found, file.name, file.name)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from None
        super().__init__(path, found)

    @contextmanager
    def _open(self, split: PairSplit, where: str) -> Iterator[BinaryIO]:
        file = self.path / self.members[split]
        unpack = gzip.open if file.suffix == ".gz" else open
        with _damage(where), unpack(file, "rb") as opened:
            yield cast(BinaryIO, opened)


def _sort_in(found: dict[str, list[str]], file_name: str, name: str) -> None:
    matched = _FILE_NAME.fullmatch(file_name)
    # Only the training file may be a part: a part of the test set would give another benchmark.
    if matched is not None and (matched[1] == "train" or not matched[2]):
        found.setdefault(matched[1], []).append(name)


@contextmanager
def _damage(where: str) -> Iterator[None]:
    """Whatever the decompressors raise on damaged files, as one line."""
    try:
        yield
    except InputError:
        raise
    except EOFError:
        raise InputError(f"{where}: truncated") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{where}: not gzipped, or damaged ({error})") from None
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror or error})") from None
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, ValueError) as error:
        # ValueError: a directory that points before the start of the file, or a name in no code.
        raise InputError(f"{where}: not a .zip archive, or damaged ({error})") from None


def _lines(file: BinaryIO, where: str) -> Iterator[tuple[int, bytes]]:
    number = total = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        total += len(line)
        if len(line) > MAX_LINE_BYTES:
            raise InputError(f"{where}: line {number}: too long for a pair")
        if total > MAX_FILE_BYTES:
            raise InputError(f"{where}: line {number}: too large for a file of pairs")
        yield number, line


def _pair(line: bytes, where: str, first: bool) -> Pair | None:
    """The pair of a line; None where the annotators did not agree on a label."""
    try:
        text = line.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not UTF-8 text (byte {error.start})") from None
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{where}: not JSON") from None
    if not isinstance(entry, dict):
        raise InputError(f"{where}: not a JSON object")
    label = _string(entry, "gold_label", where)
    if label == _NO_CONSENSUS:
        return None
    if label not in LABELS:
        raise InputError(f"{where}: gold_label {label[:40]!r} is not one of {', '.join(LABELS)}, -")
    premise, hypothesis = (_string(entry, key, where) for key in ("sentence1", "sentence2"))
    return Pair(LABELS[label], premise, hypothesis)


def _string(entry: dict[str, Any], key: str, where: str) -> str:
    if key not in entry:
        raise InputError(f"{where}: {key} is missing")
    value = entry[key]
    if not isinstance(value, str):
        raise InputError(f"{where}: {key} is not a string")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InputError(f"{where}: {key} holds half of a character (a lone surrogate)")
    if not value.strip():
        raise InputError(f"{where}: {key} is empty")
    return value
