"""The user's own pairs of sentences for prediction."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neuroep.tables.columns import text_of
from neuroep.tables.files import DataFile
from neuroep.tables.records import Records
from neuroep.text.pairs import find_sentences


@dataclass(frozen=True, slots=True)
class OwnPair:
    """Two sentences, and the line (Parquet, JSON lists: the row) that they start in."""

    premise: str
    hypothesis: str
    number: int


def read_pairs(
    path: str | Path, *, premise: str | None = None, hypothesis: str | None = None
) -> Iterator[OwnPair]:
    """Read pairs one after another from a file of records.

    Parameters
    ----------
    path : path
        See :class:`~neuroep.tables.records.Records`.
    premise, hypothesis : str, optional
        Columns; without them those that are called so.

    Raises
    ------
    InputError
        At once if the file cannot be opened or no column fits; while reading, for an empty
        sentence or broken records. Names the file, the line and the column.
    """
    records = Records(DataFile(Path(path)))
    first, second = find_sentences(records, premise, hypothesis)
    return (
        OwnPair(text_of(records, record, first), text_of(records, record, second), record.number)
        for record in records
    )
