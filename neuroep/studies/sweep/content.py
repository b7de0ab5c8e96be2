"""What a point is, as a name: the same name is the same measurement, wherever it is asked for."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from neuroep import __version__
from neuroep.design.design import Design
from neuroep.design.files import design_path
from neuroep.errors import InputError
from neuroep.files import open_regular
from neuroep.runs.folder import DESIGN, TRAINED
from neuroep.studies.sweep.measures.measure import Measure

DIGITS = 16
SILENT = {"title", "traces"}
"""Tables that no measurement depends on; a run that is trained keeps what they ask for."""


def name_of(kind: str, measure: Measure, design: Design, options: Any) -> str:
    """Return the name of a point: of all that decides what it measures, and of nothing else.

    The design as resolved, the options, and the content of every file that either of them names.
    """
    resolved = design.resolved()
    beside = design_path(options.design).parent
    said = {
        "version": __version__,
        "measure": kind,
        "design": resolved if kind == "train" else _told(resolved),
        "options": asdict(options) | {"design": None, "overrides": None},
        "files": [_digest(Path(name)) for name in measure.files(options)],
        "cells": [_digest(beside / name) for name in _texts(resolved) if _is_file(beside / name)],
    }
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _told(resolved: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resolved.items() if key not in SILENT}


def look_again() -> None:
    """Forget the content of all files, which may have changed since."""
    _digest.cache_clear()


def _texts(value: Any) -> Iterator[str]:
    """Yield every text of a design: some of them may name files beside it."""
    if isinstance(value, dict):
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _texts(entry)
    elif isinstance(value, str) and value:
        yield value


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a title of a page, a null character
        return False


@cache
def _digest(path: Path) -> str:
    """Return what tells the content of a file from others: of a run, its parameters and design."""
    if not path.exists():
        raise InputError(f"{path}: no such file or directory")
    if not path.is_dir():
        return _digest_of_file(path)
    if (path / DESIGN).is_file():
        return "".join(_digest(path / name) for name in (DESIGN, TRAINED))
    # A folder of data may hold a million images: their names, sizes and times are enough.
    found = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        about = file.stat()
        found.update(f"{file.relative_to(path)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _digest_of_file(path: Path) -> str:
    found = hashlib.sha256()
    with open_regular(path) as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()
