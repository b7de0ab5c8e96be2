"""One reader of files of records: CSV, TSV, JSON lines, JSON lists, Parquet."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from neuroep.errors import InputError
from neuroep.tables.delimited import column_names, delimiter_of, rows_of
from neuroep.tables.files import DataFile

# The longest review of the IMDB archive has 14 kB; anything near this is no record.
MAX_LINE_BYTES = 1 << 20
MAX_FILE_BYTES = 1 << 32
# A list in one piece of JSON is read whole before its first record.
MAX_LIST_BYTES = 1 << 28
SAMPLE = 100
"""Records that are looked at when a file is opened, to tell its columns and their kinds."""

DELIMITED = frozenset({".csv", ".tsv", ".tab", ".txt"})
ENDINGS = DELIMITED | {".json", ".jsonl", ".ndjson", ".parquet", ".pq"}


class Record(NamedTuple):
    """One record: values by column, and the line (Parquet, JSON lists: the row) it starts in."""

    number: int
    values: dict[str, Any]


class Records:
    """A file of records that can be read as often as needed, one record after another.

    Which format it has is told by its ending and its content: ``.csv`` (commas, semicolons or
    tabs), ``.tsv`` and ``.txt`` (tabs), ``.jsonl`` and ``.json`` (an object a line, or a list of
    objects), ``.parquet`` (with pyarrow). Text is UTF-8, with or without a byte order mark, any
    of it gzipped. Blank lines are passed by. A delimited file whose first row is data has columns
    "1", "2", ...

    Parameters
    ----------
    file : path or DataFile
    max_line, max_file : int
        Bytes that a line and the unpacked file may have.

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
        max_line: int = MAX_LINE_BYTES,
        max_file: int = MAX_FILE_BYTES,
    ) -> None:
        self.file = file if isinstance(file, DataFile) else DataFile(Path(file))
        self.where = self.file.where
        self.max_line, self.max_file = max_line, max_file
        self.unit = "line"
        self._read = self._reader()

    @cached_property
    def sample(self) -> list[Record]:
        """The first ``SAMPLE`` records, one at least."""
        found = list(islice(self, SAMPLE))
        if not found:
            raise InputError(f"{self.where}: no record in it")
        return found

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that the sample has."""
        return tuple(dict.fromkeys(name for row in self.sample for name in row.values))

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
        first = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if suffix in (".json", ".jsonl", ".ndjson"):
            if first == b"[" and suffix == ".json":
                self.unit = "entry"
                return self._json_list
            return self._json_lines
        if suffix in DELIMITED:
            return self._delimited()
        raise InputError(f"{self.where}: ends in none of {', '.join(sorted(ENDINGS))}")

    def _lines(self, stream: BinaryIO) -> Iterator[tuple[int, str]]:
        number = total = 0
        while line := stream.readline(self.max_line + 1):
            number += 1
            total += len(line)
            where = f"{self.where}: line {number}"
            if len(line) > self.max_line:
                raise InputError(f"{where}: too long ({self.max_line} bytes at most)")
            if total > self.max_file:
                raise InputError(f"{where}: the file is too large ({self.max_file} bytes at most)")
            yield number, decode_line(line, number, where)

    def _delimited(self) -> Callable[[], Iterator[Record]]:
        with self.file.open() as stream:
            first = next((text for _, text in self._lines(stream) if text.strip()), "")
        delimiter = delimiter_of(first, self.file.suffix)
        names: tuple[str, ...] = ()

        def rows() -> Iterator[tuple[int, list[str]]]:
            with self.file.open() as stream:
                try:
                    yield from rows_of(self._lines(stream), delimiter, self.file.suffix)
                except csv.Error as error:
                    raise InputError(f"{self.where}: {error}") from None

        with_header, names = column_names(list(islice(rows(), SAMPLE + 1)), self.where)

        def read() -> Iterator[Record]:
            for number, cells in islice(rows(), int(with_header), None):
                if len(cells) != len(names):
                    # Whatever does not fit the header is refused: it would be cut silently.
                    field = names[min(len(cells), len(names) - 1)]
                    columns = "1 column" if len(names) == 1 else f"{len(names)} columns"
                    hint = "; a cell with commas needs quotes" if delimiter == "," else ""
                    raise InputError(
                        f"{self.where}: line {number}: {field}: the row has {len(cells)} cells "
                        f"for {columns}{hint}"
                    )
                yield Record(number, dict(zip(names, cells, strict=True)))

        return read

    def _json_lines(self) -> Iterator[Record]:
        with self.file.open() as stream:
            for number, line in self._lines(stream):
                if line.strip():
                    where = f"{self.where}: line {number}"
                    try:
                        entry = json.loads(line)
                    except (ValueError, RecursionError):
                        raise InputError(f"{where}: not JSON") from None
                    yield Record(number, _checked(entry, where))

    def _json_list(self) -> Iterator[Record]:
        with self.file.open() as stream:
            data = stream.read(MAX_LIST_BYTES + 1)
        if len(data) > MAX_LIST_BYTES:
            raise InputError(f"{self.where}: too large for one list; write an object a line")
        try:
            entries = json.loads(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise InputError(f"{self.where}: not UTF-8 text (byte {error.start})") from None
        except (ValueError, RecursionError) as error:
            # One object a line whose first is a list is no JSON document, either.
            raise InputError(f"{self.where}: not JSON ({str(error)[:80]})") from None
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
        except (ArrowException, OSError) as error:
            line = str(error).partition("\n")[0][:120]
            raise InputError(f"{self.where}: not a Parquet file, or damaged ({line})") from None


def decode_line(line: bytes, number: int, where: str) -> str:
    """Return a line of UTF-8 text, the first one without a byte order mark."""
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not UTF-8 text (byte {error.start})") from None
    if "\0" in text:
        raise InputError(f"{where}: not text (it holds a NUL byte)")
    return text


def _checked(entry: Any, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise InputError(f"{where}: not a JSON object")
    return entry
