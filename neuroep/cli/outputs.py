"""What a command writes takes the place of nothing that it, or a run, still needs."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from neuroep.errors import InputError
from neuroep.files import leaves, read_toml, resolved
from neuroep.runs.folder import DESIGN, OPTIONS
from neuroep.traces.files import check_writable

KEPT = {".toml", ".json", ".jsonl", ".h5", ".part"}
"""Endings of what a run folder holds and cannot be made again; figures and pages can."""

WRITTEN = {"export", "figure", "out", "results"}
"""Arguments that name what is written; whatever else is the name of a file is read."""

DATA = ("data", "validation", "test")
"""Arguments that may name a folder all of which is read."""


def check_outputs(given: argparse.Namespace, *outputs: str | Path | None) -> None:
    """Find out before long work whether files can be written at its end, and whether they may be.

    Parameters
    ----------
    given : Namespace
        All arguments.
    *outputs : path or None
        Files that will be written; None: no such file.

    Raises
    ------
    InputError
        A file cannot be written, is written twice, is what is read or lies in it, or has the
        ending of what a run keeps in its folder.
    """
    check_writable(*outputs)
    written = [(shown, resolved(shown)) for shown in outputs if shown]
    files = _files(given)
    folders = [resolved(name) for argument in DATA if (name := getattr(given, argument, None))]
    for number, (shown, path) in enumerate(written):
        if path in [other for _, other in written[:number]]:
            raise InputError(f"{shown}: would be written twice")
        if path.suffix in KEPT and any(_is_run(folder) for folder in path.parents[:2]):
            raise InputError(f"{shown}: a run keeps such files of its own there; choose another")
        if not path.exists():
            continue
        if any(path.samefile(file) for file in files):
            raise InputError(f"{shown}: is what is read; choose another name")
        if any(path.is_relative_to(folder) for folder in folders):
            raise InputError(f"{shown}: is of the data that are read; choose another name")


def _files(given: argparse.Namespace) -> list[Path]:
    """Return files that arguments name, and those that a design among them names."""
    named = [
        text
        for name, value in vars(given).items()
        if name not in WRITTEN
        for text in (value if isinstance(value, list) else [value])
        if isinstance(text, str)
    ]
    paths = [Path(text) for entry in named for text in (entry, entry.partition("=")[2]) if text]
    paths += [other for path in paths if path.suffix == ".toml" for other in _beside(path)]
    return [path for path in paths if os.path.isfile(path)]  # noqa: PTH113 - of any text


def _beside(design: Path) -> Iterator[Path]:
    """Yield what a design names: paths from its own folder."""
    try:
        for _, value in leaves(read_toml(design)):
            if isinstance(value, str):
                yield design.parent / value
    except InputError:  # whoever reads it says so
        return


def _is_run(folder: Path) -> bool:
    return (folder / DESIGN).is_file() and (folder / OPTIONS).is_file()
