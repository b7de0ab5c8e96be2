"""What the data of a run held when it began: it goes on with no others, wherever they are."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from neuroep.errors import InputError
from neuroep.files import open_regular, reason
from neuroep.runs.options import TrainOptions
from neuroep.tables.archives import is_plain
from neuroep.tables.files import on_disk
from neuroep.tasks.task import DataOptions

PLACES = ("data", "validation", "test")
"""Options that say where data are."""


def contents_of(options: DataOptions) -> dict[str, str]:
    """Return a SHA-256 of what each file or folder of data holds, by its option."""
    paths = {name: getattr(options, name) for name in PLACES}
    return {name: _digest(Path(path), name) for name, path in paths.items() if path}


def is_own(options: TrainOptions, path: str) -> bool:
    """Return whether a file or folder holds what a run with these options was trained on."""
    known = options.contents.get("data")
    return path == options.data if known is None else _digest(Path(path), "data") == known


def moved(options: TrainOptions, places: Mapping[str, str | None]) -> TrainOptions:
    """Return the options of a run whose data may lie elsewhere by now, or stand there changed.

    ``places``: path by option, None where it is the same. An InputError: no such data, or others.
    """
    for name, path in places.items():
        if path and not getattr(options, name):
            raise InputError(f"--{name}: this run has none of its own; it goes on with what it had")
    given: dict[str, Any] = {name: path for name, path in places.items() if path}
    found = replace(options, **given)
    for name in PLACES:
        path = getattr(found, name)
        if not path:
            continue
        try:
            on_disk(Path(path))
        except InputError as error:
            raise InputError(f"{error}; --{name} says where it is by now") from None
        known = options.contents.get(name)
        if known is None and name in given:
            raise InputError(f"--{name} {path}: this run does not say what its data held")
        if known is not None and _digest(Path(path), name) != known:
            raise InputError(f"--{name} {path}: other data than this run began with")
    return found


def _digest(path: Path, name: str) -> str:
    digest, path = hashlib.sha256(), on_disk(path)
    for file in _files(path):
        if path.is_dir():
            digest.update(b"\0%s\0" % str(file.relative_to(path)).encode(errors="surrogateescape"))
        try:
            with open_regular(file) as opened:
                while block := opened.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise InputError(f"--{name} {file}: {reason(error)}") from None
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    """Yield the files of a folder in a fixed order, without what systems leave there."""
    if not path.is_dir():
        yield path
        return
    for inside in sorted(path.iterdir()):
        if not is_plain((inside.name,)):
            continue
        if inside.is_dir() and not inside.is_symlink():
            yield from _files(inside)
        elif inside.is_file():
            yield inside
