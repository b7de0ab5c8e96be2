"""HDF5 files of a run: traces while it trains, checkpoints between its epochs."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroep.traces.view import Traces

__all__ = ["open_traces"]


def open_traces(path: "str | os.PathLike[str]") -> "Traces":
    """Open the traces of a run, those of one that still goes on included.

    Parameters
    ----------
    path : path-like
        The file, or the folder of a run with one.

    Returns
    -------
    Traces
        Reads from disk when asked; close it, or use it in a ``with`` statement.

    Raises
    ------
    InputError
        Missing, damaged, or no traces of neuroep; one line that names the file.

    Examples
    --------
    >>> with open_traces("runs/0001-imdb_pooled") as traces:  # doctest: +SKIP
    ...     weight = traces.synapses["heads-hidden"].weight[:]
    """
    from neuroep.traces.view import Traces

    return Traces(path)
