"""Options that say where data are, for every command that reads some."""

import argparse
from pathlib import Path
from typing import Any

COLUMNS = ("text", "premise", "hypothesis", "label")


def add_data(command: argparse.ArgumentParser, *, splits: bool = False) -> None:
    """Add ``--data`` and what goes with it; ``splits``: files of the other splits as well."""
    group = command.add_argument_group(
        "data",
        "Texts: .csv, .tsv, .jsonl, .parquet, a folder a class, IMDB. Pairs: the same, SNLI,\n"
        "MultiNLI, SICK. Images: idx, .npz, a folder of PNGs a class. Tables: .csv, .tsv, .npz,\n"
        ".npy, .h5, .parquet. Built-in data without --data.",
    )
    group.add_argument("--data", metavar="FILE", help="file or folder")
    if splits:
        group.add_argument("--validation", metavar="FILE", help="examples that choose the epoch")
        group.add_argument("--test", metavar="FILE", help="examples to test with")
    for role in COLUMNS:
        group.add_argument(
            f"--{role}-column",
            metavar="NAME",
            help=f"the column that holds the {role}; guessed where one fits",
        )
    group.add_argument("--limit", type=int, metavar="N", help="at most N examples of each split")


def data_options(given: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for as the arguments of :class:`neuroep.tasks.task.DataOptions`.

    Raises
    ------
    InputError
        A limit below 1.
    """
    from neuroep.errors import InputError

    if given.limit is not None and given.limit < 1:
        raise InputError(f"--limit: must be at least 1, got {given.limit}")
    columns = {role: getattr(given, f"{role}_column") for role in COLUMNS}
    return {
        "data": full(given.data),
        "validation": full(getattr(given, "validation", None)),
        "test": full(getattr(given, "test", None)),
        "columns": {role: name for role, name in columns.items() if name},
        "limit": given.limit,
    }


def full(path: str | None) -> str | None:
    """Return a path that means the same from everywhere, so that a run can be resumed."""
    return path and str(Path(path).resolve())
