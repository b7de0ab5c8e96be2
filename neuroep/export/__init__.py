"""Recordings, and what a run has learned, as files for other programs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from neuroep.errors import InputError
from neuroep.export.catalogue import FORMATS
from neuroep.export.format import Format
from neuroep.export.recording import Recording
from neuroep.traces.files import atomic_write, check_writable

__all__ = ["check_export", "export", "format_of", "write"]

Content = TypeVar("Content")


def format_of(
    path: str | os.PathLike[str], formats: Mapping[str, Format[Content]], name: str = ""
) -> Format[Content]:
    """Return the format called ``name``, or the one that the ending of a file's name tells.

    Raises
    ------
    InputError
        There is none.
    """
    if name:
        if name not in formats:
            raise InputError(f"--format {name}: none of {', '.join(formats)}")
        return formats[name]
    file = Path(path).name.lower()
    ends = {ending: one for one in formats.values() for ending in one.endings}
    for ending in sorted(ends, key=len, reverse=True):  # .sonata.h5 before .h5
        if file.endswith(ending):
            return ends[ending]
    raise InputError(f"{os.fspath(path)}: an export's name must end in {', '.join(ends)}")


def check_export(path: str | os.PathLike[str]) -> None:
    """Find out before long work whether `export` can write a file."""
    format_of(path, FORMATS)
    check_writable(path)


def export(path: str | os.PathLike[str], recording: Recording) -> None:
    """Write a recording in the format that the ending of the file's name tells.

    Parameters
    ----------
    path : path-like
        An existing file is replaced, whole or not at all.
    recording : Recording

    Raises
    ------
    InputError
        No such format, nothing in the recording that it can hold, or the file cannot be written.
    """
    write(path, format_of(path, FORMATS), recording)


def write(path: str | os.PathLike[str], wanted: Format[Content], content: Content) -> None:
    """Write a file in a format, whole or not at all; an InputError says what cannot be."""
    try:
        data = wanted.write(content)
    except ValueError as error:
        raise InputError(f"{os.fspath(path)}: {wanted.name}: {error}") from None
    atomic_write(path, data)
