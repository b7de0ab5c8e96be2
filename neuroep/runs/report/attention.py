"""What a trained network attended to, as text."""

from itertools import accumulate

from neuroep.errors import InputError
from neuroep.files import read_json
from neuroep.report.html import AttendedRows, AttendedWords, Block, Notes, Section
from neuroep.runs.folder import ATTENTION, FIGURES
from neuroep.runs.report.record import RunRecord

MOST = 6000
"""Words of texts, and cells of pairs, that are shown."""

HOW = "A word is darker the more attention it gets; its weight shows where a pointer rests on it."


def attention(run: RunRecord) -> Section:
    """Return the texts that the run has kept, each word backed by its weight."""
    path = run.path / FIGURES / ATTENTION
    if run.folder is None or not path.is_file():
        return Section("Attention", [])
    found = _read(str(path))
    ends = accumulate(one.weighed for one in found)
    shown = [one for one, end in zip(found, ends, strict=True) if end <= MOST]
    blocks: list[Block] = [Notes([HOW]), *shown]
    if len(found) > len(shown):
        blocks.append(Notes([f"{len(found) - len(shown)} more stand in {path}."]))
    return Section("Attention", blocks)


def _read(where: str) -> list[AttendedWords | AttendedRows]:
    content = read_json(where)
    if not isinstance(content, list):
        raise InputError(f"{where}: not a JSON array")
    return [_one(f"{where}: {number}", entry) for number, entry in enumerate(content)]


def _one(where: str, entry: object) -> AttendedWords | AttendedRows:
    from pydantic import TypeAdapter, ValidationError

    rows = isinstance(entry, dict) and "layer" in entry
    try:
        if rows:
            return TypeAdapter(AttendedRows).validate_python(entry)
        return TypeAdapter(AttendedWords).validate_python(entry)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{where}: {key}: {first['msg']}") from None
