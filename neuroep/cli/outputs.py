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

PAGE = ".html"
"""What stands beside that of which it is made, and is made anew."""


def check_outputs(given: argparse.Namespace, **outputs: str | Path | None) -> None:
    """Find out before long work whether files can be written at its end, and whether they may be.

    Parameters
    ----------
    given : Namespace
        All arguments: whatever else of them is the name of a file or a folder is read.
    **outputs : path or None
        By argument; None: no such file.

    Raises
    ------
    InputError
        A file cannot be written, is written twice, is what is read or lies in it, or has the
        ending of what a run keeps in its folder.
    """
    check_writable(*outputs.values())
    written = {name: resolved(path) for name, path in outputs.items() if path}
    files, folders = _read(given, set(outputs))
    for name, path in written.items():
        shown = outputs[name]
        if list(written.values()).count(path) > 1:
            raise InputError(f"{shown}: would be written twice")
        if path.exists() and any(path.samefile(file) for file in files):
            raise InputError(f"{shown}: is what is read; choose another name")
        if path.suffix in KEPT and any(_is_run(folder) for folder in path.parents[:2]):
            raise InputError(f"{shown}: a run keeps such files of its own there; choose another")
        within = any(path.is_relative_to(folder) for folder in folders)
        if path.exists() and within and path.suffix != PAGE:
            raise InputError(f"{shown}: is of the data that are read; choose another name")


def _read(given: argparse.Namespace, outputs: set[str]) -> tuple[list[Path], list[Path]]:
    """Return files that arguments name, those that a design names, and folders of no run."""
    named = [
        text
        for name, value in vars(given).items()
        if name not in outputs
        for text in (value if isinstance(value, list) else [value])
        if isinstance(text, str)
    ]
    paths = [Path(text) for entry in named for text in (entry, entry.partition("=")[2]) if text]
    paths += [other for path in paths if path.suffix == ".toml" for other in _beside(path)]
    there = [resolved(path) for path in paths if os.path.exists(path)]  # noqa: PTH110
    folders = [path for path in there if path.is_dir() and not (path / DESIGN).exists()]
    return [path for path in there if path.is_file()], folders


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
