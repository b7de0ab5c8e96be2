"""One reader of files of records: CSV, TSV, JSON lines, JSON lists, Parquet."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from neuroep.errors import InputError
from neuroep.files import check_name, parse_json
from neuroep.tables.delimited import Header, delimiter_of, read_header, rows_of
from neuroep.tables.files import DataFile, one_file
from neuroep.tables.lines import MAX_FILE_BYTES, MAX_LINE, decode, encoding_of, lines_of

# A list in one piece of JSON is read whole before its first record.
MAX_LIST_BYTES = 1 << 27
_MOST_LISTED = 1 << 22  # objects and lists in it: each takes hundreds of bytes of memory
SAMPLE = 100
"""Records that are looked at when a file is opened, to tell its columns and their kinds."""

DELIMITED = frozenset({".csv", ".tsv", ".tab"})
_JSON = frozenset({".json", ".jsonl", ".ndjson"})
ENDINGS = DELIMITED | _JSON | {".txt", ".parquet", ".pq"}
LINE = "text"
"""The one column of a file that holds a text a line."""

_FASTTEXT = re.compile(r"__label__(\S+)\s+(.*\S)\s*")
_ANY_LABEL = re.compile(r"(?<!\S)__label__\S")


class Record(NamedTuple):
    """One record: values by column, and the line (Parquet, JSON lists: the row) it starts in."""

    number: int
    values: dict[str, Any]


class Records:
    """A file of records that can be read as often as needed, one record after another.

    Which format it has is told by its ending and its content: ``.csv`` (commas, semicolons, tabs
    or bars), ``.tsv`` (tabs), ``.jsonl`` and ``.json`` (an object a line, or a list of objects),
    ``.parquet`` (with pyarrow). A ``.txt`` or a file without an ending is any of these if it looks
    so: an object of JSON or ``__label__`` (fastText) in its first line, as many tabs in each line;
    otherwise it holds a text a line in one column, ``text``. Text is UTF-8, or UTF-16 with a byte
    order mark, with line breaks of any system, any of it gzipped. Blank lines are passed by. A
    delimited file whose first row is data has columns "1", "2", ...

    Parameters
    ----------
    file : path or DataFile
        A ``.zip`` has to hold one file alone.
    max_line, max_file : int
        Characters that a line and bytes that the unpacked file may have.

    Raises
    ------
    InputError
        At once, or later while iterating: the file is missing, damaged, of no known kind, too
        large, not UTF-8; a row has more or fewer cells than there are columns; two columns share
        a name. One line that names the file, the line and the column.
    """

    def __init__(
        self,
        file: str | Path | DataFile,
        *,
        max_line: int = MAX_LINE,
        max_file: int = MAX_FILE_BYTES,
    ) -> None:
        self.file = file if isinstance(file, DataFile) else one_file(Path(file))
        self.where = self.file.where
        self.max_line, self.max_file = max_line, max_file
        self.unit = "line"
        self.guessed = False  # whether the first row might be data as well as names of columns
        self.texts = False  # whether a line is a text
        self._read = self._reader()

    @cached_property
    def sample(self) -> list[Record]:
        """The first ``SAMPLE`` records, one at least."""
        found = list(islice(self, SAMPLE))
        if not found:
            raise InputError(f"{self.where}: no {'text' if self.texts else 'record'} in it")
        return found

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that the sample has, one at least."""
        found = tuple(dict.fromkeys(name for row in self.sample for name in row.values))
        if not found:
            raise InputError(f"{self.where}: no column in it")
        for name in found:
            check_name(name, f"{self.where}: column")
        return found

    def __iter__(self) -> Iterator[Record]:
        return self._read()

    def place(self, record: Record) -> str:
        """What messages about a record start with."""
        return f"{self.where}: {self.unit} {record.number}"

    def _reader(self) -> Callable[[], Iterator[Record]]:
        with self.file.open() as stream:
            start = stream.read(1 << 12)
        suffix = self.file.suffix
        if start[:4] == b"PAR1" or suffix in (".parquet", ".pq"):
            self.unit = "row"
            return self._parquet
        if suffix in DELIMITED:
            return self._delimited()
        first = start.decode(encoding_of(start), "ignore").lstrip("\ufeff \t\r\n")
        if suffix in _JSON:
            return self._json(first)
        if suffix in (".txt", ""):
            return self._any(first)
        raise InputError(f"{self.where}: ends in none of {', '.join(sorted(ENDINGS))}")

    def _lines(self, stream: BinaryIO) -> Iterator[tuple[int, str]]:
        return lines_of(stream, self.where, self.max_line, self.max_file)

    def _first(self, count: int) -> list[str]:
        """The first lines that are not blank."""
        with self.file.open() as stream:
            return list(islice((line for _, line in self._lines(stream) if line.strip()), count))

    def _any(self, first: str) -> Callable[[], Iterator[Record]]:
        if first.startswith("__label__"):
            return self._fasttext
        if re.match(r"\{\s*\"|\[\s*\{\s*\"", first):
            return self._json(first)
        tabs = {line.rstrip("\r\n").count("\t") for line in self._first(SAMPLE)}
        if len(tabs) == 1 and tabs != {0}:
            return self._delimited()
        self.texts = True
        return self._texts

    def _texts(self) -> Iterator[Record]:
        with self.file.open() as stream:
            for number, line in self._lines(stream):
                if text := line.strip():
                    if _ANY_LABEL.search(text):
                        raise InputError(
                            f"{self.where}: line {number}: a __label__, which has to be the first "
                            "word of every line"
                        )
                    yield Record(number, {LINE: text})

    def _fasttext(self) -> Iterator[Record]:
        with self.file.open() as stream:
            for number, line in self._lines(stream):
                if not line.strip():
                    continue
                found = _FASTTEXT.fullmatch(line.strip())
                if not found or _ANY_LABEL.search(found[2]):
                    raise InputError(f"{self.where}: line {number}: not one __label__ and a text")
                yield Record(number, {"label": found[1], LINE: found[2]})

    def _delimited(self) -> Callable[[], Iterator[Record]]:
        first = next(iter(self._first(1)), "")
        delimiter = delimiter_of(first, self.file.suffix)

        def rows() -> Iterator[tuple[int, list[str]]]:
            with self.file.open() as stream:
                try:
                    yield from rows_of(self._lines(stream), delimiter, self.file.suffix)
                except csv.Error as error:
                    raise InputError(f"{self.where}: {error}") from None

        header = read_header(list(islice(rows(), SAMPLE + 1)), self.where)
        self.guessed = header.guessed

        def read() -> Iterator[Record]:
            for number, cells in islice(rows(), int(header.there), None):
                yield self._row(header, number, cells, delimiter)

        return read

    def _row(self, header: Header, number: int, cells: list[str], delimiter: str) -> Record:
        names = header.names
        behind = cells[len(names) :]
        if len(behind) <= header.blank and not any(cell.strip() for cell in behind):
            cells = cells[: len(names)]
        if header.is_again(cells):
            raise InputError(
                f"{self.where}: line {number}: {names[0][:40]}: the names of the columns once "
                "more; are these several files?"
            )
        if len(cells) != len(names):
            # Whatever does not fit the header is refused: it would be cut silently.
            field = names[min(len(cells), len(names) - 1)][:40]
            columns = "1 column" if len(names) == 1 else f"{len(names)} columns"
            hint = "; a cell with commas needs quotes" if delimiter == "," else ""
            raise InputError(
                f"{self.where}: line {number}: {field}: the row has {len(cells)} cells "
                f"for {columns}{hint}"
            )
        return Record(number, dict(zip(names, cells, strict=True)))

    def _json(self, first: str) -> Callable[[], Iterator[Record]]:
        """An object a line, or one document: a list, or an object that is all of the file."""
        if first.startswith("[") or (self.file.suffix == ".json" and self._is_document()):
            self.unit = "entry"
            return self._json_document
        return self._json_lines

    def _is_document(self) -> bool:
        """Whether the first line is no value of its own, or a list's only one."""
        with self.file.open() as stream:
            lines = (line for _, line in self._lines(stream) if line.strip())
            try:
                # What a reader of lines refuses in it is named by its line there.
                entry = json.loads(next(lines, "null"))
            except (ValueError, RecursionError):  # as an InputError of too long a line
                return True
            return len(_lists(entry)) == 1 and next(lines, None) is None

    def _json_lines(self) -> Iterator[Record]:
        with self.file.open() as stream:
            for number, line in self._lines(stream):
                if line.strip():
                    where = f"{self.where}: line {number}"
                    yield Record(number, _checked(parse_json(line, where), where))

    def _json_document(self) -> Iterator[Record]:
        with self.file.open() as stream:
            data = stream.read(MAX_LIST_BYTES + 1)
        if len(data) > MAX_LIST_BYTES or data.count(b"{") + data.count(b"[") > _MOST_LISTED:
            raise InputError(f"{self.where}: too large for one list; write an object a line")
        entries = parse_json(decode(data, self.where), self.where)
        if isinstance(entries, dict):
            # As {"data": [...]}: the one list of objects in it holds the records.
            lists = _lists(entries)
            if len(lists) != 1:
                raise InputError(
                    f"{self.where}: not a list of objects, nor an object with one such list"
                )
            entries = lists[0]
        for number, entry in enumerate(entries, 1):
            yield Record(number, _checked(entry, f"{self.where}: entry {number}"))

    def _parquet(self) -> Iterator[Record]:
        try:
            from pyarrow import ArrowException
            from pyarrow.parquet import ParquetFile
        except ImportError:
            raise InputError(
                f"{self.where}: reading Parquet needs pyarrow (pip install 'neuroep[parquet]')"
            ) from None
        source: Any = self.file.path
        if self.file.member:
            with self.file.open() as stream:
                source = io.BytesIO(stream.read(MAX_LIST_BYTES))
        number = 0
        try:
            table = ParquetFile(source)
            names = table.schema_arrow.names
            if len(set(names)) < len(names):
                raise InputError(f"{self.where}: two columns share a name")
            for batch in table.iter_batches(batch_size=1024):
                for values in batch.to_pylist():
                    number += 1
                    yield Record(number, values)
        # The last two: dates and texts that Python has not.
        except (ArrowException, OSError, OverflowError, UnicodeDecodeError) as error:
            line = str(error).partition("\n")[0][:120]
            raise InputError(f"{self.where}: not a Parquet file, or damaged ({line})") from None


def _lists(entry: Any) -> list[list[Any]]:
    """Return the lists of objects that an object holds."""
    return [
        held
        for held in (entry.values() if isinstance(entry, dict) else ())
        if isinstance(held, list) and held and all(isinstance(one, dict) for one in held)
    ]


def _checked(entry: Any, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise InputError(f"{where}: not a JSON object")
    return entry
