"""HDF5 files of a run: traces while it trains, checkpoints between its epochs."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroep.traces.view import Traces

__all__ = ["open_traces"]


def open_traces(path: "str | os.PathLike[str]", si: bool = False) -> "Traces":
    """Open the traces of a run, those of one that still goes on included.

    Parameters
    ----------
    path : path-like
        The folder of a run, whose files are joined where it was interrupted, or one file.
    si : bool
        Whether each normalised quantity stands once more beside itself, in the SI unit of the chip
        of the run's design: ``weight_siemens``, ``activity_volts``, ``weight_amperes`` of a bias,
        ``energy_watts``; and ``seconds``, beside ``examples_seen``.

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
    >>> with open_traces("runs/0001-imdb_pooled", si=True) as traces:  # doctest: +SKIP
    ...     siemens = traces.synapses["heads-hidden"].weight_siemens[:]
    """
    from neuroep.traces.view import Traces

    return Traces(path, si)
