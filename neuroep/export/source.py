"""What can be exported: a run's traces, or an export of another format."""

from pathlib import Path

from neuroep.errors import InputError
from neuroep.export.formats import netcdf
from neuroep.export.reading import READ, read_recording
from neuroep.export.recording import Recording
from neuroep.export.training import in_time, over_training
from neuroep.hdf5 import open_hdf5
from neuroep.traces import open_traces
from neuroep.traces.files import PART
from neuroep.traces.writer import FORMAT as TRACE


def read_source(
    path: Path, timed: bool, step: int | None = None, example: int | None = None
) -> Recording:
    """Return what a path holds.

    Parameters
    ----------
    path : Path
        The folder of a run, one of its traces, or waveforms (``.h5``, ``.nc``, ``.npz``).
    timed : bool
        Whether of traces one example is wanted, in time, as it is where ``step`` or ``example``
        choose one; otherwise all of them, over training.
    step, example : int, optional

    Raises
    ------
    InputError
        Nothing that can be exported.
    """
    if path.is_dir() or _holds_traces(path):
        with open_traces(path, si=True) as traces:
            if timed or step is not None or example is not None:
                return in_time(traces, step, example or 0)
            return over_training(traces)
    for option, value in (("--step", step), ("--example", example)):
        if value is not None:
            raise InputError(f"{option}: {path} holds no traces to choose from")
    return read_recording(path)


def _holds_traces(path: Path) -> bool:
    name = path.name.lower()
    if name.endswith(PART):
        return True
    if not name.endswith(READ):
        raise InputError(f"{path}: not a run folder, nor a file that ends in {', '.join(READ)}")
    if not name.endswith(netcdf.FORMAT.endings):
        return False
    with open_hdf5(path) as file:
        return bool(file.attrs.get("neuroep_format") == TRACE)
