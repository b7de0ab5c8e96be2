"""Recordings as files for other programs."""

import os
from pathlib import Path

from neuroep.errors import InputError
from neuroep.export.catalogue import FORMATS
from neuroep.export.format import Format
from neuroep.export.recording import Recording
from neuroep.traces.files import atomic_write, check_writable

__all__ = ["check_export", "export", "format_of"]


def format_of(path: str | os.PathLike[str], name: str = "") -> Format:
    """Return the format called ``name``, or the one that the ending of a file's name tells.

    Raises
    ------
    InputError
        There is none.
    """
    if name:
        if name not in FORMATS:
            raise InputError(f"--format {name}: none of {', '.join(FORMATS)}")
        return FORMATS[name]
    file = Path(path).name.lower()
    ends = {ending: one for one in FORMATS.values() for ending in one.endings}
    for ending in sorted(ends, key=len, reverse=True):  # .sonata.h5 before .h5
        if file.endswith(ending):
            return ends[ending]
    raise InputError(f"{os.fspath(path)}: an export's name must end in {', '.join(ends)}")


def check_export(path: str | os.PathLike[str], name: str = "") -> None:
    """Find out before long work whether `export` can write a file."""
    format_of(path, name)
    check_writable(path)


def export(path: str | os.PathLike[str], recording: Recording, name: str = "") -> None:
    """Write a recording in the format called ``name``, or the one that the file's ending tells.

    Parameters
    ----------
    path : path-like
        An existing file is replaced, whole or not at all.
    recording : Recording
    name : str
        A key of :data:`neuroep.export.catalogue.FORMATS`.

    Raises
    ------
    InputError
        No such format, nothing in the recording that it can hold, or the file cannot be written.
    """
    wanted = format_of(path, name)
    try:
        data = wanted.write(recording)
    except ValueError as error:
        raise InputError(f"{os.fspath(path)}: {wanted.name}: {error}") from None
    atomic_write(path, data)
