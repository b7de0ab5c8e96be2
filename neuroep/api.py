"""What a notebook asks of neuroep: train, load, verify, whatever the task and the chip.

Nothing here prints but the progress of :func:`train`, which ``quiet=True`` turns off.
"""

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from neuroep.design.load import load_design
from neuroep.runs.progress import Bars, Listener, Progress
from neuroep.runs.trained import TrainedRun, load_run

if TYPE_CHECKING:
    from neuroep.studies.verify.verify import Report

__all__ = ["load", "load_design", "train", "verify"]


def train(
    design: str | PathLike[str],
    data: str | PathLike[str] | None = None,
    *,
    overrides: Sequence[str] = (),
    out: str | PathLike[str] | None = None,
    progress: Progress | None = None,
    quiet: bool = False,
    on_epoch: Listener | None = None,
    workers: int = 1,
    address: str | None = None,
    **options: Any,
) -> TrainedRun:
    """Train a design and return the trained run.

    Parameters
    ----------
    design : path-like
        A design file, or a name of ``neuroep list``.
    data : path-like or None
        File or folder; the built-in data of the design's task without it.
    overrides : sequence of str
        ``key=value`` entries of the design.
    out : path-like or None
        The run folder, numbered under runs/ without it.
    progress : Progress
        Is told what happens; bars without it.
    quiet : bool
        Show nothing.
    on_epoch : callable
        Is called after every epoch with the run's folder (Path) and the epoch's figures by name.
    workers : int
        Processes that share each batch, as many as ``learning.shards`` at most.
    address : str or None
        Of the scheduler of a Dask cluster whose workers share it instead.
    **options
        Of :class:`neuroep.runs.options.TrainOptions`: ``limit``, ``vectors``, ``no_baselines``, ...

    Raises
    ------
    InputError
        Whatever of the input cannot be used.
    """
    from neuroep.runs.crew import Workers
    from neuroep.runs.options import TrainOptions
    from neuroep.runs.run import train as run

    asked = TrainOptions(design=str(design), data=_text(data), overrides=list(overrides), **options)
    shown = Progress() if quiet else progress or Bars()
    sharing = Workers(None if address and workers == 1 else workers, address)
    before = list(shown.listeners)
    if on_epoch is not None:
        shown.listeners.append(on_epoch)
    try:
        return load(run(asked, _text(out), shown, sharing).path)
    finally:
        shown.listeners[:] = before  # a progress may see other trainings


def _text(path: str | PathLike[str] | None) -> str | None:
    return None if path is None else str(path)


def load(run: str | PathLike[str]) -> TrainedRun:
    """Return the trained run of a folder: its ``design``, ``network``, ``labels``, ``metrics``.

    Raises
    ------
    InputError
        Not a run folder, not trained to the end, or damaged.
    """
    return load_run(str(run))


def verify(design: str | PathLike[str], **options: Any) -> "Report":
    """Settle one input of a design in every view and return the report.

    ``options`` are those of :class:`neuroep.studies.verify.case.VerifyOptions`.

    Raises
    ------
    InputError
        The design, a run or a simulator cannot be used.
    """
    from neuroep.studies.verify.case import VerifyOptions
    from neuroep.studies.verify.verify import verify as run

    return run(VerifyOptions(design=str(design), **options), lambda name: None)
