"""The figures of each epoch as lines of JSON, there as soon as the epoch is done."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neuroep.errors import InputError
from neuroep.files import as_json, parse_json, read_bytes
from neuroep.runs.metrics import MOST
from neuroep.traces.files import atomic_write, durable, put, unwritable

HISTORY = "history.jsonl"


def begin_history(folder: Path, epochs: Sequence[Mapping[str, float]]) -> None:
    """Write the epochs that a training has behind it.

    One that goes on begins at its last checkpoint: a line of a later epoch, or half a line, which
    a killed process left, is gone then.
    """
    path = folder / HISTORY
    lines = [_line(number, figures) for number, figures in enumerate(epochs, 1)]
    atomic_write(path, b"".join(lines))


def append_epoch(folder: Path, number: int, figures: Mapping[str, float]) -> None:
    """Append the line of an epoch, counted from 1."""
    path = folder / HISTORY
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            put(descriptor, _line(number, figures), os.fstat(descriptor).st_size)
            durable(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unwritable(path, error) from error


def read_history(folder: Path) -> list[dict[str, Any]]:
    """Return the epochs of a run that has begun, in order; none where there is no file yet.

    Half a line at the end, which is being written, does not count. An InputError: another line is
    not what :func:`append_epoch` writes.
    """
    path = folder / HISTORY
    if not os.path.lexists(path):
        return []
    *lines, _half = read_bytes(path).split(b"\n")
    return [_epoch(f"{path}: line {number}", number, line) for number, line in enumerate(lines, 1)]


def _line(number: int, figures: Mapping[str, float]) -> bytes:
    return (json.dumps(as_json({"epoch": number, **figures})) + "\n").encode()


def _epoch(where: str, number: int, line: bytes) -> dict[str, Any]:
    found = parse_json(line, where)
    if not isinstance(found, dict) or found.get("epoch") != number:
        raise InputError(f"{where}: is not epoch {number} of a run")
    found = {name: math.nan if value is None else value for name, value in found.items()}
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MOST:
            raise InputError(f"{where}: {name}: is no number of a run")
    return found
